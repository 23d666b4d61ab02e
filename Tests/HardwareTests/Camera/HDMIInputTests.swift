import Base
import Glibc
import Media
import Testing

@testable import Hardware

@Suite struct HDMIInputTests {
    private let node = "/dev/video4"
    private let wanted = VideoFormat(width: 1280, height: 720, frameRate: 30)
    private let pool = FramePool(capacity: 4)
    private let small = SourceTimings(width: 64, height: 48, rate: 30)
    private let large = SourceTimings(width: 128, height: 72, rate: 60)

    private func open(_ driver: FakeVideoDriver) throws -> V4L2Camera {
        try V4L2Camera(path: node, wanted: wanted, system: driver)
    }

    private func capture(_ camera: V4L2Camera, _ driver: FakeVideoDriver) throws -> VideoFrame? {
        try camera.capture(from: pool, until: driver.now + .milliseconds(100))
    }

    @Test func streamsInTheSizeOfTheSource() throws {
        let driver = FakeVideoDriver([node: .hdmi(small)])
        let camera = try open(driver)
        #expect(camera.device.kind == .content)
        #expect(camera.format == VideoFormat(width: 64, height: 48, frameRate: 30))
        #expect(try capture(camera, driver)?.width == 64)
        #expect(driver.calls(.setInterval) == 0)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func withoutASignalItDeliversNothingAndSaysSo() throws {
        for (code, signal) in [
            (ENOLINK, VideoSignal.none), (ENOLCK, .unstable), (ERANGE, .unsupported), (EINVAL, .unsupported),
        ] {
            var device = FakeVideoDevice.hdmi()
            device.source = .failure(FakeErrno(code))
            let driver = FakeVideoDriver([node: device])
            let camera = try open(driver)
            let began = driver.now
            for _ in 0..<20 { #expect(try capture(camera, driver) == nil) }
            #expect(camera.signal == signal)
            #expect(driver.now - began == .seconds(2))
            #expect(driver.calls(.streamOn) == 0)
            camera.stop()
            #expect(driver.debts == [])
        }
    }

    @Test func aSignalThatComesIsShownAtOnce() throws {
        let driver = FakeVideoDriver([node: .hdmi()])
        let camera = try open(driver)
        let came = driver.now + .milliseconds(123)
        driver.at(came) { [node, small] in $0.setSource(node, .success(small)) }
        let frame = try camera.capture(from: pool, until: driver.now + .seconds(1))
        #expect(frame?.captureTime == came + .seconds(1.0 / 30))
        #expect(camera.signal == .present)
    }

    @Test func aDriverThatTellsNothingIsAskedTwiceASecond() throws {
        var device = FakeVideoDevice.hdmi()
        device.knowsSourceChanges = false
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        driver.at(driver.now + .milliseconds(1100)) { [node, small] in $0.setSource(node, .success(small)) }
        let began = driver.now
        let frame = try camera.capture(from: pool, until: driver.now + .seconds(10))
        #expect(frame != nil)
        #expect(driver.now - began <= .milliseconds(1600))
        #expect(driver.calls(.adoptTimings) == 4)
    }

    @Test func anotherSizeIsFollowed() throws {
        let driver = FakeVideoDriver([node: .hdmi(small)])
        let camera = try open(driver)
        let last = try #require(try capture(camera, driver))
        #expect((last.width, last.height) == (64, 48))
        driver.setSource(node, .success(large))
        let next = try #require(try capture(camera, driver))
        #expect((next.width, next.height) == (128, 72))
        #expect(next.sequence > last.sequence + 1)
        #expect(camera.format == VideoFormat(width: 128, height: 72, frameRate: 30))
        #expect(camera.statistics.starts == 2)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func aPulledCableIsNoLossAndItsReturnIsShown() throws {
        let driver = FakeVideoDriver([node: .hdmi(small)])
        let camera = try open(driver)
        for round in 1...50 {
            #expect(try capture(camera, driver) != nil)
            driver.setSource(node, .failure(FakeErrno(ENOLINK)))
            #expect(try capture(camera, driver) == nil)
            #expect(camera.signal == .none)
            driver.setSource(node, .success(round % 2 == 0 ? small : large))
        }
        #expect(driver.calls(.open) == 1)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func aSourceThatFallsSilentIsLookedAtAgain() throws {
        var device = FakeVideoDevice.hdmi(small)
        device.lastPicture = 2
        device.knowsSourceChanges = false
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        driver.at(driver.now + .milliseconds(200)) { [node] in $0.setSource(node, .failure(FakeErrno(ENOLINK))) }
        let deadline = driver.now + .seconds(4)
        while driver.now < deadline { _ = try capture(camera, driver) }
        #expect(camera.signal == .none)
    }

    @Test func pulledOutWithoutASignalItIsLost() throws {
        let driver = FakeVideoDriver([node: .hdmi()])
        let camera = try open(driver)
        driver.unplug(node)
        let error = #expect(throws: DeviceError.self) { try capture(camera, driver) }
        #expect(error?.reason == .lost)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func everyErrorWhileTheSourceChangesEndsInFullRelease() throws {
        for call in [
            VideoCall.nextEvent, .adoptTimings, .enumerateFormats, .setFormat, .requestBuffers, .map, .queue, .streamOn,
        ] {
            let driver = FakeVideoDriver([node: .hdmi(small)])
            let camera = try open(driver)
            _ = try capture(camera, driver)
            driver.setSource(node, .success(large))
            // Freeing the old buffers is a request, too, and may fail.
            driver.fail(call, EIO, after: call == .requestBuffers ? 1 : 0)
            #expect(throws: DeviceError.self, "\(call)") { try capture(camera, driver) }
            camera.stop()
            #expect(driver.debts == [], "\(call)")
        }
    }

    @Test func singleFieldsAreASignalThatIsNotSupportedAndNoLoss() throws {
        var device = FakeVideoDevice.hdmi(small)
        device.answersWholePictures = false
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        #expect(try capture(camera, driver) == nil)
        #expect(camera.signal == .unsupported)
        driver.change(node) { $0.answersWholePictures = true }
        driver.setSource(node, .success(large))
        #expect(try capture(camera, driver)?.width == 128)
        camera.stop()
        #expect(driver.debts == [])
    }
}

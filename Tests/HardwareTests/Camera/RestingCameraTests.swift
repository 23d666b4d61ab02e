import Base
import Glibc
import Media
import Synchronization
import Testing

@testable import Hardware

/// A camera whose pictures nobody wants does not stream, so that its light is out.
@Suite struct RestingCameraTests {
    private let wanted = VideoFormat(width: 64, height: 48, frameRate: 30)
    private let pool = FramePool(capacity: 4)

    private func camera(_ driver: FakeVideoDriver) -> HotPlugCamera {
        HotPlugCamera("auto", wanted: wanted, system: driver, locator: driver.locator)
    }

    private func picture(_ camera: HotPlugCamera, _ driver: FakeVideoDriver) throws -> VideoFrame? {
        try camera.capture(from: pool, until: driver.now + .milliseconds(100))
    }

    private func rest(_ camera: HotPlugCamera, _ driver: FakeVideoDriver) throws(DeviceError) -> Bool {
        try camera.rest(until: driver.now + .milliseconds(100))
    }

    @Test func theStreamIsOffAndBeginsAnew() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let camera = camera(driver)
        let first = try #require(try picture(camera, driver)).sequence
        let began = driver.now
        for _ in 0..<10 { #expect(try rest(camera, driver)) }
        #expect(driver.now - began == .seconds(1), "it waits, and does not spin")
        #expect(driver.calls(.streamOff) == 1)
        driver.state.withLock { #expect($0.mapped == $0.unmapped) }
        #expect(try #require(try picture(camera, driver)).sequence > first)
        #expect(driver.calls(.streamOn) == 2 && driver.calls(.open) == 1)
        camera.stop()
        #expect(driver.debts == [])
    }

    /// A sick device may hold STREAMON and STREAMOFF for as long as its driver waits.
    @Test func aStreamBeginsAndEndsWhereNobodyWaitsForIt() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let launched = LaunchedWork()
        let camera = HotPlugCamera(
            "auto", wanted: wanted, system: driver, locator: driver.locator, launch: launched.add)
        launched.run()
        #expect(try picture(camera, driver) != nil)
        for _ in 0..<20 { #expect(try rest(camera, driver)) }
        #expect(driver.calls(.streamOff) == 0)
        launched.run()
        #expect(driver.calls(.streamOff) == 1)
        #expect(try rest(camera, driver))
        let began = driver.now
        for _ in 0..<20 { #expect(try picture(camera, driver) == nil) }
        #expect(driver.now - began == .seconds(2), "it keeps its deadlines")
        #expect(driver.calls(.streamOn) == 1)
        launched.run()
        #expect(try picture(camera, driver) != nil)
        // What fails there is told at once.
        #expect(try rest(camera, driver))
        launched.run()
        driver.fail(.streamOn, EIO)
        #expect(try picture(camera, driver) == nil)
        launched.run()
        let failed = driver.now
        #expect(throws: DeviceError.self) { try picture(camera, driver) }
        #expect(driver.now == failed && camera.losses == 1)
        #expect(camera.problem?.message.contains("VIDIOC_STREAMON") == true)
        camera.stop()
        launched.run()
        #expect(driver.debts == [])
    }

    /// Its thread comes back late, or never.
    @Test func aDriverThatDoesNotAnswerIsAProblemUntilItDoes() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let launched = LaunchedWork()
        let camera = HotPlugCamera(
            "auto", wanted: wanted, system: driver, locator: driver.locator, launch: launched.add)
        launched.run()
        for _ in 0..<3 {
            #expect(try picture(camera, driver) != nil)
            // STREAMOFF, then STREAMON.
            for mustRest in [true, false] {
                let began = driver.now
                func turn() throws { _ = try mustRest ? rest(camera, driver) as Any : picture(camera, driver) as Any }
                while driver.now - began < V4L2Camera.patience - .milliseconds(100) { try turn() }
                #expect(camera.problem == nil)
                for _ in 0..<30 {
                    let error = #expect(throws: DeviceError.self) { try turn() }
                    #expect(error?.reason == .failed && error?.message.contains("does not answer") == true)
                }
                #expect(driver.now - began == V4L2Camera.patience + .milliseconds(2900), "it keeps its deadlines")
                #expect(camera.problem?.message.contains("does not answer") == true)
                #expect(throws: DeviceError.self) { try camera.controls() }
                launched.run()
                #expect(camera.problem == nil)
                try turn()
            }
        }
        #expect(camera.losses == 0)
        camera.stop()
        launched.run()
        #expect(driver.debts == [])
    }

    @Test func whatIsStoppedWhileItsStreamBeginsIsClosed() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let launched = LaunchedWork()
        let camera = HotPlugCamera(
            "auto", wanted: wanted, system: driver, locator: driver.locator, launch: launched.add)
        launched.run()
        #expect(try rest(camera, driver))
        launched.run()
        #expect(try picture(camera, driver) == nil)
        driver.atCall(2) { _ in camera.stop() }
        launched.run()
        #expect(driver.debts == [])
        #expect(throws: DeviceError.self) { try picture(camera, driver) }
    }

    @Test func aLossIsNoticedAllTheSame() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let camera = camera(driver)
        #expect(try rest(camera, driver))
        driver.unplug("/dev/video0")
        #expect(throws: DeviceError.self) { try rest(camera, driver) }
        #expect(camera.problem?.reason == .lost && camera.losses == 1)
        driver.plug(.camera(), as: "/dev/video0")
        camera.devicesChanged()
        let deadline = driver.now + .seconds(1)
        while camera.problem != nil, driver.now < deadline { _ = try? rest(camera, driver) }
        #expect(camera.problem == nil)
        #expect(try rest(camera, driver))
        #expect(try picture(camera, driver) != nil)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func whoHasTheCameraMeanwhileIsNamed() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let camera = camera(driver)
        #expect(try rest(camera, driver))
        driver.fail(.streamOn, EBUSY)
        let error = #expect(throws: DeviceError.self) { try picture(camera, driver) }
        #expect(error?.reason == .busy)
        let deadline = driver.now + .seconds(2)
        while camera.problem != nil, driver.now < deadline { _ = try? picture(camera, driver) }
        #expect(try picture(camera, driver) != nil)
    }

    @Test func anHDMIInputGoesOn() throws {
        let driver = FakeVideoDriver(["/dev/video0": .hdmi()])
        let camera = HotPlugCamera("auto", kind: .content, wanted: wanted, system: driver, locator: driver.locator)
        let off = driver.calls(.streamOff)
        #expect(try !rest(camera, driver))
        #expect(driver.calls(.streamOff) == off)
        camera.stop()
    }

    @Test func stoppingEndsTheRest() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let camera = camera(driver)
        #expect(try rest(camera, driver))
        camera.stop()
        #expect(throws: DeviceError.self) { try rest(camera, driver) }
        #expect(driver.debts == [])
    }
}

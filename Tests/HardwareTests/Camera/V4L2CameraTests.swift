import Base
import Glibc
import Media
import Synchronization
import Testing

@testable import Hardware

@Suite struct V4L2CameraTests {
    private let node = "/dev/video0"
    private let wanted = VideoFormat(width: 64, height: 48, frameRate: 30)
    private let pool = FramePool(capacity: 4)

    private func open(_ driver: FakeVideoDriver, _ wanted: VideoFormat? = nil) throws -> V4L2Camera {
        try V4L2Camera(path: node, wanted: wanted ?? self.wanted, system: driver)
    }

    /// The next picture within ten seconds of virtual time.
    private func next(_ camera: V4L2Camera, _ driver: FakeVideoDriver) throws -> VideoFrame {
        try #require(try camera.capture(from: pool, until: driver.now + .seconds(10)))
    }

    @Test func deliversPicturesAtTheDevicesRateAndGivesEverythingBack() throws {
        let driver = FakeVideoDriver([node: .camera()])
        let camera = try open(driver)
        #expect(camera.format == wanted)
        #expect(camera.signal == .present)
        #expect(camera.device == DeviceDescription(id: node, kind: .camera, name: "Fake camera", bus: "usb"))
        let began = driver.now
        for number in 0..<30 {
            let frame = try next(camera, driver)
            #expect((frame.width, frame.height) == (64, 48))
            #expect(frame.sequence == UInt64(number))
            #expect(frame.captureTime == began + .seconds(Double(number + 1) / 30))
            #expect(frame.y[0] == UInt8(16 + number) && frame.y[47 * frame.strideY + 63] == UInt8(16 + number))
            #expect(frame.u[0] == 128 && frame.v[23 * frame.strideUV + 31] == 128)
        }
        #expect(camera.statistics.delivered == 30)
        #expect(camera.statistics.damaged == 0)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func returnsNothingAtTheDeadline() throws {
        let driver = FakeVideoDriver([node: .camera()])
        let camera = try open(driver)
        let deadline = driver.now + .milliseconds(10)
        #expect(try camera.capture(from: pool, until: deadline) == nil)
        #expect(driver.now == deadline)
        _ = try next(camera, driver)
    }

    @Test func whatGoesOutOfScopeIsGivenBackToo() throws {
        let driver = FakeVideoDriver([node: .camera()])
        do {
            let camera = try open(driver)
            _ = try next(camera, driver)
        }
        #expect(driver.debts == [])
        #expect(driver.calls(.streamOff) == 1)
    }

    // MARK: - Time and number

    @Test func withoutAStampOfTheMonotonicClockThePictureIsFromItsArrival() throws {
        var device = FakeVideoDevice.camera()
        device.stamp = { _ in nil }
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        let frame = try next(camera, driver)
        #expect(frame.captureTime == driver.now)
    }

    @Test func aStampFromTheFutureOrLongAgoIsNotBelieved() throws {
        for offset in [Duration.seconds(60), .seconds(-60)] {
            var device = FakeVideoDevice.camera()
            device.stamp = { $0 + offset }
            let driver = FakeVideoDriver([node: device])
            let camera = try open(driver)
            #expect(try next(camera, driver).captureTime == driver.now)
        }
    }

    @Test func timeNeverGoesBack() throws {
        var device = FakeVideoDevice.camera()
        // Every other picture claims to be much older.
        device.stamp = { $0.nanoseconds / 33_333_333 % 2 == 0 ? $0 : $0 - .milliseconds(90) }
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        var last = Instant.zero
        for _ in 0..<20 {
            let time = try next(camera, driver).captureTime
            #expect(time > last)
            last = time
        }
    }

    @Test func aGapInTheDriversCountIsAGapInOurs() throws {
        var device = FakeVideoDevice.camera()
        device.sequence = { UInt32.max - 1 &+ UInt32($0 < 3 ? $0 : $0 + 4) }
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        let numbers = try (0..<5).map { _ in try next(camera, driver).sequence }
        #expect(numbers == [0, 1, 2, 7, 8])
    }

    @Test func aDriverThatDoesNotCountIsCountedFor() throws {
        var device = FakeVideoDevice.camera()
        device.sequence = { _ in 0 }
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        #expect(try (0..<4).map { _ in try next(camera, driver).sequence } == [0, 1, 2, 3])
    }

    // MARK: - Pictures that are not delivered

    @Test func damagedPicturesAreDroppedAndCounted() throws {
        var device = FakeVideoDevice.camera()
        device.isDamaged = { $0 % 3 == 1 }
        device.picture = { $0 % 3 == 2 ? [] : [UInt8](repeating: 77, count: $1.stride * $1.height) }
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        #expect(try (0..<4).map { _ in try next(camera, driver).sequence } == [0, 3, 6, 9])
        #expect(camera.statistics.damaged == 6)
        #expect(camera.statistics.delivered == 4)
    }

    @Test func aPictureThatIsTooShortIsDamaged() throws {
        var device = FakeVideoDevice.camera()
        device.picture = { [UInt8](repeating: 77, count: $0 == 0 ? 100 : $1.stride * $1.height) }
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        #expect(try next(camera, driver).sequence == 1)
        #expect(camera.statistics.damaged == 1)
    }

    @Test func aCameraOfWhichEveryPictureIsDamagedIsGivenUp() throws {
        var device = FakeVideoDevice.camera()
        device.isDamaged = { _ in true }
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        let error = #expect(throws: DeviceError.self) { try next(camera, driver) }
        #expect(error?.reason == .failed)
        #expect(error?.message.contains("60 pictures in a row were damaged") == true)
        #expect(driver.calls(.dequeue) == 60)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func withoutAFreeFrameThePictureIsDroppedAndTheBufferGivenBack() throws {
        let driver = FakeVideoDriver([node: .camera()])
        let camera = try open(driver)
        let small = FramePool(capacity: 1)
        let held = try camera.capture(from: small, until: driver.now + .seconds(1))
        for _ in 0..<10 { #expect(try camera.capture(from: small, until: driver.now + .seconds(1)) == nil) }
        #expect(held?.sequence == 0)
        #expect(camera.statistics.dropped == 10)
        #expect(try next(camera, driver).sequence == 11)
    }

    @Test func whoComesLateGetsTheNewestPicture() throws {
        let driver = FakeVideoDriver([node: .camera()])
        let camera = try open(driver)
        _ = try next(camera, driver)
        // The thread was away for half a second; the driver has filled all its buffers meanwhile.
        driver.state.withLock { $0.now += .milliseconds(500) }
        let frame = try next(camera, driver)
        #expect(driver.now - frame.captureTime <= .milliseconds(100))
        #expect(camera.statistics.stale > 0)
    }

    @Test func aSourceTwiceAsFastAsWantedIsThinned() throws {
        let driver = FakeVideoDriver([node: .camera([.init(.yuyv, [(64, 48)], rates: [60])])])
        let camera = try open(driver)
        #expect(camera.format.frameRate == 30)
        let frames = try (0..<30).map { _ in
            let frame = try next(camera, driver)
            return (frame.sequence, frame.captureTime)
        }
        #expect(frames.map(\.0) == Array(0..<30))
        #expect(abs((frames[29].1 - frames[0].1).inSeconds - 29.0 / 30) < 0.02)
        #expect(camera.statistics.thinned >= 29)
    }

    // MARK: - Choosing

    @Test func anImpossibleSizeDoesNotEndTheList() throws {
        let driver = FakeVideoDriver([node: .camera([.init(.yuyv, [(0, 48), (64, 48)], rates: [30])])])
        let camera = try open(driver, VideoFormat(width: 60, height: 40, frameRate: 30))
        #expect(camera.format == VideoFormat(width: 64, height: 48, frameRate: 30))
        #expect(try CameraFormats(path: node, system: driver).all().map(\.format.width) == [64])
    }

    @Test func whereTheBusHasNoRoomForTheBestFormatTheNextIsTaken() throws {
        let driver = FakeVideoDriver([
            node: .camera([
                .init(.yuyv, [(64, 48)], rates: [30], mostPixelRate: 1000), .init(.uyvy, [(64, 48)], rates: [30]),
            ])
        ])
        let camera = try open(driver)
        #expect(driver.calls(.streamOn) == 2)
        _ = try next(camera, driver)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func whatOnlyLibV4LCanConvertIsConverted() throws {
        var format = FakeVideoDevice.Format(.yu12, [(64, 48)], rates: [30])
        format.isConverted = true
        var compressed = FakeVideoDevice.Format(.yu12, [(64, 48)], rates: [30])
        compressed.fourCC = 0x3436_3248
        let driver = FakeVideoDriver([node: .camera([compressed, format])])
        let camera = try open(driver)
        #expect(driver.calls(.convert) == 1)
        #expect(try next(camera, driver).y[0] == 16)
    }

    @Test func aDeviceThatOffersNothingOfUseIsRefusedPlainly() {
        var compressed = FakeVideoDevice.Format(.yu12, [(64, 48)], rates: [30])
        compressed.fourCC = 0x3436_3248
        let driver = FakeVideoDriver([node: .camera([compressed])])
        let error = #expect(throws: DeviceError.self) { try open(driver) }
        #expect(error?.message.contains("expected one of YU12") == true)
        #expect(driver.debts == [])
    }

    @Test func aNodeThatIsNoCameraIsRefused() {
        var device = FakeVideoDevice.camera()
        device.capabilities.flags = VideoCapabilities.metadataCapture | VideoCapabilities.streaming
        let driver = FakeVideoDriver([node: device])
        let error = #expect(throws: DeviceError.self) { try open(driver) }
        #expect(error?.reason == .unknown)
        #expect(driver.debts == [])
    }

    @Test func impossibleAnswersOfADriverAreRefused() {
        let lies: [(inout FakeVideoDevice) -> Void] = [
            { $0.strideOfAnswer = 3 }, { $0.strideOfAnswer = 1 << 30 }, { $0.answersWholePictures = false },
            { $0.buffersGranted = 1 },
        ]
        for lie in lies {
            var device = FakeVideoDevice.camera()
            lie(&device)
            let driver = FakeVideoDriver([node: device])
            let error = #expect(throws: DeviceError.self) { try open(driver) }
            #expect(error?.message.contains("expected") == true)
            #expect(driver.debts == [])
        }
    }

    @Test func rowsMayBePadded() throws {
        var device = FakeVideoDevice.camera()
        device.strideOfAnswer = 192
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        #expect(try next(camera, driver).y[47 * 64 + 63] == 16)
    }

    @Test func aNodeThatIsMissingIsLost() {
        let error = #expect(throws: DeviceError.self) { try open(FakeVideoDriver()) }
        #expect(error?.reason == .lost)
        #expect(error?.message.contains(node) == true)
    }

    @Test func withTheKernelAFileIsNoCamera() {
        let error = #expect(throws: DeviceError.self) {
            try V4L2Camera(path: "/dev/null", wanted: wanted, system: LinuxVideoNodes())
        }
        #expect(error?.reason == .failed)
        #expect(error?.message.contains("VIDIOC_QUERYCAP") == true)
        let missing = #expect(throws: DeviceError.self) {
            try V4L2Camera(path: "/dev/no-such-video", wanted: wanted, system: LinuxVideoNodes())
        }
        #expect(missing?.reason == .lost)
    }
}

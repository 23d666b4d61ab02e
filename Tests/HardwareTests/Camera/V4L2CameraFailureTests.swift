import Base
import Glibc
import Media
import Synchronization
import Testing

@testable import Hardware

@Suite struct V4L2CameraFailureTests {
    private let node = "/dev/video0"
    private let wanted = VideoFormat(width: 64, height: 48, frameRate: 30)
    private let pool = FramePool(capacity: 4)

    private func open(_ driver: FakeVideoDriver) throws(DeviceError) -> V4L2Camera {
        try V4L2Camera(path: node, wanted: wanted, system: driver)
    }

    /// Opens, takes a few pictures, closes.
    private func live(_ driver: FakeVideoDriver) throws(DeviceError) {
        let camera = try open(driver)
        for _ in 0..<4 { _ = try camera.capture(from: pool, until: driver.now + .milliseconds(100)) }
        camera.stop()
    }

    @Test(arguments: [
        (EBUSY, DeviceError.Reason.busy), (ENODEV, .lost), (EIO, .failed), (ENOMEM, .failed), (EACCES, .failed),
    ])
    func everyErrorOfEveryCallThatIsNeededEndsInFullRelease(_ code: Int32, _ reason: DeviceError.Reason) throws {
        let needed: [VideoCall] = [
            .open, .queryCapabilities, .enumerateFormats, .enumerateSizes, .enumerateIntervals, .setFormat,
            .setInterval,
            .requestBuffers, .map, .queue, .streamOn, .wait, .dequeue,
        ]
        for call in needed {
            let driver = FakeVideoDriver([node: .camera()])
            driver.fail(call, code)
            let error = #expect(throws: DeviceError.self, "\(call)") { try live(driver) }
            #expect(error?.reason == reason, "\(call)")
            #expect(error?.message.contains(call.rawValue) == true, "\(call)")
            #expect(driver.debts == [], "\(call)")
        }
    }

    @Test func aFailureAtAnyOccurrenceOfACallLeaksNothing() throws {
        for call in VideoCall.allCases {
            for code in [EIO, ENOSPC] {
                for skip in 0..<6 {
                    let driver = FakeVideoDriver([node: .camera()])
                    driver.fail(call, code, after: skip)
                    try? live(driver)
                    #expect(driver.debts == [], "\(call) \(code) after \(skip)")
                }
            }
        }
    }

    @Test func unpluggingBeforeAnyCallIsALossThatLeaksNothing() throws {
        let undisturbed = FakeVideoDriver([node: .camera()])
        try live(undisturbed)
        // STREAMOFF and the freeing of buffers may fail unheard.
        for call in 0..<undisturbed.allCalls - 2 {
            let driver = FakeVideoDriver([node: .camera()])
            driver.atCall(call) { $0.unplug("/dev/video0") }
            let error = #expect(throws: DeviceError.self, "before call \(call)") { try live(driver) }
            #expect(error?.reason == .lost, "before call \(call)")
            #expect(driver.debts == [], "before call \(call)")
        }
    }

    @Test func anUnpluggedCameraIsNoticedAtOnce() throws {
        let driver = FakeVideoDriver([node: .camera()])
        let camera = try open(driver)
        let gone = driver.now + .milliseconds(10)
        driver.at(gone) { $0.unplug("/dev/video0") }
        #expect(throws: DeviceError.self) { try camera.capture(from: pool, until: driver.now + .seconds(1)) }
        #expect(driver.now == gone)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func aLostCameraStaysLost() throws {
        let driver = FakeVideoDriver([node: .camera()])
        let camera = try open(driver)
        driver.fail(.dequeue, EIO)
        #expect(throws: DeviceError.self) { try camera.capture(from: pool, until: driver.now + .seconds(1)) }
        let calls = driver.allCalls
        let error = #expect(throws: DeviceError.self) {
            try camera.capture(from: pool, until: driver.now + .seconds(1))
        }
        #expect(error?.reason == .lost)
        #expect(driver.allCalls == calls)
        // Whoever holds it lets it go, where there is time for it.
        #expect(driver.calls(.streamOff) == 0)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func aCameraThatNeverDeliversIsGivenUp() throws {
        var device = FakeVideoDevice.camera()
        device.lastPicture = 0
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        let began = driver.now
        let error = #expect(throws: DeviceError.self) {
            while true { _ = try camera.capture(from: pool, until: driver.now + .milliseconds(100)) }
        }
        #expect(error?.message.contains("none came for 5000 ms") == true)
        #expect(driver.now - began == .seconds(5))
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func aCameraThatFallsSilentIsGivenUpSooner() throws {
        var device = FakeVideoDevice.camera()
        device.lastPicture = 3
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        var last = driver.now
        #expect(throws: DeviceError.self) {
            while true {
                if try camera.capture(from: pool, until: driver.now + .milliseconds(100)) != nil { last = driver.now }
            }
        }
        #expect(driver.now - last == .seconds(2))
    }

    @Test func aDriverThatClaimsPicturesAndHasNoneIsNotAskedForEver() throws {
        var device = FakeVideoDevice.camera()
        device.isLying = true
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        let error = #expect(throws: DeviceError.self) {
            try camera.capture(from: pool, until: driver.now + .seconds(1000))
        }
        #expect(error?.message.contains("a hundred times") == true)
        #expect(driver.calls(.dequeue) == 100)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func whatPollOnlyHintsAtIsFoundOut() throws {
        for (isInput, hasPicture) in [(false, true), (false, false), (true, false)] {
            var device = isInput ? FakeVideoDevice.hdmi() : .camera()
            device.failsInPoll = true
            if !hasPicture { device.lastPicture = 0 }
            let driver = FakeVideoDriver([node: device])
            let camera = try open(driver)
            let error = #expect(throws: DeviceError.self) {
                try camera.capture(from: pool, until: driver.now + .seconds(1))
            }
            #expect(error?.message.contains("poll failed: Input/output error") == true)
            #expect(driver.calls(isInput ? .queryTimings : .dequeue) == 1)
            camera.stop()
            #expect(driver.debts == [])
        }
        // The next call says what it is.
        let driver = FakeVideoDriver([node: .camera()])
        let camera = try open(driver)
        driver.change(node) { $0.failsInPoll = true }
        driver.fail(.dequeue, EPROTO)
        let error = #expect(throws: DeviceError.self) {
            try camera.capture(from: pool, until: driver.now + .seconds(1))
        }
        #expect(error?.message.contains("VIDIOC_DQBUF") == true)
    }

    @Test func aBufferThatIsNoneIsNotRead() throws {
        for index in [-1, 4, Int.max] {
            var device = FakeVideoDevice.camera()
            device.indexOfPicture = index
            let driver = FakeVideoDriver([node: device])
            let camera = try open(driver)
            let error = #expect(throws: DeviceError.self) {
                try camera.capture(from: pool, until: driver.now + .seconds(1))
            }
            #expect(error?.message.contains("expected a buffer of 0…3, but \(index) came") == true)
            camera.stop()
            #expect(driver.debts == [])
        }
    }

    @Test func aDriverThatAnswersNonsenseIsRefused() {
        func refusal(_ answer: NodeFormat) -> String? {
            do throws(VideoCallFailure) {
                _ = try StreamFormat(answer, rate: 30)
                return nil
            } catch { return error.remark }
        }
        let yuyv = PixelFormat.yuyv.fourCC
        #expect(refusal(NodeFormat(fourCC: yuyv, width: 64, height: 48, stride: 128)) == nil)
        #expect(refusal(NodeFormat(fourCC: 1, width: 64, height: 48, stride: 128))?.contains("offered formats") == true)
        for (width, height) in [(0, 48), (64, 0), (16385, 48), (64, Int.max), (-1, 48)] {
            let answer = NodeFormat(fourCC: yuyv, width: width, height: height, stride: 0)
            #expect(refusal(answer)?.contains("1…16384") == true, "\(width)×\(height)")
        }
        for stride in [-1, 127, 1 << 21] {
            let answer = NodeFormat(fourCC: yuyv, width: 64, height: 48, stride: stride)
            #expect(refusal(answer)?.contains("rows of at least 128") == true, "\(stride)")
        }
    }

    @Test func aWishThatCannotBeIsRefused() {
        let driver = FakeVideoDriver([node: .camera()])
        for wanted in [
            VideoFormat(width: 0, height: 48, frameRate: 30), VideoFormat(width: 64, height: 48, frameRate: 0),
        ] {
            let error = #expect(throws: DeviceError.self) {
                try V4L2Camera(path: node, wanted: wanted, system: driver)
            }
            #expect(error?.reason == .unknown)
        }
        #expect(driver.allCalls == 0)
    }

    @Test func whatKeepsANodeOffTheListIsTold() {
        let locator = CameraLocator(scan: {
            HardwareInventory(problems: [DeviceError(.failed, "/dev/video0: open failed: Permission denied")])
        })
        let error = #expect(throws: DeviceError.self) { try locator.find("auto", kind: .camera, previous: nil) }
        #expect(error?.message.contains("Permission denied") == true)
    }

    @Test func whileItIsClosedItsStateCanBeRead() async {
        await #expect(processExitsWith: .success) {
            let driver = FakeVideoDriver(["/dev/video0": .camera()])
            let camera = try V4L2Camera(
                path: "/dev/video0", wanted: VideoFormat(width: 64, height: 48, frameRate: 30), system: driver)
            driver.atCall(0) { _ in _ = camera.statistics }
            camera.stop()
            exit(driver.debts == [] ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }

    @Test func goodPicturesThatNobodyHasRoomForAreNoDamage() throws {
        var device = FakeVideoDevice.camera()
        device.isDamaged = { $0 % 2 == 0 }
        let driver = FakeVideoDriver([node: device])
        let camera = try open(driver)
        let held = (0..<4).map { _ in pool.take(width: 64, height: 48) }
        let end = driver.now + .seconds(10)
        while driver.now < end { #expect(try camera.capture(from: pool, until: driver.now + .seconds(1)) == nil) }
        #expect(camera.statistics.dropped > 100)
        #expect(held.count == 4)
    }

    @Test func stopFromAnotherThreadEndsACaptureThatWaits() throws {
        let driver = FakeVideoDriver([node: .camera()])
        driver.state.withLock { $0.holdsTime = true }
        let camera = try open(driver)
        let outcome = Mutex<DeviceError?>(nil)
        let pool = pool
        let thread = try DeviceThread(name: "capture") { () -> Void in
            do throws(DeviceError) {
                _ = try camera.capture(from: pool, until: .distantFuture)
            } catch {
                outcome.withLock { $0 = error }
            }
        }
        while driver.state.withLock({ $0.waiting == 0 }) { sched_yield() }
        camera.stop()
        thread.join()
        #expect(outcome.withLock { $0 }?.message.contains("was stopped") == true)
        #expect(driver.debts == [])
    }

    @Test func aStoppedCameraIsFreedAtOnceAndCapturesNoMore() throws {
        let driver = FakeVideoDriver([node: .camera()])
        let camera = try open(driver)
        _ = try camera.capture(from: pool, until: driver.now + .seconds(1))
        camera.stop()
        #expect(driver.debts == [])
        camera.stop()
        #expect(throws: DeviceError.self) { try camera.capture(from: pool, until: driver.now + .seconds(1)) }
        #expect(driver.debts == [])
    }
}

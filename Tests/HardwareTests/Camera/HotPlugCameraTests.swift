import Base
import Glibc
import Media
import Synchronization
import Testing

@testable import Hardware

@Suite struct HotPlugCameraTests {
    private let wanted = VideoFormat(width: 64, height: 48, frameRate: 30)
    private let pool = FramePool(capacity: 4)

    private func camera(_ driver: FakeVideoDriver, _ specification: String = "auto") -> HotPlugCamera {
        HotPlugCamera(specification, wanted: wanted, system: driver, locator: driver.locator)
    }

    private enum Told: Equatable {
        case picture(UInt64)
        case nothing
        case lost
    }

    /// As the capture thread calls it.
    private func capture(_ camera: HotPlugCamera, _ driver: FakeVideoDriver) -> Told {
        do throws(DeviceError) {
            return try camera.capture(from: pool, until: driver.now + .milliseconds(100))
                .map { .picture($0.sequence) } ?? .nothing
        } catch {
            return .lost
        }
    }

    /// Captures until there is a picture.
    private func untilLive(_ camera: HotPlugCamera, _ driver: FakeVideoDriver) throws -> (number: UInt64, at: Instant) {
        let deadline = driver.now + .seconds(60)
        while driver.now < deadline {
            if case .picture(let number) = capture(camera, driver) { return (number, driver.now) }
        }
        throw DeviceError(.lost, "not live within a minute")
    }

    @Test func isLiveFromTheStartWhereTheDeviceIsThere() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let camera = camera(driver)
        #expect(camera.problem == nil)
        #expect(camera.device.id == "/dev/v4l/by-id/camera")
        #expect(capture(camera, driver) == .picture(0))
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func everyNameOfTheDeviceOpensIt() throws {
        for name in ["auto", "/dev/video0", "/dev/v4l/by-id/camera"] {
            let driver = FakeVideoDriver(["/dev/video0": .camera()])
            #expect(capture(camera(driver, name), driver) == .picture(0))
        }
    }

    @Test func withoutADeviceItWaitsForOneWithoutSpinning() throws {
        let driver = FakeVideoDriver()
        let camera = camera(driver)
        #expect(camera.problem?.reason == .unknown)
        #expect(camera.problem?.message.contains("no camera was found") == true)
        #expect(camera.format == wanted)
        let began = driver.now
        for _ in 0..<100 { #expect(capture(camera, driver) == .lost) }
        #expect(driver.now - began == .seconds(10))
        #expect(driver.calls(.wait) < 150)
        driver.plug(.camera(), as: "/dev/video0")
        camera.devicesChanged()
        let plugged = driver.now
        #expect(try untilLive(camera, driver).at - plugged < .milliseconds(100))
    }

    @Test func aLossIsToldAtOnceAndThenAtEachDeadline() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let camera = camera(driver)
        _ = try untilLive(camera, driver)
        let gone = driver.now + .milliseconds(5)
        driver.at(gone) { $0.unplug("/dev/video0") }
        #expect(capture(camera, driver) == .lost)
        #expect(driver.now == gone)
        #expect(camera.problem?.reason == .lost)
        #expect(driver.debts == [])
        #expect(capture(camera, driver) == .lost)
        #expect(driver.now == gone + .milliseconds(100))
    }

    @Test func fiftyLossesLeakNothingAndEachReturnIsLiveWithinASecond() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let camera = camera(driver)
        var random = SeededRandom(seed: 50)
        var last = try untilLive(camera, driver).number
        for round in 1...50 {
            let node = "/dev/video\(round - 1)"
            driver.at(driver.now + .milliseconds(Int64.random(in: 0...200, using: &random))) { $0.unplug(node) }
            while capture(camera, driver) != .lost {}
            #expect(driver.debts == [], "after loss \(round)")
            // Back under another number, with udev's word or without.
            let back = driver.now + .milliseconds(Int64.random(in: 0...5000, using: &random))
            let isTold = round % 2 == 0
            driver.at(back) { driver in
                driver.plug(.camera(), as: "/dev/video\(round)")
                if isTold { camera.devicesChanged() }
            }
            let live = try untilLive(camera, driver)
            #expect(live.at - back < (isTold ? .milliseconds(100) : .milliseconds(500)), "return \(round)")
            #expect(live.number > last + 1, "a gap tells that pictures are missing")
            last = live.number
        }
        #expect(camera.losses == 50)
        #expect(driver.calls(.open) == 51)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test(arguments: [
        (VideoCall.dequeue, EIO), (.dequeue, ENODEV), (.queue, EINVAL), (.wait, EIO), (.streamOn, EINVAL),
        (.requestBuffers, EINVAL), (.map, ENOMEM), (.setFormat, EBUSY), (.open, EACCES),
    ])
    func aPassingErrorOfAnyCallIsOverWithinASecond(_ call: VideoCall, _ code: Int32) throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let camera = camera(driver)
        for _ in 0..<50 {
            _ = try untilLive(camera, driver)
            let began = driver.now
            driver.fail(call, code)
            if [.streamOn, .requestBuffers, .map, .setFormat, .open].contains(call) {
                driver.fail(.dequeue, EIO)
            }
            while capture(camera, driver) != .lost {}
            #expect(driver.now - began <= .milliseconds(500), "told, so that a slate goes out")
            #expect(try untilLive(camera, driver).at - began < .seconds(1))
        }
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func aDeviceThatOpensForManySecondsHoldsUpNobody() throws {
        let driver = FakeVideoDriver()
        let openings = Mutex<[@Sendable () -> Void]>([])
        let camera = HotPlugCamera("auto", wanted: wanted, system: driver, locator: driver.locator) { open in
            openings.withLock { $0.append(open) }
        }
        driver.plug(.camera(), as: "/dev/video0")
        let began = driver.now
        for _ in 0..<100 { #expect(capture(camera, driver) == .lost) }
        #expect(driver.now - began == .seconds(10))
        camera.devicesChanged()
        #expect(capture(camera, driver) == .lost)
        let opening = try #require(openings.withLock { $0.count == 1 ? $0[0] : nil }, "one at a time")
        opening()
        #expect(capture(camera, driver) == .picture(0))
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func whoMakesItDoesNotWaitForTheDevice() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let launched = LaunchedWork()
        let camera = HotPlugCamera(
            "auto", wanted: wanted, system: driver, locator: driver.locator, launch: launched.add)
        #expect(driver.allCalls == 0)
        #expect(camera.problem?.message.contains("is not open yet") == true)
        launched.run()
        #expect(capture(camera, driver) == .picture(0))
    }

    @Test func aSickCameraIsClosedOnAnotherThreadBeforeItIsOpenedAgain() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let launched = LaunchedWork()
        let camera = HotPlugCamera(
            "auto", wanted: wanted, system: driver, locator: driver.locator, launch: launched.add)
        launched.run()
        #expect(capture(camera, driver) == .picture(0))
        driver.fail(.dequeue, EIO)
        #expect(capture(camera, driver) == .lost)
        #expect(driver.calls(.streamOff) == 0)
        for _ in 0..<20 { #expect(capture(camera, driver) == .lost) }
        launched.run()
        #expect(driver.debts == [])
        #expect(driver.calls(.open) == 1)
        #expect(capture(camera, driver) == .lost)
        launched.run()
        guard case .picture = capture(camera, driver) else {
            Issue.record("expected a picture")
            return
        }
        // One that is not wanted any more is closed there, too.
        camera.select("/dev/v4l/by-id/b")
        let closed = driver.calls(.streamOff)
        _ = capture(camera, driver)
        #expect(driver.calls(.streamOff) == closed)
        launched.run()
        #expect(driver.debts == [])
        camera.stop()
    }

    @Test func anOpenCameraIsNotOpenedAgain() throws {
        let driver = FakeVideoDriver()
        // As when an opening ends just after the capture thread has found no camera.
        let camera = HotPlugCamera("auto", wanted: wanted, system: driver, locator: driver.locator) { work in
            work()
            work()
        }
        driver.plug(.camera(), as: "/dev/video0")
        _ = try untilLive(camera, driver)
        #expect(driver.calls(.open) == 1)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func anOvertakenOpeningDoesNotSayWhatAutoIs() throws {
        for call in 0..<10 {
            let driver = FakeVideoDriver()
            let camera = camera(driver, "/dev/v4l/by-id/b")
            driver.plug(.camera(id: "/dev/v4l/by-id/a"), as: "/dev/video0")
            driver.plug(.camera(id: "/dev/v4l/by-id/b"), as: "/dev/video1")
            driver.atCall(call) { _ in camera.select("auto") }
            while driver.state.withLock({ $0.atCall != nil }) { _ = capture(camera, driver) }
            _ = try untilLive(camera, driver)
            _ = try untilLive(camera, driver)
            #expect(camera.device.id == "/dev/v4l/by-id/a", "before call \(call)")
            camera.stop()
            #expect(driver.debts == [])
        }
    }

    @Test func anAutomaticCameraThatIsSelectedWhileItOpensIsOpenedOnce() throws {
        for call in 0..<20 {
            let driver = FakeVideoDriver()
            let camera = camera(driver)
            driver.plug(.camera(), as: "/dev/video0")
            driver.atCall(call) { _ in camera.select("/dev/v4l/by-id/camera") }
            while driver.state.withLock({ $0.atCall != nil }) { _ = capture(camera, driver) }
            _ = try untilLive(camera, driver)
            _ = try untilLive(camera, driver)
            #expect(driver.calls(.open) == 1, "before call \(call)")
            #expect(camera.losses == 0)
            camera.stop()
            #expect(driver.debts == [])
        }
    }

    @Test func whatIsStoppedWhileItOpensIsClosedAtOnce() throws {
        for call in 0..<20 {
            let driver = FakeVideoDriver()
            let camera = camera(driver)
            driver.plug(.camera(), as: "/dev/video0")
            driver.atCall(call) { _ in camera.stop() }
            while capture(camera, driver) != .lost || driver.state.withLock({ $0.atCall != nil }) {}
            #expect(driver.debts == [], "before call \(call)")
        }
    }

    @Test func theMachinesCameraIsLookedForOnAThreadOfItsOwn() {
        let camera = HotPlugCamera("/dev/no-such-camera", wanted: wanted)
        #expect(camera.problem?.message.contains("“/dev/no-such-camera”") == true)
        let began = MonotonicClock.now
        #expect(throws: DeviceError.self) { try camera.capture(from: pool, until: began + .milliseconds(20)) }
        #expect(MonotonicClock.now - began < .seconds(5))
        camera.stop()
    }

    @Test func aDeviceThatFailsAgainAndAgainIsNotOpenedInAFrenzy() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        driver.fail(.dequeue, EIO, times: .max)
        let camera = camera(driver)
        let began = driver.now
        while driver.now - began < .seconds(60) { _ = capture(camera, driver) }
        #expect(driver.calls(.open) < 160)
        #expect(driver.calls(.open) > 100)
    }

    @Test func whileAnotherProgramHasItTheReasonIsToldAndItIsTakenWhenFree() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        driver.fail(.setFormat, EBUSY, times: 10)
        let camera = camera(driver)
        let error = #expect(throws: DeviceError.self) {
            try camera.capture(from: pool, until: driver.now + .milliseconds(50))
        }
        #expect(error?.reason == .busy)
        _ = try untilLive(camera, driver)
        #expect(camera.problem == nil)
    }

    @Test func autoStaysWithItsCameraWhileThatIsThere() throws {
        let driver = FakeVideoDriver(["/dev/video5": .camera(id: "/dev/v4l/by-id/m")])
        let camera = camera(driver)
        _ = try untilLive(camera, driver)
        driver.plug(.camera(id: "/dev/v4l/by-id/a"), as: "/dev/video0")
        driver.fail(.dequeue, EIO)
        while capture(camera, driver) != .lost {}
        _ = try untilLive(camera, driver)
        #expect(camera.device.id == "/dev/v4l/by-id/m")
        driver.unplug("/dev/video5")
        while capture(camera, driver) != .lost {}
        _ = try untilLive(camera, driver)
        #expect(camera.device.id == "/dev/v4l/by-id/a")
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func anotherCameraCanBeSelected() throws {
        let driver = FakeVideoDriver([
            "/dev/video0": .camera(id: "/dev/v4l/by-id/a"), "/dev/video1": .camera(id: "/dev/v4l/by-id/b"),
        ])
        let camera = camera(driver, "/dev/video0")
        let first = try untilLive(camera, driver)
        camera.select("/dev/v4l/by-id/b")
        let second = try untilLive(camera, driver)
        #expect(camera.device.id == "/dev/v4l/by-id/b")
        #expect(second.number > first.number + 1)
        #expect(second.at - first.at < .milliseconds(200))
        #expect(camera.losses == 0)
        camera.select("/dev/v4l/by-id/c")
        while capture(camera, driver) != .lost {}
        #expect(camera.problem?.message.contains("“/dev/v4l/by-id/c”") == true)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func settingsAreSetAgainOnADeviceThatComesBack() throws {
        var device = FakeVideoDevice.camera()
        device.controls = [
            NodeControl(
                id: 0x0098_0900, kind: .integer, name: "Brightness", minimum: 0, maximum: 255, step: 1,
                defaultValue: 128)
        ]
        let driver = FakeVideoDriver(["/dev/video0": device])
        let camera = camera(driver)
        try camera.set(["brightness": 200])
        #expect(try camera.controls().map(\.value) == [200])
        _ = try untilLive(camera, driver)
        driver.unplug("/dev/video0")
        while capture(camera, driver) != .lost {}
        #expect(throws: DeviceError.self) { try camera.controls() }
        driver.plug(device, as: "/dev/video1")
        _ = try untilLive(camera, driver)
        #expect(try camera.controls().map(\.value) == [200])
        #expect(camera.settingsProblem == nil)
    }

    private static func withExposure() -> FakeVideoDevice {
        var device = FakeVideoDevice.camera()
        device.controls = [
            NodeControl(
                id: 0x0098_0900, kind: .integer, name: "Brightness", minimum: 0, maximum: 255, step: 1,
                defaultValue: 128),
            NodeControl(
                id: 0x009A_0901, kind: .menu, name: "Auto Exposure", minimum: 0, maximum: 3, step: 1, defaultValue: 3),
            NodeControl(
                id: 0x009A_0902, kind: .integer, name: "Exposure Time", minimum: 3, maximum: 2047, step: 1,
                defaultValue: 250),
        ]
        device.menus[0x009A_0901] = [1: "Manual Mode", 3: "Aperture Priority Mode"]
        device.masters[0x009A_0902] = (0x009A_0901, 1)
        return device
    }

    @Test func whatBecameAutomaticSinceStaysSoAndTheRestIsSetAgain() throws {
        let driver = FakeVideoDriver(["/dev/video0": Self.withExposure()])
        let camera = camera(driver)
        _ = try untilLive(camera, driver)
        try camera.set(["exposureMode": 1, "exposureTime": 200])
        try camera.set(["exposureMode": 3, "brightness": 200])
        for (round, mode) in [3, 1, 3].enumerated() {
            if round > 0 { try camera.set(["exposureMode": mode]) }
            driver.unplug("/dev/video\(round)")
            while capture(camera, driver) != .lost {}
            driver.plug(Self.withExposure(), as: "/dev/video\(round + 1)")
            _ = try untilLive(camera, driver)
            #expect(try camera.controls().map(\.value) == [200, mode, mode == 1 ? 200 : 250], "round \(round)")
            #expect(camera.settingsProblem == nil)
        }
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func aSettingThatIsRefusedIsToldAndTheOthersAreSet() throws {
        let settings = [
            "/dev/v4l/by-id/camera": ["brightness": 900, "warp": 1, "exposureMode": 1, "exposureTime": 200]
        ]
        let driver = FakeVideoDriver(["/dev/video0": Self.withExposure()])
        let camera = HotPlugCamera(
            "auto", wanted: wanted, settings: settings, system: driver, locator: driver.locator)
        #expect(try camera.controls().map(\.value) == [128, 1, 200])
        #expect(camera.settingsProblem?.message.contains("no control “warp”") == true)
        #expect(camera.settingsProblem?.message.contains("brightness was expected in 0…255") == true)
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func settingsBelongToTheirDevice() throws {
        func device(_ name: String) -> FakeVideoDevice {
            var device = FakeVideoDevice.camera(id: "/dev/v4l/by-id/\(name)")
            device.controls = [
                NodeControl(
                    id: 0x0098_0900, kind: .integer, name: "Brightness", minimum: 0, maximum: 255, step: 1,
                    defaultValue: 128)
            ]
            return device
        }
        let driver = FakeVideoDriver(["/dev/video0": device("a"), "/dev/video1": device("b")])
        let camera = camera(driver, "/dev/v4l/by-id/a")
        _ = try untilLive(camera, driver)
        try camera.set(["brightness": 200])
        camera.select("/dev/v4l/by-id/b")
        _ = try untilLive(camera, driver)
        #expect(try camera.controls().map(\.value) == [128])
        // A device that was away has forgotten.
        driver.unplug("/dev/video0")
        driver.plug(device("a"), as: "/dev/video2")
        camera.select("/dev/v4l/by-id/a")
        _ = try untilLive(camera, driver)
        #expect(camera.device.id == "/dev/v4l/by-id/a")
        #expect(try camera.controls().map(\.value) == [200])
        camera.stop()
        #expect(driver.debts == [])
    }

    @Test func anInputWithoutASignalIsNotLost() throws {
        let driver = FakeVideoDriver(["/dev/video4": .hdmi()])
        let input = HotPlugCamera("auto", kind: .content, wanted: wanted, system: driver, locator: driver.locator)
        for _ in 0..<10 { #expect(capture(input, driver) == .nothing) }
        #expect(input.signal == .none)
        #expect(input.problem == nil)
        driver.setSource("/dev/video4", .success(SourceTimings(width: 64, height: 48, rate: 30)))
        #expect(capture(input, driver) == .picture(0))
        #expect(input.signal == .present)
    }

    @Test func statisticsSpanLosses() throws {
        let driver = FakeVideoDriver(["/dev/video0": .camera()])
        let camera = camera(driver)
        for _ in 0..<5 {
            _ = try untilLive(camera, driver)
            driver.fail(.dequeue, EIO)
            while capture(camera, driver) != .lost {}
        }
        _ = try untilLive(camera, driver)
        #expect(camera.statistics.delivered == 6)
        #expect(camera.statistics.starts == 6)
    }

    @Test(arguments: [true, false])
    func stopEndsAWaitWhetherTheDeviceIsThereOrNot(_ isThere: Bool) throws {
        let driver = FakeVideoDriver(isThere ? ["/dev/video0": .camera()] : [:])
        let camera = camera(driver)
        driver.state.withLock { $0.holdsTime = true }
        let pool = pool
        let outcome = Mutex<DeviceError?>(nil)
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
        #expect(camera.losses == 0)
        #expect(driver.debts == [])
    }
}

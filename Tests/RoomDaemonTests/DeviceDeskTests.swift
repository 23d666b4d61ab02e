import Base
import ControlAPI
import Hardware
import Logging
import Media
import Room
import Synchronization
import Testing

@testable import RoomDaemon

@Suite(.timeLimit(.minutes(1))) struct DeviceDeskTests {
    /// A running desk over a camera, and a machine on which things can be plugged in.
    private final class Bench: Sendable {
        let camera = ScriptedCamera(isRealTime: true)
        let feed: CameraFeed
        let machine = Monitor([String]())
        let lists = Monitor([[ControlAPI.DeviceDescription]]())
        let desk: DeviceDesk

        /// - Parameter choices: of an earlier life.
        init(
            _ present: [String] = ["cam", "second"], _ choices: DeviceChoices = DeviceChoices(),
            configured: String = "cam"
        ) throws {
            machine.withLock { $0 = present }
            camera.state.withLock { $0.others = ["cam", "second"] }
            if let chosen = choices.camera?.id {
                camera.select(chosen)
                if !present.contains(chosen) { camera.become(.gone) }
            }
            let machine = machine
            let lists = lists
            feed = CameraFeed(camera)
            desk = DeviceDesk(
                DeviceDesk.Devices(camera: feed), configuredCamera: configured, choices: choices,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
                patience: .milliseconds(500)
            ) {
                HardwareInventory(
                    devices: machine.withLock { $0 }.map { id in
                        let kind: Media.DeviceKind = id.hasPrefix("speaker") ? .speaker : .camera
                        return HardwareDevice(
                            description: Media.DeviceDescription(id: id, kind: kind, name: id, bus: "usb"))
                    })
            }
            try feed.start { [desk] _ in desk.touch() }
            try desk.start { list in lists.update { $0.append(list) } }
        }

        func stop() {
            desk.stop()
            feed.stop()
        }

        /// Whether the list is so, now or soon.
        func lists(_ isSo: ([ControlAPI.DeviceDescription]) -> Bool) -> Bool {
            lists.wait(until: MonotonicClock.now + .seconds(20)) { $0.last.map(isSo) == true ? true : nil } ?? false
        }

        /// Only these are on the machine from now on.
        func plug(_ present: [String]) {
            machine.withLock { $0 = present }
            desk.take([DeviceChange(kind: .added, subsystem: .video, node: "/dev/video2", name: "video2")])
        }

        private func wait(_ ask: (@escaping DeviceDesk.Answer) -> Void) -> Result<DeviceChoices, RPCError>? {
            let answer = Monitor<Result<DeviceChoices, RPCError>?>(nil)
            ask { result in answer.update { $0 = result } }
            return answer.wait(until: MonotonicClock.now + .seconds(20)) { $0 }
        }

        func select(_ kind: ControlAPI.DeviceKind, _ id: String) -> Result<DeviceChoices, RPCError>? {
            wait { desk.select(kind, id: id, answer: $0) }
        }

        func configure(_ id: String, _ controls: [String: Int]) -> Result<DeviceChoices, RPCError>? {
            wait { desk.configure(id: id, controls: controls, answer: $0) }
        }
    }

    private func error(_ result: Result<DeviceChoices, RPCError>?) -> RPCError? {
        if case .failure(let error)? = result { error } else { nil }
    }

    @Test func whatIsPluggedInIsListedAndTheDevicesThatAreGoneAreToldToLook() throws {
        let bench = try Bench()
        defer { bench.stop() }
        #expect(bench.lists { $0.map(\.id) == ["cam", "second"] && $0[0].selected && $0[0].state == .active })
        bench.machine.withLock { $0 = ["cam", "third"] }
        bench.desk.take([DeviceChange(kind: .added, subsystem: .video, node: "/dev/video2", name: "video2")])
        #expect(bench.lists { $0.map(\.id) == ["cam", "third"] && $0[1].state == .ready })
        #expect(bench.camera.state.withLock { $0.wasToldOfChanges } == 1)
        bench.desk.take([DeviceChange(kind: .removed, subsystem: .sound, node: nil, name: "card1")])
        #expect(bench.camera.state.withLock { $0.wasToldOfChanges } == 1, "sound is not the camera's concern")
        bench.camera.become(.gone)
        #expect(bench.lists { $0.first { $0.id == "cam" }?.state == .lost })
        bench.camera.become(.live)
        #expect(bench.lists { $0.first { $0.id == "cam" }?.state == .active })
    }

    @Test func anotherCameraIsSelectedWhileTheRoomRuns() throws {
        let bench = try Bench()
        defer { bench.stop() }
        let second = DeviceChoices(camera: .init(id: "second", insteadOf: "cam"))
        #expect(try bench.select(.camera, "second")?.get() == second)
        #expect(bench.camera.device.id == "second")
        #expect(bench.lists { $0.first { $0.id == "second" }?.selected == true })
        #expect(bench.lists { $0.first { $0.id == "cam" }?.selected == false })
        #expect(try bench.select(.camera, "second")?.get() == second, "what is so already is done")
        // Plugged in a moment ago, before any word of it.
        bench.machine.withLock { $0.append("late") }
        bench.camera.state.withLock { $0.others.append("late") }
        #expect(try bench.select(.camera, "late")?.get().camera?.id == "late")
        #expect(try bench.select(.camera, "cam")?.get() == DeviceChoices(), "as configured")
    }

    @Test func aChosenCameraThatIsUnpluggedIsStoodInForAndUsedAgainWhenItReturns() throws {
        let chosen = DeviceChoices(camera: .init(id: "second", insteadOf: "cam"))
        let bench = try Bench(["cam", "second"], chosen)
        defer { bench.stop() }
        #expect(bench.lists { $0.first { $0.id == "second" }?.selected == true }, "from the start")
        for round in 0..<3 {
            bench.camera.state.withLock { $0.others = ["cam"] }
            bench.camera.become(.gone)
            bench.plug(["cam"])
            #expect(bench.lists { $0.map(\.id) == ["cam"] && $0[0].selected }, "round \(round)")
            #expect(bench.feed.awaitStatus(until: MonotonicClock.now + .seconds(20)) { $0.device == "cam" })
            // It moves to another place meanwhile, or something else comes.
            bench.plug(["cam", "third"])
            #expect(bench.lists { $0.map(\.id) == ["cam", "third"] })
            bench.camera.state.withLock { $0.others = ["cam", "second"] }
            bench.plug(["cam", "second"])
            #expect(bench.lists { $0.first { $0.id == "second" }?.selected == true }, "round \(round)")
        }
        // Whoever chooses what stands in means that.
        bench.camera.state.withLock { $0.others = ["cam", "third"] }
        bench.camera.become(.gone)
        bench.plug(["cam", "third"])
        #expect(bench.lists { $0.first { $0.id == "cam" }?.selected == true })
        #expect(try bench.select(.camera, "cam")?.get() == DeviceChoices())
        bench.camera.state.withLock { $0.others = ["cam", "second"] }
        bench.plug(["cam", "second"])
        #expect(bench.lists { $0.map(\.id) == ["cam", "second"] && $0[0].selected })
    }

    @Test func aChosenCameraThatIsNotThereAtTheStartIsStoodInFor() throws {
        let bench = try Bench(["cam"], DeviceChoices(camera: .init(id: "second", insteadOf: "cam")))
        defer { bench.stop() }
        #expect(bench.lists { $0.map(\.id) == ["cam"] && $0[0].selected })
        bench.camera.state.withLock { $0.others = ["cam", "second"] }
        bench.plug(["cam", "second"])
        #expect(bench.lists { $0.first { $0.id == "second" }?.selected == true })
    }

    @Test func aChosenCameraThatIsBusyWhenItReturnsIsUsedOnceItCanBe() throws {
        let chosen = DeviceChoices(camera: .init(id: "second", insteadOf: "cam"))
        let bench = try Bench(["cam"], chosen)
        defer { bench.stop() }
        bench.camera.state.withLock { $0.others = ["cam"] }
        #expect(bench.lists { $0.map(\.id) == ["cam"] && $0[0].state == .active }, "it is stood in for")
        bench.plug(["cam", "second"])
        #expect(bench.lists { $0.count == 2 && $0[0].state == .lost })
        #expect(error(bench.select(.camera, "second"))?.reason == .deviceLost)
        #expect(bench.camera.state.withLock { $0.specification } == "second", "it is waited for")
        bench.camera.state.withLock { $0.others = ["cam", "second"] }
        #expect(try bench.select(.camera, "second")?.get() == chosen)
        #expect(bench.lists { $0.first { $0.id == "second" }?.selected == true })
    }

    @Test func afterACameraThatDeliversNothingAutoIsAutoAgain() throws {
        let bench = try Bench(configured: "auto")
        defer { bench.stop() }
        bench.machine.withLock { $0.append("dead") }
        #expect(error(bench.select(.camera, "dead"))?.reason == .deviceLost)
        #expect(bench.camera.state.withLock { $0.specification } == "auto")
        #expect(bench.camera.device.id == "cam")
    }

    @Test func aCameraThatDeliversNothingIsRefusedAndTheFormerOneKept() throws {
        let bench = try Bench()
        defer { bench.stop() }
        bench.machine.withLock { $0.append("dead") }
        let refusal = error(bench.select(.camera, "dead"))
        #expect(refusal?.reason == .deviceLost)
        #expect(refusal?.message.contains("the cable is out") == true)
        #expect(bench.camera.device.id == "cam")
        #expect(bench.feed.awaitStatus(until: MonotonicClock.now + .seconds(20)) { $0.condition == .working })
    }

    @Test func whatCannotBeSelectedIsSaid() throws {
        let bench = try Bench()
        defer { bench.stop() }
        bench.machine.withLock { $0.append("speaker") }
        #expect(error(bench.select(.camera, "none"))?.reason == .unknownDevice)
        let speaker = error(bench.select(.speaker, "speaker"))
        #expect(speaker?.reason == .unsupportedByService)
        #expect(speaker?.message.contains("[devices] speaker") == true)
    }

    @Test func controlsAreSetOrTheReasonIsTold() throws {
        let bench = try Bench()
        defer { bench.stop() }
        #expect(try bench.configure("cam", ["zoom": 250])?.get().controls == ["cam": ["zoom": 250]])
        #expect(bench.camera.state.withLock { $0.zoom } == 250)
        let unknown = error(bench.configure("cam", ["warp": 9]))
        #expect(unknown?.code == -32602 && unknown?.message.contains("present: zoom") == true)
        #expect(bench.lists { $0.count == 2 })
        #expect(error(bench.configure("second", ["zoom": 1]))?.reason == .unsupportedByService)
        #expect(error(bench.configure("nothing", ["zoom": 1]))?.reason == .unknownDevice)
        bench.camera.become(.gone)
        #expect(error(bench.configure("cam", ["zoom": 1]))?.reason == .deviceLost)
    }

    @Test func whoeverWaitsAtTheEndIsAnswered() throws {
        let bench = try Bench()
        bench.stop()
        #expect(error(bench.select(.camera, "second"))?.reason == .busy)
    }
}

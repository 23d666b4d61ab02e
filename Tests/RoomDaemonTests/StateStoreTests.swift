import Base
import Room
import Scheduling
import TestSupport
import Testing

@testable import RoomDaemon

@Suite struct StateStoreTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func whatWasLeftIsStillKnownToTheNextLife() throws {
        let memory = RoomMemory(
            planner: PlannerMemory(entries: [
                PlannerMemory.Entry(event: "weekly/2026", kind: .left, until: UTCTime(seconds: 1_800_000_000)),
                PlannerMemory.Entry(event: "会议", kind: .dismissed, until: UTCTime(milliseconds: 1_800_000_000_123)),
            ]),
            devices: DeviceChoices(
                camera: .init(id: "/dev/v4l/by-id/usb-Türkamera", insteadOf: "auto"),
                controls: ["/dev/v4l/by-id/a": ["zoom": 250, "tilt": -3600], "/dev/v4l/by-id/b": [:]]))
        try StateStore(folder: folder.path).save(memory)
        #expect(try StateStore(folder: folder.path).load() == memory)
    }

    @Test func aChoiceThatAChangedConfigurationHasOvertakenNeverComesBack() throws {
        let store = StateStore(folder: folder.path)
        let controls = ["/dev/v4l/by-id/a": ["zoom": 250]]
        let chosen = DeviceChoices(camera: .init(id: "/dev/v4l/by-id/a", insteadOf: "auto"), controls: controls)
        try store.save(RoomMemory(devices: chosen))
        #expect(try store.load(configuredCamera: "auto").devices == chosen)
        #expect(try store.load(configuredCamera: "/dev/v4l/by-id/b").devices == DeviceChoices(controls: controls))
        #expect(try store.load(configuredCamera: "auto").devices == DeviceChoices(controls: controls))
    }

    @Test func aMissingFileIsAnEmptyMemory() throws {
        #expect(try StateStore(folder: folder.path).load() == RoomMemory())
    }

    @Test func aFileOfAnEarlierVersionSaysNothingOfDevices() throws {
        try folder.file(
            "memory.json", "{\"events\": [{\"event\": \"a\", \"kind\": \"left\", \"until\": 1}]}".utf8)
        let memory = try StateStore(folder: folder.path).load()
        #expect(memory.planner.entries.map(\.event) == ["a"] && memory.devices == DeviceChoices())
        try folder.file("memory.json", "{\"camera\": 7, \"controls\": {\"a\": {\"zoom\": \"far\"}, \"b\": 1}}".utf8)
        #expect(try StateStore(folder: folder.path).load().devices.camera == nil)
    }

    @Test func aDamagedFileIsNamedAndNotTrusted() throws {
        let path = try folder.file("memory.json", "{\"events\": [".utf8)
        let problem = try #require(throws: StateStore.Problem.self) { try StateStore(folder: folder.path).load() }
        #expect(problem.description.contains(path))
    }

    @Test func aFolderThatCannotBeWrittenIsAnErrorThatSaysWhere() throws {
        let store = StateStore(folder: "/proc/roomd-cannot-be-here")
        let problem = try #require(throws: StateStore.Problem.self) { try store.save(RoomMemory()) }
        #expect(problem.description.contains("/proc/roomd-cannot-be-here"))
        #expect(problem.description.contains("[storage]"))
    }
}

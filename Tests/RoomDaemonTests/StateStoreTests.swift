import Base
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
        let memory = PlannerMemory(entries: [
            PlannerMemory.Entry(event: "weekly/2026", kind: .left, until: UTCTime(seconds: 1_800_000_000)),
            PlannerMemory.Entry(event: "会议", kind: .dismissed, until: UTCTime(milliseconds: 1_800_000_000_123)),
        ])
        try StateStore(folder: folder.path).save(memory)
        #expect(try StateStore(folder: folder.path).load() == memory)
    }

    @Test func aMissingFileIsAnEmptyMemory() throws {
        #expect(try StateStore(folder: folder.path).load() == PlannerMemory())
    }

    @Test func aDamagedFileIsNamedAndNotTrusted() throws {
        let path = try folder.file("memory.json", "{\"events\": [".utf8)
        let problem = try #require(throws: StateStore.Problem.self) { try StateStore(folder: folder.path).load() }
        #expect(problem.description.contains(path))
    }

    @Test func aFolderThatCannotBeWrittenIsAnErrorThatSaysWhere() throws {
        let store = StateStore(folder: "/proc/roomd-cannot-be-here")
        let problem = try #require(throws: StateStore.Problem.self) { try store.save(PlannerMemory()) }
        #expect(problem.description.contains("/proc/roomd-cannot-be-here"))
        #expect(problem.description.contains("[storage]"))
    }
}

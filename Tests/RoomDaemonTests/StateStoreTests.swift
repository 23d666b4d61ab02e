import Base
import Glibc
import Scheduling
import Testing

@testable import RoomDaemon

@Suite struct StateStoreTests {
    private static func folder() -> String {
        var template = Array("/tmp/roomd-state-XXXXXX".utf8CString)
        return String(cString: mkdtemp(&template))
    }

    @Test func whatWasLeftIsStillKnownToTheNextLife() throws {
        let folder = Self.folder()
        defer { unlink(folder + "/memory.json"); rmdir(folder) }
        let memory = PlannerMemory(entries: [
            PlannerMemory.Entry(event: "weekly/2026", kind: .left, until: UTCTime(seconds: 1_800_000_000)),
            PlannerMemory.Entry(event: "会议", kind: .dismissed, until: UTCTime(milliseconds: 1_800_000_000_123)),
        ])
        try StateStore(folder: folder).save(memory)
        #expect(try StateStore(folder: folder).load() == memory)
    }

    @Test func aMissingFileIsAnEmptyMemory() throws {
        let folder = Self.folder()
        defer { rmdir(folder) }
        #expect(try StateStore(folder: folder).load() == PlannerMemory())
    }

    @Test func aDamagedFileIsNamedAndNotTrusted() throws {
        let folder = Self.folder()
        let path = folder + "/memory.json"
        defer { unlink(path); rmdir(folder) }
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        _ = write(descriptor, "{\"events\": [", 12)
        close(descriptor)
        let problem = try #require(throws: StateStore.Problem.self) { try StateStore(folder: folder).load() }
        #expect(problem.description.contains(path))
    }

    @Test func aFolderThatCannotBeWrittenIsAnErrorThatSaysWhere() throws {
        let store = StateStore(folder: "/proc/roomd-cannot-be-here")
        let problem = try #require(throws: StateStore.Problem.self) { try store.save(PlannerMemory()) }
        #expect(problem.description.contains("/proc/roomd-cannot-be-here"))
        #expect(problem.description.contains("[storage]"))
    }
}

import ConfigurationFile
import Glibc
import TestSupport
import Testing

@Suite struct FolderTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func load(socket: String, state: String) -> ConfigurationLoader.Loaded {
        ConfigurationLoader.load(
            text: "[control]\nsocket = \"\(folder.path)/\(socket)\"\n[storage]\nstate = \"\(folder.path)/\(state)\"")
    }

    @Test func foldersThatAreThereOrThatTheDaemonMakesAreNoProblem() {
        #expect(load(socket: "control.sock", state: ".").folderProblems() == [])
        #expect(load(socket: "run/control.sock", state: "state").folderProblems() == [])
    }

    @Test func foldersThatCannotBeMadeAreErrorsThatSayWhatFollows() {
        let found = load(socket: "none/run/control.sock", state: "none/state").folderProblems(for: .administrator)
        #expect(
            found.map { "\($0.line) \($0.key) \($0.kind)" } == ["2 control.socket folder", "4 storage.state folder"])
        #expect(found.allSatisfy { $0.severity == .error })
        #expect(
            found.first?.message
                == "Expected a folder for the socket, but \(folder.path)/none/run cannot be made: No such file or directory "
                + "(checked as user \(geteuid())). Make the folder, or name another: unless systemd hands it the socket, "
                + "roomd does not start.")
        #expect(found.last?.message.contains("forgets at a restart") == true)
    }

    @Test func theFolderOfTheMetricsSocketIsLookedAtOnlyWhereThereAreMetrics() {
        #expect(ConfigurationLoader.load(text: "[metrics]").configuration.metrics == RoomConfiguration().metrics)
        let loaded = ConfigurationLoader.load(text: "[metrics]\nsocket = \"\(folder.path)/none/run/metrics.sock\"")
        let found = loaded.folderProblems().filter { $0.key == "metrics.socket" }
        #expect(found.map(\.kind) == [.folder] && found.first?.line == 2)
        #expect(loaded.isUsable, "no room goes dark over its metrics")
    }

    @Test func aFileInAFoldersPlaceIsToldToo() throws {
        try folder.file("file", "x".utf8)
        let found = load(socket: "file/control.sock", state: "file").folderProblems()
        #expect(found.map(\.kind) == [.folder, .folder])
        #expect(found.last?.message.contains("/file is no folder") == true, "\(found)")
    }

    /// The tests may run as root, who may write everywhere: so another user asks, in a process of its own.
    @Test func whoeverMayNotWriteThereDoesNotJudgeIt() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            try #require(chmod(folder.path, 0o555) == 0)
            if geteuid() == 0 { try #require(seteuid(65_534) == 0) }
            defer { if getuid() == 0 { seteuid(0) } }
            let loaded = ConfigurationLoader.load(text: "[control]\nsocket = \"\(folder.path)/run/c.sock\"")
            let asked = loaded.folderProblems(for: .administrator).filter { $0.key == "control.socket" }
            #expect(asked.map(\.kind) == [.unjudgedFile] && asked.map(\.severity) == [.warning], "\(asked)")
            let daemon = loaded.folderProblems(for: .daemon).filter { $0.key == "control.socket" }
            #expect(daemon.map(\.kind) == [.folder])
        }
    }
}

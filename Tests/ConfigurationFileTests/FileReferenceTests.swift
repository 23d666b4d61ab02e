import ConfigurationFile
import Glibc
import TestSupport
import Testing

@Suite struct FileReferenceTests {
    /// A folder of its own for each test.
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func load(_ text: String) -> ConfigurationLoader.Loaded {
        ConfigurationLoader.load(text: text.replacing("FOLDER", with: folder.path))
    }

    private var everything: String {
        """
        [devices]
        camera = "file:FOLDER/a.y4m"
        microphone = "file:FOLDER/a.wav"
        speaker = "file:FOLDER/out.wav"
        content = "file:FOLDER/c.y4m"
        [network]
        turn = [{ url = "turns:t", username = "u", credential_file = "FOLDER/turn", ca_file = "FOLDER/turn.pem" }]
        [[calendar]]
        url = "https://example.org/a.ics"
        [[calendar]]
        url = "file://FOLDER/my%20room.ics"
        [[service]]
        url = "janus+ws://nameless"
        [[service]]
        name = "corp"
        url = "janus+ws://h"
        api_secret_file = "FOLDER/api"
        host_secret_file = "FOLDER/host"
        ca_file = "FOLDER/ca.pem"
        api_key_file = "FOLDER/key"
        """
    }

    @Test func everyFileIsListedWithItsKeyAndLine() {
        let files = load(everything).files
        #expect(
            files.map { "\($0.line) \($0.key) \($0.path.dropFirst(folder.path.count + 1)) \($0.purpose)" } == [
                "2 devices.camera a.y4m camera", "3 devices.microphone a.wav microphone",
                "4 devices.speaker out.wav speaker", "5 devices.content c.y4m content",
                "7 network.turn[0].ca_file turn.pem relayAuthority",
                "7 network.turn[0].credential_file turn relayCredential",
                "11 calendar[1].url my room.ics calendar",
                "17 service[1].api_secret_file api apiSecret", "18 service[1].host_secret_file host hostSecret",
                "19 service[1].ca_file ca.pem authority",
            ], "what this version does not use is not looked at")
        #expect(load("[devices]\ncamera = \"/dev/video0\"\nmicrophone = \"tone:440\"").files.isEmpty)
    }

    @Test func filesThatAreThereAreNoProblem() throws {
        for name in ["a.y4m", "a.wav", "c.y4m", "my room.ics", "api", "host", "ca.pem", "turn", "turn.pem"] {
            try folder.file(name, "x".utf8)
        }
        #expect(load(everything).fileProblems() == [], "the loudspeaker's file is made when it is needed")
    }

    @Test func missingFilesAreWarningsWhereTheyMayComeLaterAndErrorsWhereSecretsAre() {
        let loaded = load(everything)
        let found = loaded.fileProblems()
        #expect(found.map(\.line) == [2, 3, 5, 7, 7, 11, 17, 18, 19])
        #expect(loaded.fileProblems { $0.purpose == .authority }.map(\.line) == [19])
        let warned = found.filter { $0.severity == .warning }
        #expect(warned.map(\.key) == ["devices.camera", "devices.microphone", "devices.content", "calendar[1].url"])
        #expect(
            found.first { $0.line == 18 }?.rendered(file: "f")
                == "f:18: service[1].host_secret_file: Expected a file with the secret, but \(folder.path)/host cannot be "
                + "read: No such file or directory (checked as user \(geteuid())). The room cannot act as host in this "
                + "service's meetings without it; it is looked at again at the next join."
        )
        #expect(
            found.first { $0.line == 11 }?.rendered(file: "f")
                == "f:11: warning: calendar[1].url: Expected a calendar's file, but \(folder.path)/my room.ics cannot be "
                + "read: No such file or directory (checked as user \(geteuid())). It is read as soon as it is there.")
    }

    @Test func theTextsSayWhenAFileIsLookedAtAgain() {
        let messages = load(everything).fileProblems().map(\.message)
        #expect(messages.filter { $0.hasSuffix("it is looked at again at the next join.") }.count == 4)
        #expect(messages.filter { $0.hasSuffix("it is looked at again at the next start.") }.count == 1)
        #expect(!messages.contains { $0.contains("until it is readable") })
    }

    @Test func filesOfServicesThatAreNotServedAreNotLookedAt() {
        let loaded = load(
            """
            [[service]]
            name = "later"
            url = "meet+wss://h"
            api_secret_file = "FOLDER/none"
            host_secret_file = "FOLDER/none"
            ca_file = "FOLDER/none"
            api_key_file = "FOLDER/none"
            """)
        #expect(loaded.files.isEmpty && loaded.fileProblems().isEmpty)
        #expect(loaded.problems.map(\.kind) == [.unserved])
    }

    /// The tests may run as root, who may read everything: so another user asks, in a process of its own.
    @Test func whoeverMayNotReadAFileDoesNotJudgeIt() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let secret = try folder.file("secret", "x".utf8)
            try #require(chmod(secret, 0) == 0)
            if geteuid() == 0 { try #require(seteuid(65_534) == 0) }
            defer { if getuid() == 0 { seteuid(0) } }
            let loaded = ConfigurationLoader.load(
                text: "[devices]\nspeaker = \"file:/out.wav\"\n[[service]]\nname = \"a\"\n"
                    + "url = \"janus+ws://h\"\nhost_secret_file = \"\(secret)\"\nca_file = \"/nowhere\"")
            let asked = loaded.fileProblems(for: .administrator)
            #expect(asked.map(\.kind) == [.unjudgedFile, .unjudgedFile, .file], "\(asked)")
            #expect(asked.map(\.severity) == [.warning, .warning, .error])
            #expect(
                asked.first { $0.line == 6 }?.message
                    == "Expected a file with the secret, but \(secret) cannot be judged as user \(geteuid()), who may "
                    + "not look at it. Check as root, or as the user that roomd runs as.")
            #expect(loaded.fileProblems(for: .daemon).map(\.kind) == [.awaitedFile, .file, .file])
        }
    }

    @Test func whatIsEmptyOrNoFileIsToldToo() throws {
        try folder.file("empty")
        let text = """
            [[service]]
            name = "a"
            url = "janus+ws://h"
            ca_file = "FOLDER"
            host_secret_file = "FOLDER/empty"
            """
        let messages = load(text).fileProblems().map(\.message)
        #expect(messages.count == 2)
        #expect(messages.first?.contains("is not a regular file") == true)
        #expect(messages.last?.contains("is empty") == true)
    }

    @Test func aNamedPipeHoldsNobodyUp() throws {
        #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
        let found = load("[devices]\nmicrophone = \"file:FOLDER/pipe\"").fileProblems()
        #expect(found.first?.message.contains("is not a regular file") == true)
    }

    @Test func aLoudspeakersFileNeedsItsFolder() {
        let found = load("[devices]\nspeaker = \"file:FOLDER/no/out.wav\"").fileProblems()
        #expect(found.map(\.kind) == [.awaitedFile])
        #expect(found.first?.message.contains("cannot be made: No such file or directory") == true)
        #expect(load("[devices]\nspeaker = \"file:FOLDER\"").fileProblems().count == 1)
    }

    @Test func aRelativePathSaysWhereItBegins() {
        let found = load("[devices]\ncamera = \"file:no-such-clip.y4m\"").fileProblems()
        #expect(found.first?.message.contains("no-such-clip.y4m (from /") == true)
    }
}

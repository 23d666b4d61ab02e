import ConfigurationFile
import Glibc
import Testing

@Suite struct FileReferenceTests {
    /// A folder of its own for each test.
    private let folder: Folder

    init() throws {
        folder = try Folder()
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
        turn = [{ url = "turn:t", username = "u", credential_file = "FOLDER/turn" }]
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
                "7 network.turn[0].credential_file turn turnCredential", "11 calendar[1].url my room.ics calendar",
                "17 service[1].api_secret_file api apiSecret", "18 service[1].host_secret_file host hostSecret",
                "19 service[1].ca_file ca.pem authority", "20 service[1].api_key_file key apiKey",
            ])
        #expect(load("[devices]\ncamera = \"/dev/video0\"\nmicrophone = \"tone:440\"").files.isEmpty)
    }

    @Test func filesThatAreThereAreNoProblem() throws {
        for name in ["a.y4m", "a.wav", "c.y4m", "turn", "my room.ics", "api", "host", "ca.pem", "key"] {
            try folder.write(name, "x")
        }
        #expect(load(everything).fileProblems() == [], "the loudspeaker's file is made when it is needed")
    }

    @Test func missingFilesAreWarningsWhereTheyMayComeLaterAndErrorsWhereSecretsAre() {
        let loaded = load(everything)
        let found = loaded.fileProblems()
        #expect(found.map(\.line) == [2, 3, 5, 7, 11, 17, 18, 19, 20])
        #expect(loaded.fileProblems { $0.purpose == .authority }.map(\.line) == [19])
        let warned = found.filter { $0.severity == .warning }
        #expect(warned.map(\.key) == ["devices.camera", "devices.microphone", "devices.content", "calendar[1].url"])
        #expect(
            found.first { $0.line == 18 }?.rendered(file: "f")
                == "f:18: service[1].host_secret_file: Expected a file with the secret, but \(folder.path)/host cannot be "
                + "read: No such file or directory. The room cannot act as host in this service's meetings until it is readable."
        )
        #expect(
            found.first { $0.line == 11 }?.rendered(file: "f")
                == "f:11: warning: calendar[1].url: Expected a calendar's file, but \(folder.path)/my room.ics cannot be "
                + "read: No such file or directory. It is read as soon as it is there.")
    }

    @Test func whatIsEmptyOrNoFileIsToldToo() throws {
        try folder.write("empty", "")
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

private final class Folder {
    let path: String

    struct Failure: Error {
        let code: Int32
    }

    init() throws {
        var template = Array("/tmp/roomd-files-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) } != nil
        }
        guard made else { throw Failure(code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink(path + "/" + name) }
        }
        closedir(folder)
        rmdir(path)
    }

    func write(_ name: String, _ text: String) throws {
        guard let file = fopen(path + "/" + name, "w") else { throw Failure(code: errno) }
        defer { fclose(file) }
        fputs(text, file)
    }
}

import Glibc
import Testing

@testable import RoomDaemon

@Suite struct ServiceSecretsTests {
    private func file(_ content: String) -> String {
        var path = Array("/tmp/roomd-secret-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        let bytes = Array(content.utf8)
        _ = write(descriptor, bytes, bytes.count)
        close(descriptor)
        return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    @Test func areReadWithoutTheirNewline() {
        let path = file("geheim\n")
        defer { unlink(path) }
        let secrets = ServiceSecrets(service: "corp", apiFile: path, hostFile: path)
        #expect(secrets.api.text == "geheim" && secrets.host.text == "geheim")
        #expect(secrets.problems.map(\.code) == ["service.corp.apiSecret", "service.corp.hostSecret"])
        #expect(secrets.problems.allSatisfy { $0.text == nil })
    }

    @Test func whatCannotBeReadIsSaidByFileAndConsequence() throws {
        let empty = file("")
        defer { unlink(empty) }
        let secrets = ServiceSecrets(service: "corp", apiFile: "/nowhere/secret", hostFile: empty)
        #expect(secrets.api.text == nil && secrets.host.text == nil)
        let texts = secrets.problems.compactMap(\.text)
        try #require(texts.count == 2)
        #expect(texts[0].contains("“corp”") && texts[0].contains("/nowhere/secret: No such file"))
        #expect(texts[1].contains("\(empty): the file is empty") && texts[1].contains("as their host"))
    }

    @Test func aServiceWithoutSecretsHasNoProblem() {
        #expect(ServiceSecrets(service: "corp", apiFile: nil, hostFile: nil).problems.allSatisfy { $0.text == nil })
    }
}

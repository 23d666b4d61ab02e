import TestSupport
import Testing

@testable import RoomDaemon

@Suite struct ServiceSecretsTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func areReadWithoutTheirNewline() throws {
        let path = try folder.file("secret", "geheim\n".utf8)
        let secrets = ServiceSecrets(service: "corp", apiFile: path, hostFile: path)
        #expect(secrets.api.text == "geheim" && secrets.host.text == "geheim")
        #expect(secrets.problems.map(\.code) == ["service.corp.apiSecret", "service.corp.hostSecret"])
        #expect(secrets.problems.allSatisfy { $0.text == nil })
    }

    @Test func whatCannotBeReadIsSaidByFileAndConsequence() throws {
        let empty = try folder.file("empty")
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

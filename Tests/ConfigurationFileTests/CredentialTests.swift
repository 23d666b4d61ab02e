import TestSupport
import Testing

@testable import ConfigurationFile

@Suite struct CredentialTests {
    @Test func onlyTheNameOfAFileIsACredential() {
        #expect(Credential.name(in: "credential:janus-api") == "janus-api")
        for text in [
            "/etc/secret", "credential:", "credential:../shadow", "credential:a/b", "credential:.x", "janus-api",
        ] {
            #expect(Credential.name(in: text) == nil, "\(text)")
        }
    }

    @Test func withoutTheServiceItIsLookedForWhereTheServiceTakesItFrom() {
        #expect(Credential.path(of: "janus-api", in: nil) == "/etc/roomd/secrets/janus-api")
    }

    @Test func theServiceFindsWhatTheUnitLoadsAndWhatTheAdministratorAdds() throws {
        let folder = try TemporaryFolder()
        #expect(Credential.path(of: "janus-api", in: folder.path) == folder.path(of: "secret_janus-api"))
        let own = try folder.file("janus-api", "x".utf8)
        #expect(Credential.path(of: "janus-api", in: folder.path) == own)
    }

    @Test func everySecretOfAConfigurationMayBeOne() {
        let loaded = ConfigurationLoader.load(
            text: """
                [network]
                turn = [
                    { url = "turn:a", username = "u", credential_file = "credential:a" },
                    { url = "turn:b", secret_file = "credential:b" },
                ]
                [[service]]
                name = "corp"
                url = "janus+ws://h"
                api_secret_file = "credential:c"
                host_secret_file = "credential:d"
                """)
        #expect(loaded.problems.isEmpty, "\(loaded.problems)")
        #expect(loaded.files.map(\.path).sorted() == ["a", "b", "c", "d"].map { "/etc/roomd/secrets/\($0)" })
    }
}

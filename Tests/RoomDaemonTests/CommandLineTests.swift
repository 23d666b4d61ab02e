import TestSupport
import Testing

@testable import RoomDaemon

@Suite struct CommandLineTests {
    @Test func anArgumentThatIsNoOptionIsNamedWithWhatWasMeant() {
        #expect(
            RoomdCommand.sentence(about: "roomd.toml")
                == "roomd takes options only, came 'roomd.toml'. Write --config roomd.toml to run with it, or "
                + "--check-config roomd.toml to check it.")
        #expect(RoomdCommand.sentence(about: "/etc/hosts").contains("--config /etc/hosts"))
        #expect(
            RoomdCommand.sentence(about: "status")
                == "roomd takes options only, came 'status'. roomd is the daemon; commands such as status and join are "
                + "roomctl's.")
    }

    @Test func devicesThatTheMachineDoesNotHaveAreToldOfWithTheirLines() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file(
            "roomd.toml",
            """
            [devices]
            camera = "/dev/no-such-camera"
            microphone = "alsa:hw:CARD=NoSuchCard,DEV=0"
            display = "HDMI-A-1"
            [control]
            socket = "\(folder.path)/run/control.sock"
            [storage]
            state = "\(folder.path)/state"
            """.utf8)
        let (lines, isFit) = try RoomdCommand.findings(in: file)
        try #require(lines.count == 2, "\(lines)")
        #expect(lines[0].hasPrefix("\(file):2: warning: devices.camera: Expected a camera of this machine"))
        #expect(lines[0].contains("there is no camera “/dev/no-such-camera” on this machine"))
        #expect(lines[1].hasPrefix("\(file):3: warning: devices.microphone: "))
        #expect(lines[1].contains("The room runs without it until it is connected."))
        #expect(isFit, "the room runs, and the device may come")
    }

    @Test func whatTheDaemonCannotStartWithIsAnError() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("roomd.toml", "[control]\nsocket = \"\(folder.path)/none/run/control.sock\"".utf8)
        let (lines, isFit) = try RoomdCommand.findings(in: file)
        #expect(lines.contains { $0.hasPrefix("\(file):2: control.socket: Expected a folder for the socket") })
        #expect(!isFit)
    }

    @Test(arguments: [
        ("garbage\n", "there is no line “-----BEGIN CERTIFICATE-----” in it"),
        (
            "-----BEGIN PRIVATE KEY-----\nMARKER\n-----END PRIVATE KEY-----\n",
            "it begins with “-----BEGIN PRIVATE KEY-----”"
        ),
        (
            "-----BEGIN CERTIFICATE-----\nMARKER\n-----END CERTIFICATE-----\n",
            "what follows “-----BEGIN CERTIFICATE-----” is damaged"
        ),
        ("0\u{1}", "there is no line “-----BEGIN CERTIFICATE-----” in it"),
    ])
    func anAuthoritysFileThatHoldsNoCertificateIsAnError(contents: String, came: String) throws {
        let folder = try TemporaryFolder()
        let authority = try folder.file("ca.pem", contents.utf8)
        let secret = try folder.file("secret", "x".utf8)
        let file = try folder.file(
            "roomd.toml",
            """
            [network]
            turn = [{ url = "turns:t", username = "u", credential_file = "\(secret)", ca_file = "\(authority)" }]
            [[service]]
            name = "a"
            url = "janus+wss://h"
            ca_file = "\(authority)"
            [control]
            socket = "\(folder.path)/run/control.sock"
            [storage]
            state = "\(folder.path)/state"
            """.utf8)
        let (lines, isFit) = try RoomdCommand.findings(in: file)
        let (relay, service) = (
            lines.first { $0.hasPrefix("\(file):2: network.turn[0].ca_file: ") },
            lines.first { $0.hasPrefix("\(file):6: service[0].ca_file: ") }
        )
        let said =
            "Expected a file with the authority's certificate, but \(authority) holds none in PEM that can be read: \(came)"
        #expect(relay?.contains(said) == true && service?.contains(said) == true, "\(lines)")
        #expect(!isFit && !lines.contains { $0.contains("MARKER") })
    }

    @Test func anAuthoritysCertificateIsNoProblem() throws {
        let folder = try TemporaryFolder()
        #expect(AuthorityFile.flaw(try folder.file("ca.pem", RelaysTests.authority.utf8)) == nil)
        let der = try folder.file("ca.der", [0x30, 0x82, 0x01, 0x82])
        #expect(AuthorityFile.flaw(der)?.contains("seems to be DER; `openssl x509 -inform der -in FILE`") == true)
    }

    /// One mistake is not buried under others that follow from it.
    @Test func aTextThatIsNoTOMLIsAllThatIsTold() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("roomd.toml", "[room]\nname = Boardroom".utf8)
        let (lines, isFit) = try RoomdCommand.findings(in: file)
        #expect(lines.count == 1 && lines[0].hasPrefix("\(file):2: Not TOML: expected a value"))
        #expect(!isFit)
    }
}

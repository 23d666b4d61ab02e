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

    @Test func devicesThatThisVersionDoesNotDriveAreToldOfWithTheirLines() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file(
            "roomd.toml",
            """
            [devices]
            camera = "pattern:1280x720@30"
            microphone = "alsa:hw:1"
            display = "none"
            [control]
            socket = "\(folder.path)/run/control.sock"
            [storage]
            state = "\(folder.path)/state"
            """.utf8)
        let (lines, isFit) = try RoomdCommand.findings(in: file)
        try #require(lines.count == 2, "\(lines)")
        #expect(lines[0].hasPrefix("\(file):1: warning: devices.speaker: \"auto\" is the first speaker of the machine"))
        #expect(
            lines[1].hasPrefix("\(file):3: warning: devices.microphone: \"alsa:hw:1\" is a microphone of the machine"))
        #expect(
            lines[1].contains("simulated devices only: the room runs without a microphone. Set [devices] microphone"))
        #expect(isFit, "the room runs, and the configuration is right for a version that drives them")
    }

    @Test func whatTheDaemonCannotStartWithIsAnError() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("roomd.toml", "[control]\nsocket = \"\(folder.path)/none/run/control.sock\"".utf8)
        let (lines, isFit) = try RoomdCommand.findings(in: file)
        #expect(lines.contains { $0.hasPrefix("\(file):2: control.socket: Expected a folder for the socket") })
        #expect(!isFit)
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

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

    /// One mistake is not buried under others that follow from it.
    @Test func aTextThatIsNoTOMLIsAllThatIsTold() throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("roomd.toml", "[room]\nname = Boardroom".utf8)
        let (lines, isFit) = try RoomdCommand.findings(in: file)
        #expect(lines.count == 1 && lines[0].hasPrefix("\(file):2: Not TOML: expected a value"))
        #expect(!isFit)
    }
}

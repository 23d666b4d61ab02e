import ArgumentParser
import ControlAPI
import JSON

extension RoomControl {
    struct Mute: RoomCommand {
        static let configuration = CommandConfiguration(abstract: "Mute the room's microphone.")
        @OptionGroup var options: ConnectionOptions

        func request() -> CommandRequest { CommandRequest(.microphoneSet, ["enabled": false]) }
    }

    struct Unmute: RoomCommand {
        static let configuration = CommandConfiguration(abstract: "Open the room's microphone.")
        @OptionGroup var options: ConnectionOptions

        func request() -> CommandRequest { CommandRequest(.microphoneSet, ["enabled": true]) }
    }

    struct Camera: RoomCommand {
        static let configuration = CommandConfiguration(abstract: "Turn the room's camera on or off.")
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "on or off.") var state: Switch

        func request() -> CommandRequest { CommandRequest(.cameraSet, ["enabled": state.json]) }
    }

    struct Volume: RoomCommand {
        static let configuration = CommandConfiguration(abstract: "Set the loudspeaker's volume.")
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "Per cent, 0 to 100.") var percent: Int

        func validate() throws {
            guard (0...100).contains(percent) else {
                throw ValidationError("The volume is a number from 0 to 100; came \(percent).")
            }
        }

        func request() -> CommandRequest { CommandRequest(.speakerSet, ["volume": .integer(Int64(percent))]) }
    }

    struct Speaker: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Turn the loudspeaker on or off; the volume stays as it is.")
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "on or off.") var state: Switch

        func request() -> CommandRequest { CommandRequest(.speakerSet, ["muted": .bool(state == .off)]) }
    }

    struct Video: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set what the room's camera sends; takes effect at once, also in a meeting.",
            discussion: "Until roomd starts again; [video] in its configuration holds for good.")
        @OptionGroup var options: ConnectionOptions
        @Option(help: "Pixels.") var width: Int?
        @Option(help: "Pixels.") var height: Int?
        @Option(help: "Frames per second.") var frameRate: Double?
        @Option(help: ArgumentHelp("Bits per second; 'auto', or 0 to send no video.", valueName: "rate"))
        var maxBitrate: Bitrate?

        /// `auto` or bits per second.
        struct Bitrate: ExpressibleByArgument {
            /// As the daemon wants it: −1 is automatic.
            let value: Int64

            init?(argument: String) {
                guard argument != "auto" else {
                    value = -1
                    return
                }
                guard let number = Int64(argument), number >= 0 else { return nil }
                value = number
            }
        }

        func validate() throws {
            guard width != nil || height != nil || frameRate != nil || maxBitrate != nil else {
                throw ValidationError("Say what to set, such as --frame-rate 15.")
            }
        }

        func request() -> CommandRequest {
            CommandRequest(
                .videoConfigure,
                .given([
                    "width": width.map { .integer(Int64($0)) }, "height": height.map { .integer(Int64($0)) },
                    "frameRate": frameRate.map { .number($0) }, "maxBitrate": maxBitrate.map { .integer($0.value) },
                ]))
        }
    }

    struct Devices: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show cameras, microphones, speakers and displays.",
            usage: """
                roomctl devices [--kind <kind>]
                roomctl devices select <kind> <id>
                roomctl devices configure <id> <control=value> ...
                """,
            subcommands: [List.self, Select.self, Configure.self], defaultSubcommand: List.self)

        enum Kind: String, CaseIterable, ExpressibleByArgument { case camera, microphone, speaker, display, content }

        struct List: RoomCommand {
            static let configuration = CommandConfiguration(abstract: "Show the devices there are.")
            @OptionGroup var options: ConnectionOptions
            @Option(help: "camera, microphone, speaker, display or content.") var kind: Kind?

            func request() -> CommandRequest {
                CommandRequest(.devicesList, .given(["kind": kind.map { .string($0.rawValue) }]))
            }

            func text(for result: JSONValue, in style: StatusText) -> String? {
                style.devices(result["devices"]?.arrayValue ?? [])
            }
        }

        struct Select: RoomCommand {
            static let configuration = CommandConfiguration(
                abstract: "Use another camera, also in a meeting.",
                discussion: """
                    Until roomd starts again; [devices] in its configuration holds for good, and for the other kinds alone.
                    """)
            @OptionGroup var options: ConnectionOptions
            @Argument(help: "camera, microphone, speaker, display or content.") var kind: Kind
            @Argument(help: "As 'roomctl devices' shows it.") var id: String

            func request() -> CommandRequest {
                CommandRequest(.devicesSelect, ["kind": .string(kind.rawValue), "id": .string(id)])
            }
        }

        struct Configure: RoomCommand {
            static let configuration = CommandConfiguration(
                abstract: "Set controls of the camera, such as zoom=200 focusAutomatic=off.",
                discussion: "'roomctl --json devices' shows them with their ranges.")
            @OptionGroup var options: ConnectionOptions
            @Argument(help: "As 'roomctl devices' shows it.") var id: String
            @Argument(help: ArgumentHelp("A whole number, on or off.", valueName: "control=value"))
            var settings: [Setting]

            struct Setting: ExpressibleByArgument {
                let name: String
                let value: JSONValue

                init?(argument: String) {
                    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
                    guard parts.count == 2, !parts[0].isEmpty else { return nil }
                    name = String(parts[0])
                    switch parts[1] {
                    case "on": value = true
                    case "off": value = false
                    default:
                        guard let number = Int64(parts[1]) else { return nil }
                        value = .integer(number)
                    }
                }
            }

            func request() -> CommandRequest {
                let controls = Dictionary(settings.map { ($0.name, $0.value) }) { _, last in last }
                return CommandRequest(.devicesConfigure, ["id": .string(id), "controls": .object(controls)])
            }
        }
    }
}

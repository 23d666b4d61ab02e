import ArgumentParser
import ControlAPI
import FoundationEssentials
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

    struct Layout: RoomCommand {
        static let configuration = CommandConfiguration(abstract: "Arrange the meeting on the display.")
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "grid, speaker, content or selfview.") var mode: Mode
        @Option(help: "Whether the room sees itself too.") var selfview: Switch?

        enum Mode: String, CaseIterable, ExpressibleByArgument { case grid, speaker, content, selfview }

        func request() -> CommandRequest {
            CommandRequest(.layoutSet, .given(["mode": .string(mode.rawValue), "selfview": selfview?.json]))
        }
    }

    struct Snapshot: RoomCommand {
        static let configuration = CommandConfiguration(abstract: "Save what is on the display now as a picture.")
        @OptionGroup var options: ConnectionOptions
        @Argument(help: ArgumentHelp("Where to, such as room.png.", valueName: "file.png")) var file: String
        @Option(help: "Pixels; at most the display's width.") var width: Int?

        func request() -> CommandRequest {
            CommandRequest(.displaySnapshot, .given(["width": width.map { .integer(Int64($0)) }]))
        }

        func text(for result: JSONValue, in style: StatusText) throws -> String? {
            guard let text = result["png"]?.stringValue, let picture = Data(base64Encoded: text) else {
                throw CommandFailure.local("The daemon's answer has no picture in it.")
            }
            do {
                try picture.write(to: URL(filePath: file))
            } catch {
                throw CommandFailure.local("\(file): the picture cannot be written: \(error)")
            }
            let width = result["width"]?.integerValue ?? 0
            let height = result["height"]?.integerValue ?? 0
            return "\(file): \(width)×\(height)"
        }
    }

    struct Devices: RoomCommand {
        static let configuration = CommandConfiguration(abstract: "Show cameras, microphones, speakers and displays.")
        @OptionGroup var options: ConnectionOptions
        @Option(help: "camera, microphone, speaker, display or content.") var kind: Kind?

        enum Kind: String, CaseIterable, ExpressibleByArgument { case camera, microphone, speaker, display, content }

        func request() -> CommandRequest {
            CommandRequest(.devicesList, .given(["kind": kind.map { .string($0.rawValue) }]))
        }

        func text(for result: JSONValue, in style: StatusText) -> String? {
            style.devices(result["devices"]?.arrayValue ?? [])
        }
    }
}

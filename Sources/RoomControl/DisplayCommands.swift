import ArgumentParser
import ControlAPI
import FoundationEssentials
import Glibc
import JSON

extension RoomControl {
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

    struct Display: RoomCommand {
        static let configuration = CommandConfiguration(abstract: "Wake the display or let it sleep.")
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "on or standby.") var state: Power

        enum Power: String, CaseIterable, ExpressibleByArgument { case on, standby }

        func request() -> CommandRequest { CommandRequest(.displayPower, ["state": .string(state.rawValue)]) }
    }

    struct Message: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a message on the display, over everything, or take it away.",
            subcommands: [Show.self, Clear.self])

        struct Show: RoomCommand {
            static let configuration = CommandConfiguration(
                abstract: "Show a message on the display, over everything.",
                discussion: "  roomctl message show --seconds 60 'Please leave the room by 15:00.'")
            @OptionGroup var options: ConnectionOptions
            @Argument(help: "In quotes.") var text: String
            @Option(help: "How long; 10 if left out.") var seconds: Double?

            func validate() throws {
                guard !text.isEmpty else {
                    throw ValidationError("The message is empty; 'roomctl message clear' takes one away.")
                }
                guard seconds.map({ $0 > 0 }) ?? true else {
                    throw ValidationError(
                        "Expected more than 0 for --seconds; 'roomctl message clear' takes a message away.")
                }
                let length = text.utf8.count
                guard length <= Self.longest else {
                    throw ValidationError("The message has \(length) bytes; expected at most \(Self.longest).")
                }
            }

            /// In bytes of UTF-8, as the daemon takes it.
            private static let longest = 1000

            func request() -> CommandRequest {
                CommandRequest(
                    .displayMessage, .given(["text": .string(text), "seconds": seconds.map { .number($0) }]))
            }
        }

        struct Clear: RoomCommand {
            static let configuration = CommandConfiguration(abstract: "Take the message away.")
            @OptionGroup var options: ConnectionOptions

            func request() -> CommandRequest { CommandRequest(.displayMessage, ["text": ""]) }
        }
    }

    struct Snapshot: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Save what is on the display now as a picture.",
            discussion: """
                  roomctl snapshot --width 1280 room.png
                  roomctl snapshot - | display
                With --json the answer, the picture in it, is printed and no file written.
                """)
        @OptionGroup var options: ConnectionOptions
        @Argument(help: ArgumentHelp("Where to, such as room.png; - is standard output.", valueName: "file.png"))
        var file: String
        @Option(help: "Pixels, 640 if left out; at most the display's width.") var width: Int?

        func request() throws -> CommandRequest {
            let isShown = isatty(STDOUT_FILENO) == 1
            if !options.json, let refusal = PictureFile.refusal(of: file, outputIsTerminal: isShown) {
                throw CommandFailure.usage(refusal)
            }
            return CommandRequest(.displaySnapshot, .given(["width": width.map { .integer(Int64($0)) }]))
        }

        func text(for result: JSONValue, in style: StatusText) throws -> String? {
            guard let text = result["png"]?.stringValue, let picture = Data(base64Encoded: text) else {
                throw CommandFailure.local("The daemon's answer has no picture in it.")
            }
            try PictureFile.write(Array(picture), to: file)
            let width = result["width"]?.integerValue ?? 0
            let height = result["height"]?.integerValue ?? 0
            return file == "-" ? nil : "\(Text.clean(file)): \(width)×\(height)"
        }
    }
}

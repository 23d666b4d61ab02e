import ArgumentParser
import ControlAPI
import JSON

extension RoomControl {
    struct Status: RoomCommand {
        static let configuration = CommandConfiguration(abstract: "Show what the room is doing.")
        static let tellsTimes = true
        @OptionGroup var options: ConnectionOptions

        func request() -> CommandRequest { CommandRequest(.stateGet) }

        func text(for result: JSONValue, in style: StatusText) -> String? { style.status(result) }
    }

    struct Join: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Join the meeting at an address; returns once the room is in.",
            discussion: """
                A passcode in the address is visible to everybody who can list processes; --passcode-stdin is not.
                  roomctl join --passcode-stdin 'janus+ws://sfu.example.org:8188/?room=1234' < pin.txt
                """)
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "Such as 'janus+ws://sfu.example.org:8188/?room=1234', in quotes.") var url: String
        @Flag(help: "Read the passcode from the first line of standard input.") var passcodeStdin = false
        @Option(help: "How the room is called in the meeting.") var name: String?
        @Option(help: "Whether the room enters with its microphone open.") var microphone: Switch?
        @Option(help: "Whether the room enters with its camera on.") var camera: Switch?

        func request() throws -> CommandRequest {
            CommandRequest(
                .meetingJoin,
                .given([
                    "url": .string(url), "passcode": try Passcode.read(if: passcodeStdin).map { .string($0) },
                    "displayName": name.map { .string($0) }, "microphone": microphone?.json, "camera": camera?.json,
                ]))
        }

        func text(for result: JSONValue, in style: StatusText) -> String? {
            "The room is " + style.meeting(result["meeting"]) + "."
        }
    }

    struct Start: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create a meeting and join it; prints its address for the others.")
        @OptionGroup var options: ConnectionOptions
        @Option(help: "The meeting's title.") var title: String?
        @Option(help: "The name of a [[service]] in roomd's configuration.") var service: String?
        @Flag(help: "Read the meeting's passcode from the first line of standard input.") var passcodeStdin = false

        func request() throws -> CommandRequest {
            CommandRequest(
                .meetingStart,
                .given([
                    "title": title.map { .string($0) }, "service": service.map { .string($0) },
                    "passcode": try Passcode.read(if: passcodeStdin).map { .string($0) },
                ]))
        }

        func text(for result: JSONValue, in style: StatusText) -> String? {
            "The room is " + style.meeting(result["meeting"]) + ".\n"
                + Text.clean(result["meeting"]?["url"]?.stringValue ?? "")
        }
    }

    struct Leave: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Leave the meeting, which goes on without the room; also stops a join.")
        @OptionGroup var options: ConnectionOptions

        func request() -> CommandRequest { CommandRequest(.meetingLeave) }
    }

    struct End: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "End the meeting for everybody; for the host.",
            discussion: """
                On Janus the meeting's room is gone then; one from Janus's configuration is back when Janus starts again.
                """)
        @OptionGroup var options: ConnectionOptions

        func request() -> CommandRequest { CommandRequest(.meetingEnd) }
    }

    struct Record: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record the meeting on its service.", subcommands: [Start.self, Stop.self])

        struct Start: RoomCommand {
            static let configuration = CommandConfiguration(abstract: "Start recording; everybody is told.")
            @OptionGroup var options: ConnectionOptions

            func request() -> CommandRequest { CommandRequest(.recordingStart, ["where": "service"]) }
        }

        struct Stop: RoomCommand {
            static let configuration = CommandConfiguration(
                abstract: "Stop recording; prints the files' names if the service tells them.",
                discussion: "Janus does not tell them: they are on its disk, in the folder rec_dir of the room.")
            @OptionGroup var options: ConnectionOptions

            func request() -> CommandRequest { CommandRequest(.recordingStop) }

            func text(for result: JSONValue, in style: StatusText) -> String? {
                let files = (result["files"]?.arrayValue ?? []).compactMap(\.stringValue).map(Text.clean)
                return files.isEmpty
                    ? "Stopped. The service does not tell the names of its files." : files.joined(separator: "\n")
            }
        }
    }
}

/// A secret that must not be among the arguments, where every user of the machine can read it.
enum Passcode {
    static func read(if isWanted: Bool) throws(CommandFailure) -> String? {
        guard isWanted else { return nil }
        guard let line = readLine() else { throw .usage("--passcode-stdin: standard input is empty.") }
        return line
    }
}

import ArgumentParser
import ControlAPI
import JSON

extension RoomControl {
    struct Participants: RoomCommand {
        static let configuration = CommandConfiguration(abstract: "Show who is in the meeting, with their ids.")
        @OptionGroup var options: ConnectionOptions

        func request() -> CommandRequest { CommandRequest(.participantsList) }

        func text(for result: JSONValue, in style: StatusText) -> String? {
            style.participants(result["participants"]?.objectValue ?? [:])
        }
    }

    struct MuteParticipant: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Mute somebody at once; for the host.",
            discussion: "They stay muted until 'roomctl unmute-participant'.")
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "As 'roomctl participants' shows it.") var id: String

        func request() -> CommandRequest {
            CommandRequest(.participantsRequestMicrophone, ["participant": .string(id), "enabled": false])
        }
    }

    struct UnmuteParticipant: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let somebody speak whom the host muted, or ask them to; for the host.",
            discussion: """
                Whoever the host muted may speak again. Anybody else is asked to open their microphone, where the meeting's \
                service can ask (Janus cannot). It is always theirs to open it.
                """)
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "As 'roomctl participants' shows it.") var id: String

        func request() -> CommandRequest {
            CommandRequest(.participantsRequestMicrophone, ["participant": .string(id), "enabled": true])
        }

        func text(for result: JSONValue, in style: StatusText) -> String? {
            result["request"] == nil
                ? "They may speak again; their own microphone is theirs to open."
                : "Asked; the answer is theirs ('roomctl watch' shows it)."
        }
    }

    struct MuteAll: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Mute everybody but the room, newcomers too; for the host.",
            discussion: """
                Janus holds the microphones back at the server until each person has closed their own, which is then theirs \
                to open again; whoever's program does not close it stays muted until the host lifts it ('roomctl \
                unmute-participant'). With --no-self-unmute only the host lifts it.
                """)
        @OptionGroup var options: ConnectionOptions
        @Flag(help: "Nobody may open their microphone again by themselves.")
        var noSelfUnmute = false

        func request() -> CommandRequest {
            CommandRequest(.participantsMuteAll, ["allowSelfUnmute": .bool(!noSelfUnmute)])
        }
    }

    struct Remove: RoomCommand {
        static let configuration = CommandConfiguration(abstract: "Put somebody out of the meeting; for the host.")
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "As 'roomctl participants' shows it.") var id: String

        func request() -> CommandRequest {
            CommandRequest(.participantsRemove, ["participant": .string(id)])
        }
    }

    struct Pin: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep somebody in the large picture.", discussion: "Until 'roomctl unpin'.")
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "As 'roomctl participants' shows it.") var id: String

        func request() -> CommandRequest { CommandRequest(.layoutPin, ["participant": .string(id)]) }
    }

    struct Unpin: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the large picture follow the speaker again.")
        @OptionGroup var options: ConnectionOptions

        func request() -> CommandRequest { CommandRequest(.layoutPin, ["participant": .null]) }
    }
}

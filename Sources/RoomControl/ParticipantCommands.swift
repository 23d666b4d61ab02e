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
        static let configuration = CommandConfiguration(abstract: "Mute somebody at once; for the host.")
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "As 'roomctl participants' shows it.") var id: String

        func request() -> CommandRequest {
            CommandRequest(.participantsRequestMicrophone, ["participant": .string(id), "enabled": false])
        }
    }

    struct UnmuteParticipant: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask somebody to open their microphone; they decide. For the host.")
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "As 'roomctl participants' shows it.") var id: String

        func request() -> CommandRequest {
            CommandRequest(.participantsRequestMicrophone, ["participant": .string(id), "enabled": true])
        }

        func text(for result: JSONValue, in style: StatusText) -> String? {
            result["request"] == nil ? nil : "Asked; the answer is theirs ('roomctl watch' shows it)."
        }
    }

    struct MuteAll: RoomCommand {
        static let configuration = CommandConfiguration(abstract: "Mute everybody but the room; for the host.")
        @OptionGroup var options: ConnectionOptions
        @Flag(help: "Nobody may open their microphone again by themselves.") var noSelfUnmute = false

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
}

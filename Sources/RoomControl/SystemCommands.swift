import ArgumentParser
import ControlAPI
import JSON

extension RoomControl {
    struct Health: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is wrong with the room, if anything.")
        static let tellsTimes = true
        @OptionGroup var options: ConnectionOptions

        func request() -> CommandRequest { CommandRequest(.diagnosticsHealth) }

        func text(for result: JSONValue, in style: StatusText) -> String? { style.health(result) }
    }

    struct Statistics: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show bit rates, losses, delays and what roomd takes of this machine.",
            discussion: "With --json everything there is; Docs/control-api.md explains it.")
        @OptionGroup var options: ConnectionOptions

        func request() -> CommandRequest { CommandRequest(.statisticsGet) }

        func text(for result: JSONValue, in style: StatusText) -> String? { style.statistics(result) }
    }

    struct Info: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show roomd's version and what you may do.")
        @OptionGroup var options: ConnectionOptions

        func request() -> CommandRequest { CommandRequest(.systemInfo) }

        func text(for result: JSONValue, in style: StatusText) -> String? { style.information(result) }
    }
}

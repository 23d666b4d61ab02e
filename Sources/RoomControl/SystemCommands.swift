import ArgumentParser
import ControlAPI
import JSON

extension RoomControl {
    struct Health: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is wrong with the room, if anything.",
            discussion: "With --check the exit status is 0 only if the room is ok, and 1 if it is degraded or failed.")
        static let tellsTimes = true
        @OptionGroup var options: ConnectionOptions
        @Flag(help: "Exit with status 1 unless the room is ok.") var check = false

        func request() -> CommandRequest { CommandRequest(.diagnosticsHealth) }

        func text(for result: JSONValue, in style: StatusText) -> String? { style.health(result) }

        func judge(_ result: JSONValue) throws {
            let status = result["status"]?.stringValue ?? "unknown"
            if check, status != "ok" { throw CommandFailure.unwell(status) }
        }
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

import ArgumentParser
import Base
import ControlAPI
import Glibc
import JSON

extension RoomControl {
    struct Schedule: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the room's meetings and what the room will do about each; join or dismiss one.",
            usage: """
                roomctl schedule [--from <instant>] [--to <instant>]
                roomctl schedule <subcommand>
                """,
            subcommands: [List.self, Join.self, Dismiss.self, Refresh.self, Simulate.self],
            defaultSubcommand: List.self)

        struct List: RoomCommand {
            static let configuration = CommandConfiguration(
                abstract: "Show the room's meetings and what the room will do about each.",
                discussion: "From the start of today, in the room's time zone, to seven days on, if not said otherwise."
            )
            static let tellsTimes = true
            @OptionGroup var options: ConnectionOptions
            @Option(help: "Such as 2026-03-29T09:00:00Z or 2026-03-29T11:00:00+02:00.") var from: Moment?
            @Option(help: "As --from.") var to: Moment?

            func validate() throws {
                try Moment.validate(from, before: to)
            }

            func request() -> CommandRequest {
                CommandRequest(
                    .scheduleList, from == nil && to == nil ? nil : .given(["from": from?.json, "to": to?.json]))
            }

            func text(for result: JSONValue, in style: StatusText) -> String? {
                style.events(
                    result["events"]?.arrayValue ?? [], isKnown: result["state"]?.stringValue != "failed")
            }
        }

        struct Join: RoomCommand {
            static let configuration = CommandConfiguration(
                abstract: "Join the meeting of a calendar event now; returns once the room is in.")
            @OptionGroup var options: ConnectionOptions
            @Argument(help: "As 'roomctl schedule' shows it.") var id: String

            func request() -> CommandRequest { CommandRequest(.scheduleJoin, ["id": .string(id)]) }

            func text(for result: JSONValue, in style: StatusText) -> String? {
                "The room is " + style.meeting(result["meeting"]) + "."
            }
        }

        struct Dismiss: RoomCommand {
            static let configuration = CommandConfiguration(
                abstract: "Keep the room out of the meeting of a calendar event; stops its countdown.",
                discussion: "The calendar stays as it is; 'roomctl schedule join' joins the meeting nevertheless.")
            @OptionGroup var options: ConnectionOptions
            @Argument(help: "As 'roomctl schedule' shows it.") var id: String

            func request() -> CommandRequest { CommandRequest(.scheduleDismiss, ["id": .string(id)]) }
        }

        struct Refresh: RoomCommand {
            static let configuration = CommandConfiguration(
                abstract: "Read the calendars again; returns once they are read.")
            @OptionGroup var options: ConnectionOptions

            func request() -> CommandRequest { CommandRequest(.scheduleRefresh) }
        }

        struct Simulate: RoomCommand {
            static let configuration = CommandConfiguration(
                abstract: "Show what the room will do by itself and when, and why.",
                discussion: "For the next 24 hours, if not said otherwise.")
            static let tellsTimes = true
            @OptionGroup var options: ConnectionOptions
            @Option(help: "Such as 2026-03-29T09:00:00Z; now if left out.") var from: Moment?
            @Option(help: "As --from; a day later if left out.") var to: Moment?

            func validate() throws {
                try Moment.validate(from, before: to)
            }

            func request() -> CommandRequest {
                let from = from ?? Moment(time: UTCTime(seconds: Int64(time(nil))))
                let to = to ?? Moment(time: from.time + .seconds(86_400))
                return CommandRequest(.scheduleSimulate, ["from": from.json, "to": to.json])
            }

            func text(for result: JSONValue, in style: StatusText) -> String? {
                style.decisions(result["decisions"]?.arrayValue ?? [])
            }
        }
    }
}

/// An instant, as an argument.
struct Moment: ExpressibleByArgument {
    let time: UTCTime

    init(time: UTCTime) {
        self.time = time
    }

    init?(argument: String) {
        guard let time = UTCTime(rfc3339: argument) else { return nil }
        self.time = time
    }

    var json: JSONValue { .string(time.description) }

    /// Refuses a span that ends before it begins.
    static func validate(_ from: Moment?, before to: Moment?) throws {
        guard let from, let to, from.time >= to.time else { return }
        throw ValidationError("Expected --to after --from, but \(to.time) is not after \(from.time).")
    }
}

import ArgumentParser
import ControlAPI
import JSON

/// What a command asks of the daemon.
struct CommandRequest: Hashable {
    let method: String
    let parameters: JSONValue?

    init(_ method: MethodName, _ parameters: JSONValue? = nil) {
        self.method = method.rawValue
        self.parameters = parameters
    }

    /// Any method, also one that this roomctl does not know.
    init(named method: String, _ parameters: JSONValue?) {
        self.method = method
        self.parameters = parameters
    }
}

/// The options that every command takes, before or after its name.
struct ConnectionOptions: ParsableArguments {
    static let defaultSocket = "/run/roomd/control.sock"

    @Option(help: ArgumentHelp("The daemon's socket.", valueName: "path"))
    var socket = Self.defaultSocket

    @Flag(help: "Print the daemon's answer as JSON.")
    var json = false
}

/// A command that is one request: arguments in, words out.
protocol RoomCommand: ParsableCommand {
    /// Whether its text tells times, which are shown in the room's time zone.
    static var tellsTimes: Bool { get }

    var options: ConnectionOptions { get }

    func request() throws -> CommandRequest

    /// The result in words; nil when there is nothing to say.
    func text(for result: JSONValue, in style: StatusText) throws -> String?

    /// Throws when the result, which has been printed, is a failure.
    func judge(_ result: JSONValue) throws
}

extension RoomCommand {
    static var tellsTimes: Bool { false }

    func text(for result: JSONValue, in style: StatusText) -> String? { nil }

    func judge(_ result: JSONValue) {}

    func run() throws {
        let request = try request()
        var connection = try ControlConnection(path: options.socket)
        let (text, result) = try answer(to: request, over: &connection, columns: TerminalWidth.ofOutput)
        if let text { print(text) }
        try judge(result)
    }

    /// Has the request done.
    /// - Returns: what to print, nil when there is nothing to say; and the daemon's answer.
    func answer(
        to request: CommandRequest, over connection: inout ControlConnection, columns: Int?
    ) throws -> (text: String?, result: JSONValue) {
        let result = try connection.call(request.method, request.parameters)
        guard !options.json else { return (result.text, result) }
        let time = Self.tellsTimes ? LocalTime.ofRoom(try Self.zone(in: result, or: &connection)) : .machine
        return (try text(for: result, in: StatusText(time: time, columns: columns)), result)
    }
}

extension RoomCommand {
    /// The room's time zone: as the result has it, or else as the daemon says; nil where it does not.
    private static func zone(
        in result: JSONValue, or connection: inout ControlConnection
    ) throws(CommandFailure) -> String? {
        if let zone = result["room"]?["timezone"] { return zone.stringValue }
        do {
            return try connection.call(MethodName.stateGet.rawValue, ["path": "room.timezone"]).stringValue
        } catch {
            guard case .refused = error else { throw error }
            return nil
        }
    }
}

/// `on` or `off`, as an argument.
enum Switch: String, CaseIterable, ExpressibleByArgument {
    case on, off

    var json: JSONValue { .bool(self == .on) }
}

extension JSONValue {
    /// An object of what was given; members that are nil are left out.
    static func given(_ members: [String: JSONValue?]) -> JSONValue {
        .object(members.compactMapValues { $0 })
    }
}

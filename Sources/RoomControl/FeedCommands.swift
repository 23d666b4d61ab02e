import ArgumentParser
import ControlAPI
import Glibc
import JSON

extension RoomControl {
    struct Watch: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show every change and every event as it happens, until Ctrl-C.",
            discussion: """
                Without paths: everything but the levels' ups and downs.
                  roomctl watch
                  roomctl watch microphone meeting.participants
                """)
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "Dotted paths into the state, such as meeting.participants.") var paths: [String] = []

        /// What is watched when no path is given.
        static let quietPaths = [
            "room", "meeting", "microphone.enabled", "microphone.state", "microphone.mutedBy", "microphone.device",
            "camera", "speaker.volume", "speaker.muted", "speaker.state", "speaker.device", "display", "content",
            "schedule", "health", "system",
        ]

        func request() -> CommandRequest {
            let wanted = paths.isEmpty ? Self.quietPaths : paths
            return CommandRequest(.stateSubscribe, ["paths": .array(wanted.map { .string($0) })])
        }

        func run() throws {
            let style = StatusText(time: .machine)
            let subscription = request()
            var connection = try ControlConnection(path: options.socket)
            let snapshot = try connection.call(subscription.method, subscription.parameters)
            show(options.json ? [snapshot.text] : style.changes(snapshot["state"] ?? [:]))
            _ = try connection.call(MethodName.eventsSubscribe.rawValue, [:])
            while true {
                let notification = try connection.receive()
                show(options.json ? [notification.text] : style.notification(notification))
            }
        }

        /// At once, also into a pipe.
        private func show(_ lines: [String]) {
            for line in lines { print(line) }
            fflush(nil)
        }
    }

    struct Call: RoomCommand {
        static let configuration = CommandConfiguration(
            abstract: "Call any method of the control API and print its result.",
            discussion: """
                'roomctl call rpc.discover' describes all methods, Docs/control-api.md too.
                  roomctl call speaker.set '{"volume": 40}'
                  roomctl call state.get '{"path": "meeting.participants"}'
                """)
        @OptionGroup var options: ConnectionOptions
        @Argument(help: "Such as speaker.set.") var method: String
        @Argument(help: ArgumentHelp("The parameters, an object in quotes.", valueName: "json")) var parameters: String?

        func request() throws -> CommandRequest {
            guard let parameters else { return CommandRequest(named: method, nil) }
            let value: JSONValue
            do {
                value = try JSONValue(parsing: parameters)
            } catch {
                throw ValidationError("The parameters are not JSON: \(error.description)")
            }
            switch value {
            case .object, .array: return CommandRequest(named: method, value)
            default: throw ValidationError("The parameters must be a JSON object or array; came \(value.kind).")
            }
        }

        func text(for result: JSONValue, in style: StatusText) -> String? { result.text }
    }
}

import ControlAPI
import ControlServer
import JSON
import Synchronization

/// Keeps what it was given, and answers as the test says.
final class TestHandler: ControlHandler {
    typealias Body = @Sendable (Command, ControlReply) -> Void

    let commands = Mutex<[Command]>([])
    let occurrences = Mutex<[ControlOccurrence]>([])
    private let body: Body

    init(_ body: @escaping Body = { _, reply in reply.succeed() }) {
        self.body = body
    }

    func receive(_ command: Command, from client: ClientIdentity, reply: ControlReply) {
        commands.withLock { $0.append(command) }
        body(command, reply)
    }

    func observe(_ occurrence: ControlOccurrence) {
        occurrences.withLock { $0.append(occurrence) }
    }

    var seen: [ControlOccurrence] { occurrences.withLock { $0 } }
}

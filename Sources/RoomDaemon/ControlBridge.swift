import ControlAPI
import ControlServer
import JSON
import Logging
import Room
import Synchronization

/// Brings commands from the control socket to the room's policy and the answers back.
final class ControlBridge: ControlHandler {
    private struct Open: Sendable {
        var next: UInt64 = 1
        var replies: [CommandID: ControlReply] = [:]
    }

    private let post: @Sendable (RoomInput) -> Bool
    private let logger: Logger
    private let open = Mutex(Open())

    /// - Parameter post: false when too much waits already.
    init(logger: Logger, post: @escaping @Sendable (RoomInput) -> Bool) {
        self.post = post
        self.logger = logger
    }

    func receive(_ command: Command, from client: ClientIdentity, reply: ControlReply) {
        let id = open.withLock { open in
            let id = CommandID(open.next)
            open.next += 1
            open.replies[id] = reply
            return id
        }
        logger.debug("command", metadata: ["command": "\(command.logName)", "client": "\(client.uid)/\(client.pid)"])
        if !post(.command(id, command, access: client.access)) {
            answer(id, .failure(RPCError(.busy, "Too many commands are waiting. Try again in a moment.")))
        }
    }

    func answer(_ id: CommandID, _ result: Result<JSONValue, RPCError>) {
        answer([(id, result)])
    }

    /// All that one round of the policy answers, together.
    func answer(_ answers: [(id: CommandID, result: Result<JSONValue, RPCError>)]) {
        guard !answers.isEmpty else { return }
        ControlReply.complete(
            open.withLock { open in
                answers.compactMap { answer in
                    open.replies.removeValue(forKey: answer.id).map { ($0, answer.result) }
                }
            })
    }

    func observe(_ occurrence: ControlOccurrence) {
        switch occurrence {
        case .connected(let client):
            logger.debug("a controller connected", metadata: ["client": "\(client.uid)/\(client.pid)"])
        case .disconnected(let client):
            logger.debug("a controller disconnected", metadata: ["client": "\(client.uid)/\(client.pid)"])
        case .refused(let uid, let pid):
            logger.warning(
                "refused a client that is neither root nor in one of the control groups",
                metadata: ["uid": "\(uid)", "pid": "\(pid)"])
        case .tooManyClients(let limit):
            logger.warning("refused a client: there are too many", metadata: ["limit": "\(limit)"])
        case .overflowed(let client, let bytes):
            logger.warning(
                "cut off a client that does not read",
                metadata: ["client": "\(client.uid)/\(client.pid)", "queued": "\(bytes)"])
        case .lineTooLong(let client):
            logger.warning(
                "cut off a client: its line was too long", metadata: ["client": "\(client.uid)/\(client.pid)"])
        case .acceptFailed(let reason):
            logger.error("a client could not be accepted", metadata: ["reason": "\(reason)"])
        }
    }
}

extension Command {
    /// The command's name without its parameters, which may hold passcodes.
    fileprivate var logName: String {
        let text = String(describing: self)
        return String(text.prefix { $0 != "(" })
    }
}

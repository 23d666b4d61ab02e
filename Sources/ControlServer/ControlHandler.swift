public import ControlAPI
public import JSON

/// Carries commands out. The daemon's side of the control socket.
public protocol ControlHandler: Sendable {
    /// Takes one command. Called on the server's event loop, for each connection in the order the client sent: post the
    /// command to its owner and return at once. Complete `reply` exactly once, from any thread, when the command is
    /// *done* — after publishing the state that it led to.
    func receive(_ command: Command, from client: ClientIdentity, reply: ControlReply)

    /// Something worth a log entry happened at the socket. Called on the server's event loop: return at once.
    func observe(_ occurrence: ControlOccurrence)
}

/// What happens at the socket itself, for the log.
public enum ControlOccurrence: Hashable, Sendable {
    case connected(ClientIdentity)
    case disconnected(ClientIdentity)
    /// Neither admin nor in one of the groups.
    case refused(uid: UInt32, pid: Int32)
    case tooManyClients(limit: Int)
    /// The client read too slowly and lost its connection.
    case overflowed(ClientIdentity, queuedBytes: Int)
    /// The client sent a line longer than allowed and lost its connection.
    case lineTooLong(ClientIdentity)
    /// A connection could not be accepted or examined.
    case acceptFailed(String)
}

/// The one answer to one command.
public final class ControlReply: Sendable {
    private let gate: LoopGate
    private let completion: OnceCompletion

    /// - Parameter body: called on the gate's loop.
    init(through gate: LoopGate, _ body: @escaping OnceCompletion.Body) {
        self.gate = gate
        completion = OnceCompletion(body)
    }

    /// An answer that goes nowhere but to `body`: for tests of a handler.
    public static func forTesting(
        _ body: @escaping @Sendable (Result<JSONValue, RPCError>) -> Void
    ) -> ControlReply {
        ControlReply(through: .straight, body)
    }

    /// Done. `[:]` where the method has no result.
    public func succeed(_ result: JSONValue = [:]) {
        complete(.success(result))
    }

    public func fail(_ error: RPCError) {
        complete(.failure(error))
    }

    /// Completing a second time does nothing.
    public func complete(_ result: Result<JSONValue, RPCError>) {
        Self.complete([(self, result)])
    }

    /// Many at a time, in this order: the server's loop is woken once for all, and each client is written to once.
    public static func complete(_ answers: [(reply: ControlReply, result: Result<JSONValue, RPCError>)]) {
        var rest = answers[...]
        while let gate = rest.first?.reply.gate {
            // Those of one server; a daemon has no other.
            let batch = rest.prefix { $0.reply.gate === gate }
            rest = rest.dropFirst(batch.count)
            let bodies = batch.compactMap { answer in answer.reply.completion.take().map { ($0, answer.result) } }
            if !bodies.isEmpty {
                gate.execute {
                    for (body, result) in bodies { body(result) }
                }
            }
        }
    }

    /// A reply that was forgotten is a fault of ours, but the client must not wait for ever.
    deinit {
        guard let body = completion.take() else { return }
        gate.execute { body(.failure(.internalError("The command was dropped without an answer."))) }
    }
}

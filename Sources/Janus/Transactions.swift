import Base
import JSON

/// Requests that wait for their answer, each with its deadline.
struct Transactions: Sendable {
    /// What a request was for.
    enum Purpose: Hashable, Sendable {
        case createSession
        case attachPublisher
        case attachSubscriber
        case createRoom
        case join
        case checkSecret
        case publish
        /// An ICE restart of the subscriber connection.
        case restart
        /// Of the session, on another WebSocket.
        case claim
        /// Who is in the room, after a time in which events may have been lost.
        case census
        case subscribe([Subscription.Key])
        case start
        case command(JanusCommandID)
        /// A handle is given back to the server.
        case detach(Int64)
        /// Of housekeeping whose failure changes nothing.
        case housekeeping
        case keepalive
        case leave
        case destroySession
    }

    private struct Waiting: Sendable {
        let purpose: Purpose
        /// Nil for requests to the session.
        let handle: Int64?
        let deadline: Instant
    }

    /// More at a time means that the server stopped answering.
    static let limit = 256

    private var waiting: [String: Waiting] = [:]
    private var random: SeededRandom
    private var count: UInt64 = 0

    init(random: SeededRandom) {
        self.random = random
    }

    var nextDeadline: Instant? { waiting.values.map(\.deadline).min() }
    var isFull: Bool { waiting.count >= Self.limit }
    /// What can wait had better wait.
    var isBusy: Bool { waiting.count >= Self.limit / 4 }

    mutating func randomBits() -> UInt64 { random.next() }

    /// The text of a request, which from now on waits for its answer.
    mutating func open(
        _ purpose: Purpose, _ request: JSONValue, on handle: Int64? = nil, secret: String?, until deadline: Instant
    ) -> [UInt8] {
        let name = freshName()
        waiting[name] = Waiting(purpose: purpose, handle: handle, deadline: deadline)
        return text(request, name, secret)
    }

    /// The text of a request whose answer does not matter.
    mutating func fireAndForget(_ request: JSONValue, secret: String?) -> [UInt8] {
        text(request, freshName(), secret)
    }

    func purpose(of name: String?) -> Purpose? {
        name.flatMap { waiting[$0]?.purpose }
    }

    mutating func close(_ name: String?) {
        if let name { waiting[name] = nil }
    }

    /// Takes out what is overdue, oldest first.
    mutating func expired(at now: Instant) -> [Purpose] {
        take { $0.deadline <= now }
    }

    /// Takes out what waits for a handle that is no more, oldest first. Nil is no handle and nobody waits for it.
    mutating func abandon(handle: Int64?) -> [Purpose] {
        guard let handle else { return [] }
        return take { $0.handle == handle }
    }

    /// Nobody waits for these any more; an answer that still comes is like one to nothing.
    mutating func abandon(_ purpose: Purpose) {
        _ = take { $0.purpose == purpose }
    }

    /// Takes out everything, oldest first.
    mutating func abandonAll() -> [Purpose] {
        take { _ in true }
    }

    private mutating func take(_ condition: (Waiting) -> Bool) -> [Purpose] {
        let due = waiting.filter { condition($0.value) }.sorted {
            ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key)
        }
        for (name, _) in due { waiting[name] = nil }
        return due.map(\.value.purpose)
    }

    private mutating func freshName() -> String {
        count += 1
        return String(random.next(), radix: 36) + "." + String(count)
    }

    private func text(_ request: JSONValue, _ name: String, _ secret: String?) -> [UInt8] {
        guard case .object(var members) = request else { return request.serialized() }
        members["transaction"] = .string(name)
        if let secret { members["apisecret"] = .string(secret) }
        return JSONValue.object(members).serialized()
    }
}

import Meeting

/// What the server is to hold back or to free, in order, while it is busy answering.
struct ModerationQueue: Sendable {
    struct Moderation: Sendable {
        let publisher: JanusID
        let mid: String
        let blocked: Bool
        /// Nil for what nobody waits for.
        let id: JanusCommandID?

        var purpose: Transactions.Purpose { id.map { .command($0) } ?? .housekeeping }
    }

    /// Everybody's sound, picture and screen, and some.
    private static let limit = 4 * Roster.limit

    private var waiting: [Moderation] = []
    private var head = 0

    /// - Returns: false when too many wait.
    mutating func append(_ moderation: Moderation) -> Bool {
        guard waiting.count - head < Self.limit else { return false }
        waiting.append(moderation)
        return true
    }

    mutating func next() -> Moderation? {
        guard head < waiting.count else { return nil }
        defer {
            head += 1
            if head == waiting.count {
                waiting.removeAll(keepingCapacity: true)
                head = 0
            } else if head == Self.limit {
                waiting.removeFirst(head)
                head = 0
            }
        }
        return waiting[head]
    }

    /// Takes out what is about one publisher, in order.
    mutating func take(of publisher: JanusID) -> [Moderation] {
        let taken = waiting[head...].filter { $0.publisher == publisher }
        guard !taken.isEmpty else { return [] }
        waiting = waiting[head...].filter { $0.publisher != publisher }
        head = 0
        return taken
    }

    mutating func takeAll() -> ArraySlice<Moderation> {
        defer {
            waiting = []
            head = 0
        }
        return waiting[head...]
    }
}

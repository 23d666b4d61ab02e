/// A named timer of a machine: when it is due, and why, so that a log or a failing test can say so.
public struct Deadline<Reason: Hashable & Sendable>: Hashable, Sendable {
    public let at: Instant
    public let reason: Reason

    public init(at: Instant, reason: Reason) {
        self.at = at
        self.reason = reason
    }

    /// The earlier of two timers that may not be armed.
    public static func earliest(_ deadlines: Deadline?...) -> Deadline? {
        deadlines.compactMap(\.self).min { $0.at < $1.at }
    }
}

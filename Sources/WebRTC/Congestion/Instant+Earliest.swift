import Base

extension Instant {
    /// The earlier of two timers that may not be armed.
    static func earliest(_ first: Instant?, _ second: Instant?) -> Instant? {
        guard let first else { return second }
        guard let second else { return first }
        return min(first, second)
    }
}

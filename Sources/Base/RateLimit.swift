/// Lets so many through in a window of time and counts what it keeps back: for log lines that somebody else can cause.
public struct RateLimit: Sendable {
    private let count: Int
    private let window: Duration
    private var windowEnd: Instant?
    private var taken = 0
    private var keptBack = 0

    /// - Parameters:
    ///   - count: how many go through in each window, at least 1.
    ///   - window: longer than nothing.
    public init(_ count: Int, each window: Duration) {
        precondition(count > 0 && window > .zero, "at least one in some time")
        self.count = count
        self.window = window
    }

    /// Asks for one more.
    /// - Returns: nil when it is to be kept back; otherwise how many have been since the last that went through.
    public mutating func take(at now: Instant) -> Int? {
        if windowEnd.map({ now >= $0 }) ?? true {
            windowEnd = now + window
            taken = 0
        }
        guard taken < count else {
            keptBack += 1
            return nil
        }
        taken += 1
        defer { keptBack = 0 }
        return keptBack
    }
}

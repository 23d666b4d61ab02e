import Base

/// When a lost device is tried again: soon, then at longer and longer intervals, and at once when udev says that something
/// has come.
struct ReopenSchedule: Sendable {
    static let shortest = Duration.milliseconds(100)
    /// A device that has worked for so long is trusted again.
    static let proof = Duration.seconds(5)

    private let longest: Duration
    private var interval = Self.shortest
    private(set) var next: Instant
    private var openedAt: Instant?

    /// - Parameter now: the first try is due at once.
    init(at now: Instant, longest: Duration) {
        self.longest = longest
        next = now
    }

    mutating func failed(at now: Instant) {
        next = now + interval
        interval = min(interval * 2, longest)
    }

    mutating func opened(at now: Instant) {
        openedAt = now
    }

    mutating func lost(at now: Instant) {
        if let openedAt, now - openedAt >= Self.proof { interval = Self.shortest }
        openedAt = nil
        failed(at: now)
    }

    /// Something has changed: the next try is due at once, and if that fails, soon again, because udev's word comes before
    /// the last permission is set.
    mutating func hurry(at now: Instant) {
        interval = Self.shortest
        next = min(next, now)
    }
}

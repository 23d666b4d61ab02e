public import Base
import Synchronization

/// By which a watchdog sees that a thread's loop goes on: the loop beats once a turn, and at least once a second while
/// it rests. A loop that does not beat any more hangs.
public final class LoopPulse: Sendable {
    /// Of the loop, for the log: `audio`, `media`.
    public let name: String
    private let last = Atomic<Int64>(0)

    public init(_ name: String) {
        self.name = name
    }

    /// Any thread. Real-time safe.
    public func beat(at now: Instant = MonotonicClock.now) {
        last.store(now.nanoseconds, ordering: .relaxed)
    }

    /// nil before the first.
    public var lastBeat: Instant? {
        let nanoseconds = last.load(ordering: .relaxed)
        return nanoseconds == 0 ? nil : Instant(nanoseconds: nanoseconds)
    }
}

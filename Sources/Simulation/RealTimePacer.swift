public import Base
import Media

/// CLOCK_MONOTONIC. Each device has its own, because `interrupt` is for that device.
public final class RealTimePacer: Pacer {
    private let isInterrupted = Monitor(false)

    public init() {}

    public var now: Instant { MonotonicClock.now }

    public func wait(until instant: Instant) -> Bool {
        isInterrupted.wait(until: instant) { $0 ? true : nil } == nil
    }

    public func interrupt() {
        isInterrupted.update { $0 = true }
    }
}

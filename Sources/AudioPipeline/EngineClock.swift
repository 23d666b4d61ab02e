import Base
import Media

/// The time of the audio thread: CLOCK_MONOTONIC, but for tests that step the thread through virtual time.
struct EngineClock: Sendable {
    var now: @Sendable () -> Instant
    var sleep: @Sendable (Instant) -> Void

    static let monotonic = EngineClock(now: { MonotonicClock.now }, sleep: { MonotonicClock.sleep(until: $0) })
}

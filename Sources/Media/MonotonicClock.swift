public import Base
import CLinux

/// The one place where the shell reads clocks.
public enum MonotonicClock {
    /// CLOCK_MONOTONIC. Real-time safe.
    public static var now: Instant {
        Instant(nanoseconds: clinux_monotonic_nanoseconds())
    }

    /// CLOCK_REALTIME, for calendars and people only.
    public static var wallTime: UTCTime {
        UTCTime(milliseconds: clinux_realtime_nanoseconds() / 1_000_000)
    }

    /// Blocks the calling thread until an absolute instant. Never relative, so that a loop does not drift.
    public static func sleep(until instant: Instant) {
        clinux_sleep_until(instant.nanoseconds)
    }
}

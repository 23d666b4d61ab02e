/// A point on the monotonic clock, in nanoseconds since an origin that only the shell knows.
///
/// Machines of the pure core take instants as parameters and never read a clock. On Linux the shell uses
/// `CLOCK_MONOTONIC`, so that instants of kernel buffers, packets and timers compare directly.
public struct Instant: Hashable, Comparable, BitwiseCopyable, Sendable {
    /// Nanoseconds since the clock's origin.
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The clock's origin, where virtual time starts.
    public static let zero = Instant(nanoseconds: 0)
    /// Later than every instant a machine will ever be asked for.
    public static let distantFuture = Instant(nanoseconds: .max)

    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Saturates at `distantFuture`.
    public static func + (left: Instant, right: Duration) -> Instant {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.inNanoseconds)
        return overflow ? .distantFuture : Instant(nanoseconds: sum)
    }

    public static func - (left: Instant, right: Duration) -> Instant {
        Instant(nanoseconds: left.nanoseconds - right.inNanoseconds)
    }

    public static func - (left: Instant, right: Instant) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }

    public static func += (left: inout Instant, right: Duration) {
        left = left + right
    }
}

extension Duration {
    /// The whole duration in nanoseconds; saturates beyond ±292 years.
    public var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        return product + attoseconds / 1_000_000_000
    }

    /// The duration in seconds, for ratios and for people.
    public var inSeconds: Double {
        Double(inNanoseconds) / 1_000_000_000
    }

    /// The duration in milliseconds, for wire formats that carry them.
    public var inMilliseconds: Double {
        Double(inNanoseconds) / 1_000_000
    }
}

import Base
import RTP

/// The round trip out of what the other side says about our reports (RFC 3550 §6.4.1, RFC 3611 §4.5): now, less when we
/// sent the report, less how long it lay there.
struct RoundTripEstimator: Hashable, Sendable {
    /// The last measurement.
    private(set) var last: Duration?
    /// Follows with an eighth of each change, as TCP does (RFC 6298).
    private(set) var smoothed: Duration?

    /// A block about one of our streams.
    /// - Parameter receivedAt: our NTP time when it came.
    mutating func handle(_ block: ReportBlock, receivedAt now: NTPTime) {
        add(reference: block.lastSenderReport, delay: block.delaySinceLastSenderReport, now: now)
    }

    /// The answer to a reference time of ours.
    mutating func handle(_ reply: ReferenceTimeReply, receivedAt now: NTPTime) {
        add(reference: reply.lastReferenceTime, delay: reply.delay, now: now)
    }

    /// A measurement from elsewhere, such as ICE's checks.
    mutating func add(_ measured: Duration) {
        last = measured
        smoothed = smoothed.map { $0 + (measured - $0) / 8 } ?? measured
    }

    private mutating func add(reference: UInt32, delay: UInt32, now: NTPTime) {
        guard reference != 0 else { return }
        let units = Int32(bitPattern: now.compact &- reference &- delay)
        // A little below zero is rounding; more, or above ten seconds, is a broken peer.
        guard units > -66, units < 10 * 65_536 else { return }
        add(.nanoseconds(max(Int64(units), 1) * 1_000_000_000 / 65_536))
    }
}

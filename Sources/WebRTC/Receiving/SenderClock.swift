import Base
import RTP

/// Ties a remote stream's RTP timestamps to its sender's wall clock through sender reports, so that streams of one
/// sender can be played in step (RFC 3550 §6.4.1).
struct SenderClock: Sendable {
    private let clockRate: Int
    private var report: (ntp: NTPTime, timestamp: UInt32)?
    private var reportedAt: Instant?

    init(clockRate: Int) {
        self.clockRate = clockRate
    }

    mutating func handle(_ new: SenderReport, at now: Instant) {
        // A zero time means that the sender has no clock (RFC 3550 §6.4.1).
        guard new.ntpTime.raw != 0 else { return }
        report = (new.ntpTime, new.rtpTimestamp)
        reportedAt = now
    }

    /// The sender's NTP time, in nanoseconds since 1900, at which the media with this timestamp was captured.
    /// - Returns: nil before the first report.
    func captureTime(of timestamp: UInt32) -> Int64? {
        guard let report else { return nil }
        let ticks = Int64(Int32(bitPattern: timestamp &- report.timestamp))
        return report.ntp.nanoseconds + ticks * 1_000_000_000 / Int64(clockRate)
    }

    /// The middle of the last report's NTP time and how long ago it came, for LSR and DLSR; zeros before the first.
    func lastReport(at now: Instant) -> (time: UInt32, delay: UInt32) {
        guard let report, let reportedAt else { return (0, 0) }
        let units = Int64(max((now - reportedAt).inSeconds, 0) * 65_536)
        return (report.ntp.compact, UInt32(clamping: units))
    }
}

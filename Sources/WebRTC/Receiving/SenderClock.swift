import Base
import RTP

/// Ties a remote stream's RTP timestamps to its sender's wall clock through sender reports, so that streams of one
/// sender can be played in step (RFC 3550 §6.4.1).
///
/// A server that writes its own reports pairs a timestamp with the time at which it forwarded that packet, so a packet
/// that was held up on its way would pull the whole stream back until the next report. Of the last reports the one of
/// the most punctual packet counts.
struct SenderClock: Sendable {
    private typealias Report = (ntp: NTPTime, timestamp: UInt32)

    /// At a report every five seconds: within 40 s no clock drifts noticeably.
    static let reportsKept = 8
    /// More is not the network's doing: the sender's clock has been set, or its timestamps have.
    static let largestChange: Int64 = 1_000_000_000

    private let clockRate: Int
    private var reports: [Report] = []
    private var best: Report?
    private var last: Report?
    private var reportedAt: Instant?

    init(clockRate: Int) {
        self.clockRate = clockRate
        reports.reserveCapacity(Self.reportsKept)
    }

    mutating func handle(_ new: SenderReport, at now: Instant) {
        // A zero time means that the sender has no clock (RFC 3550 §6.4.1).
        guard new.ntpTime.raw != 0 else { return }
        reportedAt = now
        last = (new.ntpTime, new.rtpTimestamp)
        if let best, abs(captureTime(of: new.rtpTimestamp, by: best) - new.ntpTime.nanoseconds) > Self.largestChange {
            reports.removeAll(keepingCapacity: true)
        }
        if reports.count == Self.reportsKept { reports.removeFirst() }
        reports.append((new.ntpTime, new.rtpTimestamp))
        best = reports.min {
            captureTime(of: new.rtpTimestamp, by: $0) < captureTime(of: new.rtpTimestamp, by: $1)
        }
    }

    /// The sender's NTP time, in nanoseconds since 1900, at which the media with this timestamp was captured.
    /// - Returns: nil before the first report.
    func captureTime(of timestamp: UInt32) -> Int64? {
        best.map { captureTime(of: timestamp, by: $0) }
    }

    private func captureTime(of timestamp: UInt32, by report: Report) -> Int64 {
        let ticks = Int64(Int32(bitPattern: timestamp &- report.timestamp))
        return report.ntp.nanoseconds + ticks * 1_000_000_000 / Int64(clockRate)
    }

    var hasReport: Bool { last != nil }

    /// Janus 1.1 counts round trips in whole milliseconds, and repeats nothing where they are none: near a server a
    /// little of the delay is kept back, so that it sees one.
    private static let leastRoundTrip = Duration.milliseconds(2)

    /// The middle of the last report's NTP time and how long ago it came, for LSR and DLSR; zeros before the first.
    /// - Parameter roundTrip: as known otherwise.
    func lastReport(at now: Instant, roundTrip: Duration) -> (time: UInt32, delay: UInt32) {
        guard let last, let reportedAt else { return (0, 0) }
        let kept = roundTrip < Self.leastRoundTrip ? Self.leastRoundTrip : .zero
        let units = Int64(max((now - reportedAt - kept).inSeconds, 0) * 65_536)
        return (last.ntp.compact, UInt32(clamping: units))
    }
}

import Base
import RTP

/// What audio and video receivers have in common: the source, unwrapped counters, statistics and the sender's clock.
struct IncomingStream: Sendable {
    /// The source now heard; nil before the first packet.
    private(set) var ssrc: SSRC?
    private(set) var statistics: ReceiveStatistics
    private(set) var senderClock: SenderClock
    private(set) var hasEnded = false
    private let clockRate: Int
    private var numbers = SerialUnwrapper<UInt16>()
    private var timestamps = SerialUnwrapper<UInt32>()
    private var lastPacketAt = Instant.zero

    /// A source not heard for so long is left out of reports.
    private static let reportTimeout = Duration.seconds(8)

    init(clockRate: Int) {
        self.clockRate = clockRate
        statistics = ReceiveStatistics(clockRate: clockRate)
        senderClock = SenderClock(clockRate: clockRate)
    }

    /// Follows the source of a media packet.
    /// - Returns: true when the stream has begun anew under another source; its old state is gone.
    mutating func follow(_ source: SSRC) -> Bool {
        guard source != ssrc else { return false }
        let isReplacement = ssrc != nil
        self = IncomingStream(clockRate: clockRate)
        ssrc = source
        return isReplacement
    }

    mutating func unwrapNumber(_ number: SequenceNumber) -> Int64 { numbers.unwrap(number.raw) }
    mutating func unwrapTimestamp(_ timestamp: UInt32) -> Int64 { timestamps.unwrap(timestamp) }

    /// Counts a packet that came by itself, not by retransmission.
    mutating func count(_ number: Int64, timestamp: UInt32, byteCount: Int, at now: Instant) {
        lastPacketAt = now
        hasEnded = false
        statistics.receive(number, timestamp: timestamp, byteCount: byteCount, at: now)
    }

    /// Whether no packet has come for two seconds.
    func isSilent(at now: Instant) -> Bool { now - lastPacketAt > .seconds(2) }

    /// The sender's NTP time in nanoseconds at which this media was captured.
    func captureTime(of timestamp: Int64) -> Int64? {
        senderClock.captureTime(of: UInt32(truncatingIfNeeded: timestamp))
    }

    /// Takes reports and farewells of the source; packets of others are left alone.
    mutating func handle(_ packet: borrowing RTCPPacketView, at now: Instant) throws(RTPError) {
        guard let ssrc else { return }
        switch packet.kind {
        case .senderReport where packet.senderSSRC == ssrc:
            senderClock.handle(try packet.senderReport(), at: now)
        case .goodbye:
            var isOurs = false
            try packet.forEachGoodbye { if $0 == ssrc { isOurs = true } }
            if isOurs { hasEnded = true }
        default:
            return
        }
    }

    /// The block for the next report, or nil when the source is not heard.
    mutating func makeReportBlock(at now: Instant) -> ReportBlock? {
        guard let ssrc, !hasEnded, now - lastPacketAt < Self.reportTimeout,
            var block = statistics.makeReportBlock(ssrc: ssrc)
        else { return nil }
        (block.lastSenderReport, block.delaySinceLastSenderReport) = senderClock.lastReport(at: now)
        return block
    }
}

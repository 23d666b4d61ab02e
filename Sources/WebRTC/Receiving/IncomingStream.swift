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
    /// The packet furthest on, of those that came by themselves.
    private var newest: (number: Int64, timestamp: UInt32)?
    /// The source heard before, until it may come back.
    private var left: (ssrc: SSRC, until: Instant)?

    /// A source not heard for so long is left out of reports.
    private static let reportTimeout = Duration.seconds(8)
    /// Packets of a source that was left may be so late.
    private static let lateness = Duration.seconds(2)
    /// A packet sent again lies at most this far ahead of what came, and its timestamp at most so far off, in seconds.
    private static let mostAhead: Int64 = 128
    private static let mostSecondsOff: Int64 = 10

    /// What a media packet's source means.
    enum Source: Hashable, Sendable {
        case same
        case first
        /// The stream has begun anew under another source; its old state is gone.
        case replacement
        /// The one just left: a late packet, which must not bring it back.
        case left
    }

    init(clockRate: Int) {
        self.clockRate = clockRate
        statistics = ReceiveStatistics(clockRate: clockRate)
        senderClock = SenderClock(clockRate: clockRate)
    }

    /// Follows the source of a media packet.
    mutating func follow(_ source: SSRC, at now: Instant) -> Source {
        guard source != ssrc else { return .same }
        if let left, left.ssrc == source, now < left.until { return .left }
        let before = ssrc
        self = IncomingStream(clockRate: clockRate)
        ssrc = source
        guard let before else { return .first }
        left = (before, now + Self.lateness)
        return .replacement
    }

    mutating func unwrapNumber(_ number: SequenceNumber) -> Int64 { numbers.unwrap(number.raw) }
    mutating func unwrapTimestamp(_ timestamp: UInt32) -> Int64 { timestamps.unwrap(timestamp) }

    /// Places a packet that was sent again, which moves nothing on: it may be of a source that was left, since the
    /// retransmission stream does not name the one it repeats.
    /// - Parameter reach: how far back packets are of use.
    /// - Returns: nil when it cannot be of this stream.
    func place(
        retransmitted number: SequenceNumber, timestamp: UInt32, reach: Int
    ) -> (number: Int64, timestamp: Int64)? {
        guard let newest else { return nil }
        let place = numbers.peek(number.raw)
        let ticks = Int64(Int32(bitPattern: timestamp &- newest.timestamp))
        guard place <= newest.number + Self.mostAhead, place > newest.number - Int64(reach),
            abs(ticks) <= Self.mostSecondsOff * Int64(clockRate)
        else { return nil }
        return (place, timestamps.peek(timestamp))
    }

    /// Counts a packet that came by itself, not by retransmission.
    mutating func count(_ number: Int64, timestamp: UInt32, byteCount: Int, at now: Instant) {
        lastPacketAt = now
        hasEnded = false
        if newest.map({ number > $0.number }) ?? true { newest = (number, timestamp) }
        statistics.receive(number, timestamp: timestamp, byteCount: byteCount, at: now)
    }

    /// Whether anything was lost on the way so far.
    var isLossy: Bool { statistics.cumulativeLost > 0 }

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
    mutating func makeReportBlock(roundTrip: Duration, at now: Instant) -> ReportBlock? {
        guard let ssrc, !hasEnded, now - lastPacketAt < Self.reportTimeout,
            var block = statistics.makeReportBlock(ssrc: ssrc)
        else { return nil }
        (block.lastSenderReport, block.delaySinceLastSenderReport) = senderClock.lastReport(
            at: now, roundTrip: roundTrip)
        return block
    }
}

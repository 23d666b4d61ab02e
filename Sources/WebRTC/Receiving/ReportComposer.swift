import Base
import RTP

/// Decides when regular reports are due and writes them: sender reports of what we send, receiver reports of what we
/// receive, and our name, in compound packets (RFC 3550 §6).
///
/// Without streams of our own every block goes in a packet by itself: Janus 1.1 reads only the first block of a packet,
/// and repeats nothing of a stream whose round trip it does not know.
struct ReportComposer: Sendable {
    private let envelope: FeedbackEnvelope
    private var random: SeededRandom
    private var dueAt: Instant
    private var rtcp: [UInt8] = []

    /// About once a second, spread so that no two parties stay in step (RFC 3550 §6.3.5).
    private static let interval = 0.5...1.5
    /// A datagram with our name and its SRTCP trailer stays below 1200 bytes.
    private static let blocksEach = 31
    /// After a stream's first sender report ours follow quickly: until the other side knows the round trip, it may
    /// repeat nothing.
    private static let hurry = (times: 3, pause: Duration.milliseconds(50))
    private var hurried = 0

    init(envelope: FeedbackEnvelope, random: SeededRandom, at now: Instant) {
        self.envelope = envelope
        self.random = random
        // The first comes early: lip sync and round trips wait for it.
        dueAt = now + .milliseconds(100)
    }

    var nextDeadline: Instant { dueAt }

    /// Whether reports are due; if so, the next ones are set and the caller calls `compose` now.
    mutating func takeDue(at now: Instant) -> Bool {
        guard dueAt <= now else { return false }
        guard hurried == 0 else {
            hurried -= 1
            dueAt = now + Self.hurry.pause
            return true
        }
        dueAt = now + .nanoseconds(Int64(Double.random(in: Self.interval, using: &random) * 1e9))
        return true
    }

    /// A stream's sender has reported for the first time.
    mutating func hasten(at now: Instant) {
        hurried = Self.hurry.times
        dueAt = min(dueAt, now)
    }

    /// Writes compound packets with all of these: blocks ride on the first sender report, or on receiver reports.
    mutating func compose(
        _ reports: [SenderReport], blocks: [ReportBlock], into out: inout DatagramQueue<MediaDatagram>
    ) {
        guard !reports.isEmpty || !blocks.isEmpty else { return }
        var remaining = blocks[...]
        rtcp.removeAll(keepingCapacity: true)
        let blocksEach = reports.isEmpty ? 1 : Self.blocksEach
        if let first = reports.first {
            rtcp.appendRTCP(first, blocks: remaining.prefix(blocksEach))
        } else {
            rtcp.appendRTCPReceiverReport(from: envelope.localSSRC, blocks: remaining.prefix(blocksEach))
        }
        remaining = remaining.dropFirst(blocksEach)
        for report in reports.dropFirst() { rtcp.appendRTCP(report) }
        for report in reports { rtcp.appendRTCPCanonicalName(envelope.canonicalName, of: report.ssrc) }
        if reports.isEmpty { rtcp.appendRTCPCanonicalName(envelope.canonicalName, of: envelope.localSSRC) }
        out.push(swapping: &rtcp, tag: .rtcp)
        while !remaining.isEmpty {
            rtcp.removeAll(keepingCapacity: true)
            rtcp.appendRTCPReceiverReport(from: envelope.localSSRC, blocks: remaining.prefix(blocksEach))
            rtcp.appendRTCPCanonicalName(envelope.canonicalName, of: envelope.localSSRC)
            remaining = remaining.dropFirst(blocksEach)
            out.push(swapping: &rtcp, tag: .rtcp)
        }
    }

    /// Writes a farewell of our streams (RFC 3550 §6.6).
    mutating func composeGoodbye(of sources: [SSRC], into out: inout DatagramQueue<MediaDatagram>) {
        rtcp.removeAll(keepingCapacity: true)
        rtcp.appendRTCPReceiverReport(from: envelope.localSSRC)
        rtcp.appendRTCPCanonicalName(envelope.canonicalName, of: envelope.localSSRC)
        rtcp.appendRTCPGoodbye(Array((sources.isEmpty ? [envelope.localSSRC] : sources).prefix(31)))
        out.push(swapping: &rtcp, tag: .rtcp)
    }
}

import Base
import RTP

/// Estimates on our side what the path to us carries, and tells the sender by REMB: for peers without transport-wide
/// feedback (draft-alvestrand-rmcat-remb-03).
struct ReceiveSideEstimator: Sendable {
    private let envelope: FeedbackEnvelope
    private var estimator: DelayBasedEstimator
    private var sendTimes = SerialUnwrapper<UInt32>()
    private var lastPacketAt: Instant?
    private var sources: [SSRC] = []
    private var updateAt: Instant?
    private var reportAt: Instant?
    private var lastReportAt: Instant?
    private var reported: Int?
    private var rtcp: [UInt8] = []
    var roundTrip = Duration.milliseconds(100)

    private static let updateInterval = Duration.milliseconds(200)
    private static let reportInterval = Duration.seconds(1)
    /// The send time wraps every 64 s: after so long without a packet it begins anew, before it becomes ambiguous.
    private static let longestPause = Duration.seconds(10)

    init(envelope: FeedbackEnvelope, start: Int = 1_200_000, range: ClosedRange<Int> = 100_000...20_000_000) {
        self.envelope = envelope
        estimator = DelayBasedEstimator(start: start, range: range)
    }

    /// In bits a second.
    var estimate: Int { estimator.estimate }

    /// Takes note of a packet that carried its send time.
    mutating func receive(_ sendTime: AbsoluteSendTime, ssrc: SSRC, byteCount: Int, at now: Instant) {
        if !sources.contains(ssrc), sources.count < 64 { sources.append(ssrc) }
        if let lastPacketAt, now - lastPacketAt > Self.longestPause {
            sendTimes = SerialUnwrapper()
            estimator.forgetArrivals()
        }
        lastPacketAt = now
        // 24 bits moved to the top of 32, so that they unwrap as a whole; then 18 of them are the fraction.
        let steps = sendTimes.unwrap(sendTime.raw << 8) >> 8
        let nanoseconds = (steps >> 18) &* 1_000_000_000 &+ ((steps & 0x3_FFFF) * 1_000_000_000) >> 18
        if estimator.add(byteCount: byteCount, sent: Instant(nanoseconds: nanoseconds), arrival: now) {
            updateAt = now
        }
        updateAt = updateAt ?? now + Self.updateInterval
        reportAt = reportAt ?? lastReportAt.map { $0 + Self.reportInterval } ?? now
    }

    var nextDeadline: Instant? { Instant.earliest(updateAt, reportAt) }

    /// Moves the estimate, and writes a REMB once a second, or at once when it has fallen by three percent.
    mutating func poll(into out: inout DatagramQueue<MediaDatagram>, at now: Instant) {
        if let due = updateAt, due <= now {
            // Armed again by the next packet: an idle stream needs no timer.
            updateAt = nil
            estimator.update(isApplicationLimited: false, roundTrip: roundTrip, at: now)
            if let reported, estimator.estimate * 100 < reported * 97 { reportAt = now }
        }
        guard let due = reportAt, due <= now, !sources.isEmpty, !out.isFull else { return }
        reportAt = nil
        lastReportAt = now
        reported = estimator.estimate
        envelope.begin(&rtcp)
        rtcp.appendRTCP(
            REMB(senderSSRC: envelope.localSSRC, bitrate: UInt64(estimator.estimate)), sources: sources)
        out.push(swapping: &rtcp, tag: .rtcp)
    }
}

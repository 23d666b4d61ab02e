import Base
import RTP

/// A sender with the transceiver it belongs to.
///
/// It lives as long as its transceiver: while the section does not send, it waits and afterwards goes on with the next
/// sequence number. To begin anew under the same SSRC and key would encrypt other packets with the same indices (RFC
/// 3711 §9.1).
struct SenderEntry<Sender: Sendable>: Sendable {
    let transceiver: TransceiverID
    /// nil while the section does not send.
    var negotiated: NegotiatedMedia.Send?
    var sender: Sender
    var remote = RemoteReport()

    init(transceiver: TransceiverID, negotiated: NegotiatedMedia.Send, sender: Sender) {
        self.transceiver = transceiver
        self.negotiated = negotiated
        self.sender = sender
    }

    var isActive: Bool { negotiated != nil }
}

/// A receiver with the transceiver it belongs to; it goes when its section stops receiving.
struct ReceiverEntry<Receiver: Sendable>: Sendable {
    let transceiver: TransceiverID
    var receiver: Receiver
    /// Whether the owner knows that the sender said farewell.
    var hasToldEnd = false
    /// Another receiver was here before: the first packet begins a new stream in the eyes of who polls.
    var isRenewed: Bool

    init(transceiver: TransceiverID, receiver: Receiver, isRenewed: Bool) {
        self.transceiver = transceiver
        self.receiver = receiver
        self.isRenewed = isRenewed
    }
}

/// What the other end last reported about one of our streams.
struct RemoteReport: Hashable, Sendable {
    private(set) var block: ReportBlock?
    private(set) var at = Instant.zero
    private(set) var count: UInt64 = 0
    private(set) var roundTrip = RoundTripEstimator()

    mutating func take(_ block: ReportBlock, clock: NTPClock, at now: Instant) {
        self.block = block
        at = now
        count += 1
        roundTrip.handle(block, receivedAt: clock.time(at: now))
    }
}

/// What speaks about the whole connection in RTCP.
struct Feedback: Sendable {
    let envelope: FeedbackEnvelope
    var reports: ReportComposer
    /// For peers that number packets over the whole transport.
    var transportWide: TransportFeedbackGenerator
    /// For peers that do not.
    var estimator: ReceiveSideEstimator
    var usesTransportWide = false
    var usesEstimator = false
    /// Of the report being composed; kept so as not to be allocated each time.
    var senderReports: [SenderReport] = []
    var blocks: [ReportBlock] = []

    init(envelope: FeedbackEnvelope, random: SeededRandom, at now: Instant) {
        self.envelope = envelope
        reports = ReportComposer(envelope: envelope, random: random, at: now)
        transportWide = TransportFeedbackGenerator(envelope: envelope)
        estimator = ReceiveSideEstimator(envelope: envelope)
    }

    mutating func compose(into out: inout DatagramQueue<MediaDatagram>) {
        reports.compose(senderReports, blocks: blocks, into: &out)
        senderReports.removeAll(keepingCapacity: true)
        blocks.removeAll(keepingCapacity: true)
    }

    var nextDeadline: Instant? {
        var earliest: Instant? = reports.nextDeadline
        if usesTransportWide { earliest = Instant.earliest(earliest, transportWide.nextDeadline) }
        if usesEstimator { earliest = Instant.earliest(earliest, estimator.nextDeadline) }
        return earliest
    }
}

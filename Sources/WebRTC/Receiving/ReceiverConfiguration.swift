import RTP

/// What negotiation decided about one stream that we receive.
struct ReceiverConfiguration: Hashable, Sendable {
    /// One way in which the stream may come.
    struct Format: Hashable, Sendable {
        var codec: Codec
        var payloadType: PayloadType
        /// Of retransmissions (RFC 4588), if negotiated.
        var retransmissionPayloadType: PayloadType?
        /// What may be sent about it.
        var feedback: FeedbackKinds = []
    }

    /// What it is until a packet says otherwise.
    var first: Format
    /// The sender may change to these at any time.
    var others: [Format]
    /// In Hz: 48 000 for Opus, 90 000 for video.
    var clockRate: Int
    var extensions: RTPExtensionMap
    /// Who we are in the feedback we send.
    var envelope: FeedbackEnvelope

    init(
        _ first: Format, others: [Format] = [], clockRate: Int, extensions: RTPExtensionMap = RTPExtensionMap(),
        envelope: FeedbackEnvelope
    ) {
        self.first = first
        self.others = others
        self.clockRate = clockRate
        self.extensions = extensions
        self.envelope = envelope
    }

    /// The format that a packet of media is in.
    func format(of payloadType: PayloadType) -> Format? {
        if first.payloadType == payloadType { return first }
        return others.first { $0.payloadType == payloadType }
    }

    /// The format whose packets are sent again under this payload type.
    func format(retransmittedAs payloadType: PayloadType) -> Format? {
        if first.retransmissionPayloadType == payloadType { return first }
        return others.first { $0.retransmissionPayloadType == payloadType }
    }
}

/// What stands around feedback: alone where reduced size was negotiated (RFC 5506), else behind a report and our name
/// (RFC 3550 §6.1).
struct FeedbackEnvelope: Hashable, Sendable {
    var localSSRC: SSRC
    var canonicalName: String
    var allowsReducedSize: Bool

    init(localSSRC: SSRC, canonicalName: String, allowsReducedSize: Bool = true) {
        self.localSSRC = localSSRC
        self.canonicalName = canonicalName
        self.allowsReducedSize = allowsReducedSize
    }

    /// Empties `bytes` and writes what has to stand in front of feedback.
    func begin(_ bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        guard !allowsReducedSize else { return }
        bytes.appendRTCPReceiverReport(from: localSSRC)
        bytes.appendRTCPCanonicalName(canonicalName, of: localSSRC)
    }
}

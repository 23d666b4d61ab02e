import RTP

/// What negotiation decided about one stream that we receive.
struct ReceiverConfiguration: Hashable, Sendable {
    var payloadType: PayloadType
    /// Of retransmissions (RFC 4588), if negotiated.
    var retransmissionPayloadType: PayloadType?
    /// In Hz: 48 000 for Opus, 90 000 for video.
    var clockRate: Int
    var extensions: RTPExtensionMap
    var feedback: FeedbackKinds
    /// Who we are in the feedback we send.
    var envelope: FeedbackEnvelope

    init(
        payloadType: PayloadType, retransmissionPayloadType: PayloadType? = nil, clockRate: Int,
        extensions: RTPExtensionMap = RTPExtensionMap(), feedback: FeedbackKinds = [], envelope: FeedbackEnvelope
    ) {
        self.payloadType = payloadType
        self.retransmissionPayloadType = retransmissionPayloadType
        self.clockRate = clockRate
        self.extensions = extensions
        self.feedback = feedback
        self.envelope = envelope
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

import RTP

/// What negotiation decided about one stream that we send.
struct SenderConfiguration: Hashable, Sendable {
    var ssrc: SSRC
    var codec: Codec
    var payloadType: PayloadType
    /// In Hz: 48 000 for Opus, 90 000 for video.
    var clockRate: Int
    /// The retransmission stream; without it lost packets are sent again byte for byte.
    var retransmission: Retransmission?
    var extensions: RTPExtensionMap
    /// Sent with every packet when `extensions` has an id for it.
    var mid: MID?
    var feedback: FeedbackKinds
    /// RTP packets are at most this long, before SRTP adds its tag.
    var maximumPacketBytes = 1200

    /// Where retransmissions go (RFC 4588).
    struct Retransmission: Hashable, Sendable {
        var ssrc: SSRC
        var payloadType: PayloadType
    }

    init(
        ssrc: SSRC, codec: Codec, payloadType: PayloadType, clockRate: Int, retransmission: Retransmission? = nil,
        extensions: RTPExtensionMap = RTPExtensionMap(), mid: MID? = nil, feedback: FeedbackKinds = []
    ) {
        self.ssrc = ssrc
        self.codec = codec
        self.payloadType = payloadType
        self.clockRate = clockRate
        self.retransmission = retransmission
        self.extensions = extensions
        self.mid = mid
        self.feedback = feedback
    }
}

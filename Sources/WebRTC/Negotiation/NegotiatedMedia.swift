public import RTP
public import SDP

/// What was agreed on one media section: the set-up of its RTP sender and receiver, and of the demultiplexer.
public struct NegotiatedMedia: Hashable, Sendable {
    public var transceiver: TransceiverID
    /// Which `m=` line, from 0.
    public var index: Int
    public var mid: String
    public var kind: MediaKind
    /// Seen from here.
    public var direction: MediaDirection
    /// As whom we send, RTCP included; also where ``send`` is nil.
    public var localSSRC: SSRC
    /// nil where nothing flows out.
    public var send: Send?
    /// nil where nothing flows in.
    public var receive: Receive?
    /// The other's `a=msid`, where it sends; Janus names publishers by it when asked to.
    public var remoteStreamID: String?
    public var remoteTrackID: String?
    /// Whether RTCP may go without a leading report (RFC 5506).
    public var allowsReducedSizeRTCP: Bool

    public struct Send: Hashable, Sendable {
        public var codec: Codec
        public var payloadType: PayloadType
        /// Where retransmissions go; nil when the other takes none.
        public var retransmissionPayloadType: PayloadType?
        /// In hertz.
        public var clockRate: UInt32
        /// What the other wants of what we send (`a=fmtp`), as it came.
        public var parameters: String
        /// Feedback that the other may send us.
        public var feedback: FeedbackKinds
        public var ssrc: SSRC
        /// nil without ``retransmissionPayloadType``.
        public var retransmissionSSRC: SSRC?
        public var cname: String
        /// Header extensions to write.
        public var extensions: RTPExtensionMap
    }

    public struct Receive: Hashable, Sendable {
        /// What each payload type is.
        public var formats: [PayloadType: Format]
        /// Sources the other announced, the streams apart from their retransmissions; often empty, then the mid
        /// extension and the payload type tell (RFC 9143 §9.2).
        public var sources: [Source]
        /// Header extensions to read.
        public var extensions: RTPExtensionMap
    }

    public enum Format: Hashable, Sendable {
        /// - Parameters:
        ///   - retransmission: its partner, so that losses can be asked for.
        ///   - feedback: what we may send about it.
        case media(Codec, clockRate: UInt32, retransmission: PayloadType?, feedback: FeedbackKinds)
        case retransmission(of: PayloadType)
    }

    public struct Source: Hashable, Sendable {
        public var ssrc: SSRC
        /// The partner in its `FID` group.
        public var retransmissionSSRC: SSRC?
        public var cname: String?
    }
}

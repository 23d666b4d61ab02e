public import Base
public import RTP

/// One stream that we send (W3C `outbound-rtp`), and what the other end reported about it (`remote-inbound-rtp`).
public struct OutboundStreamStatistics: Hashable, Sendable {
    public var transceiver: TransceiverID
    public var kind: MediaKind
    /// nil while the section does not send.
    public var codec: Codec?
    public var payloadType: PayloadType
    public var ssrc: SSRC
    public var retransmissionSSRC: SSRC?
    /// Without retransmissions.
    public var packetsSent: UInt64
    /// Of payload, without retransmissions.
    public var bytesSent: UInt64
    public var retransmittedPacketsSent: UInt64
    /// Whole pictures; 0 for audio, as all of the next three.
    public var framesSent: UInt64
    public var keyFramesSent: UInt64
    /// Pictures that were not sent because the pacer was full, or because the picture before was not.
    public var framesDropped: UInt64
    /// NACK messages received about it.
    public var nackCount: UInt64
    public var pliCount: UInt64
    /// Without repetitions.
    public var firCount: UInt64
    public var remote: Remote?
    /// How often each packet of the pictures leaves: 1 without copies.
    public var copies = 1

    /// From the newest reception report.
    public struct Remote: Hashable, Sendable {
        /// When it came.
        public var at: Instant
        /// Since the report before, 0…1.
        public var fractionLost: Double
        /// Since the beginning.
        public var packetsLost: Int64
        public var jitter: Duration
        public var roundTripTime: Duration?
        /// Reports received.
        public var reports: UInt64
    }
}

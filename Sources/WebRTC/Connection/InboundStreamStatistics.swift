public import RTP

/// One section that we receive (W3C `inbound-rtp`). Of audio, playout itself is counted by whoever plays.
public struct InboundStreamStatistics: Hashable, Sendable {
    public var transceiver: TransceiverID
    public var kind: MediaKind
    public var codec: Codec
    public var payloadType: PayloadType
    /// The source now heard; nil before its first packet. Another one starts the counters of packets and bytes anew.
    public var ssrc: SSRC?
    /// Without retransmissions.
    public var packetsReceived: Int64
    /// Never came by themselves; negative when more came twice than were lost.
    public var packetsLost: Int64
    /// Of whole packets, decrypted, without retransmissions.
    public var bytesReceived: Int64
    /// Interarrival jitter (RFC 3550 §6.4.1).
    public var jitter: Duration
    public var retransmittedPacketsReceived: UInt64
    /// Of copies of this stream (`PeerConnection.setCopies`), whether or not the first was missing.
    public var copiedPacketsReceived: UInt64
    /// Duplicates, payload types that nobody negotiated, and what nobody polled in time.
    public var packetsDiscarded: UInt64
    /// Whole pictures handed out; 0 for audio, as all that follows.
    public var framesReceived: UInt64
    public var keyFramesReceived: UInt64
    /// Packets of pictures that were given up.
    public var packetsDropped: UInt64
    /// Packets waiting for others to make a picture, the missing ones between them included.
    public var jitterBufferPackets: Int
    /// Packets asked for again.
    public var retransmissionsRequested: UInt64
    /// NACK messages sent.
    public var nackCount: UInt64
    public var pliCount: UInt64
    public var firCount: UInt64
    /// How often each packet of the pictures is asked for: 1 without copies.
    public var copies = 1
}

public import Base
public import RTP

/// One Opus packet as it came, in any order; duplicates are gone.
public struct ReceivedAudioPacket: Hashable, Sendable {
    public var transceiver: TransceiverID
    /// Unwrapped.
    public var sequence: Int64
    /// Unwrapped, in samples of 48 kHz.
    public var timestamp: Int64
    public var arrival: Instant
    /// What the sender says of its loudness (RFC 6464).
    public var level: AudioLevel?
    /// When the first sample was captured, on the sender's clock in nanoseconds since 1900; nil before a sender report.
    public var captureTime: Int64?
    /// The first packet of a stream that began anew: numbers and timestamps do not go on from those before.
    public var isRestart: Bool
    /// It was lost and came when it was asked for again.
    public var isRepair: Bool
}

/// One whole encoded picture, in decoding order.
public struct ReceivedVideoFrame: Hashable, Sendable {
    public var transceiver: TransceiverID
    /// By its payload type: a sender may change from one negotiated codec to another, with a key frame.
    public var codec: Codec
    public var isKeyFrame: Bool
    /// Unwrapped, in ticks of 90 kHz.
    public var timestamp: Int64
    /// When its first packet came.
    public var firstArrival: Instant
    /// When its last packet came.
    public var arrival: Instant
    /// As of `ReceivedAudioPacket`, and on the same clock where both come from one sender.
    public var captureTime: Int64?
}

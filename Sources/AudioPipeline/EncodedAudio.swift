public import Base

/// What is known of one Opus packet that the room sends.
public struct EncodedAudio: BitwiseCopyable, Hashable, Sendable {
    /// Of the first sample, on the 48 kHz clock; counts on through mutes.
    public var timestamp: UInt32
    /// When the first sample was captured.
    public var captureTime: Instant
    /// −127…0 dBFS of what is in the packet: a muted microphone is −127.
    public var decibels: Int
    public var isVoice: Bool
}

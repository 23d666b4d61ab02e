/// What a playout buffer has done since it was made.
public struct PlayoutStatistics: BitwiseCopyable, Hashable, Sendable {
    /// Samples played, concealed ones among them.
    public var samples: UInt64 = 0
    /// Samples invented because a packet was not there in time.
    public var concealedSamples: UInt64 = 0
    /// Packets recovered from the forward error correction of their successor.
    public var recoveredPackets: UInt64 = 0
    /// Packets that came after their turn.
    public var latePackets: UInt64 = 0
    /// Packets refused because the buffer was full, or thrown away to get back below its cap.
    public var overflowedPackets: UInt64 = 0
    /// Packets that the decoder did not understand.
    public var damagedPackets: UInt64 = 0
    /// Samples taken out and put in to follow the target and the sender's clock.
    public var removedSamples: UInt64 = 0
    public var insertedSamples: UInt64 = 0

    public init() {}
}

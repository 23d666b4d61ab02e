public import Base

/// What the media thread has counted since it was started, in datagrams.
public struct TransportStatistics: Hashable, Sendable {
    public var received: UInt64 = 0
    public var sent: UInt64 = 0
    /// Longer than any that belongs here.
    public var oversized: UInt64 = 0
    /// Receive calls that failed.
    public var receiveFailures: UInt64 = 0
    /// No route, or a firewall of our own.
    public var sendFailures: UInt64 = 0
    /// The socket's send buffer was full.
    public var sendDrops: UInt64 = 0
    /// Messages to TURN servers whose TCP or TLS connection did not take them.
    public var streamDrops: UInt64 = 0
    /// TCP and TLS connections to TURN servers that could not be made, or broke.
    public var streamFailures: UInt64 = 0
    /// `recvmmsg` calls that brought something; `received` ÷ this is how well batches work.
    public var receiveBatches: UInt64 = 0
    /// `sendmmsg` rounds.
    public var sendBatches: UInt64 = 0
    /// From when the encoder was done with a sound packet, or a picture, until the kernel had the last byte of it.
    public var audioSend = LatencyHistogram()
    public var videoSend = LatencyHistogram()
    /// How full the queues from other threads are just now.
    public var buffers: [BufferDepth] = []

    public init() {}
}

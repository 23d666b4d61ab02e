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
    /// `recvmmsg` calls that brought something; `received` ÷ this is how well batches work.
    public var receiveBatches: UInt64 = 0
    /// `sendmmsg` rounds.
    public var sendBatches: UInt64 = 0

    public init() {}
}

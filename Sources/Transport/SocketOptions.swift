/// How the media thread opens its sockets.
public struct SocketOptions: Hashable, Sendable {
    /// Differentiated services code points that suit real-time media (RFC 8837 §5).
    public enum CodePoint: UInt8, Hashable, Sendable {
        /// EF, for audio alone.
        case expeditedForwarding = 46
        /// AF41, for interactive video, and for a bundle of audio and video, which share one socket.
        case assuredForwarding41 = 34
    }

    /// Ports to bind to; nil lets the system choose.
    public var ports: ClosedRange<UInt16>?
    public var dscp: CodePoint?
    /// Bytes asked for; the system may grant less (net.core.rmem_max). One second of 16 Mbit/s.
    public var receiveBuffer = 2 << 20
    public var sendBuffer = 1 << 20
    /// Sockets, that is local addresses, one connection has at most.
    public var maximumSockets = 16

    public init(ports: ClosedRange<UInt16>? = nil, dscp: CodePoint? = nil) {
        self.ports = ports
        self.dscp = dscp
    }
}

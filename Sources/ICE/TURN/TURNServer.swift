public import Base

/// A TURN server and what it knows us by (RFC 8656). Names are resolved by the shell before.
public struct TURNServer: Hashable, Sendable {
    /// How the server is spoken to; it speaks UDP to peers in any case.
    public enum Transport: String, Hashable, Sendable {
        case udp, tcp, tls
    }

    public var address: SocketAddress
    public var transport: Transport
    /// The name its certificate has to be made for; only TLS looks at it.
    public var name: String?
    public var username: String
    /// The password.
    public var credential: String

    public init(
        address: SocketAddress, transport: Transport = .udp, name: String? = nil, username: String, credential: String
    ) {
        self.address = address
        self.transport = transport
        self.name = name
        self.username = username
        self.credential = credential
    }
}

extension TURNServer: CustomStringConvertible {
    /// For logs: without the credential.
    public var description: String { "turn:\(address)?transport=\(transport.rawValue)" }
}

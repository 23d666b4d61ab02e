public import Base

/// A candidate as signalling carries it (RFC 8839 §5.1).
public struct ICECandidate: Hashable, Sendable {
    /// `udp`, `tcp` or what else a peer writes, in lower case.
    public struct Transport: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue.lowercased()
        }

        public static let udp = Transport(rawValue: "udp")
        public static let tcp = Transport(rawValue: "tcp")
    }

    /// An address, or a name that somebody else would have to resolve (mDNS `….local`, or a host name).
    public enum Host: Hashable, Sendable, CustomStringConvertible {
        case ip(IPAddress)
        case name(String)

        public init(_ text: String) {
            if let ip = IPAddress(text) { self = .ip(ip) } else { self = .name(text) }
        }

        public var description: String {
            switch self {
            case .ip(let ip): ip.description
            case .name(let name): name
            }
        }
    }

    /// One name and value behind the standard fields, such as `generation 0` or `ufrag EsAw`.
    public struct Extension: Hashable, Sendable {
        public let name: String
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var foundation: String
    /// 1 is RTP, or everything with rtcp-mux.
    public var component: Int
    public var transport: Transport
    public var priority: UInt32
    public var host: Host
    public var port: UInt16
    public var kind: ICECandidateKind
    /// The address this one was derived from; nil for host candidates.
    public var relatedHost: Host?
    public var relatedPort: UInt16?
    public var extensions: [Extension]

    /// A UDP candidate of component 1.
    public init(
        foundation: String, priority: UInt32, address: SocketAddress, kind: ICECandidateKind,
        related: SocketAddress? = nil
    ) {
        self.foundation = foundation
        component = 1
        transport = .udp
        self.priority = priority
        host = .ip(address.ip)
        port = address.port
        self.kind = kind
        relatedHost = related.map { .ip($0.ip) }
        relatedPort = related?.port
        extensions = []
    }

    /// The transport address; nil while the host is only a name.
    public var address: SocketAddress? {
        guard case .ip(let ip) = host else { return nil }
        return SocketAddress(ip: ip, port: port)
    }

    /// The ICE session this candidate says it belongs to (the `ufrag` extension that browsers write).
    public var ufrag: String? {
        extensions.first { $0.name == "ufrag" }?.value
    }
}

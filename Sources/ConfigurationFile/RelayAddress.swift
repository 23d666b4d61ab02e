/// Where a TURN server is and how it is spoken to: `turn:HOST[:PORT][?transport=udp|tcp]` or `turns:HOST[:PORT]`, which is
/// TLS (RFC 7065 §3.1).
public struct RelayAddress: Hashable, Sendable {
    public enum Transport: Hashable, Sendable {
        case udp, tcp, tls
    }

    public let server: ServerAddress
    public let transport: Transport

    /// RFC 8656 §19.
    private static let ports: (plain: UInt16, tls: UInt16) = (3478, 5349)

    public init?(_ text: String) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let query = parts.count == 2 ? parts[1].lowercased() : nil
        let scheme = parts[0].prefix { $0 != ":" }
        switch (scheme.lowercased(), query) {
        case ("turn", nil), ("turn", "transport=udp"): transport = .udp
        case ("turn", "transport=tcp"): transport = .tcp
        case ("turns", nil), ("turns", "transport=tcp"): transport = .tls
        default: return nil
        }
        let port = transport == .tls ? Self.ports.tls : Self.ports.plain
        guard let server = ServerAddress(parts[0].dropFirst(scheme.count + 1), usualPort: port) else { return nil }
        self.server = server
    }

    static func isOverDTLS(_ text: String) -> Bool {
        text.lowercased().hasPrefix("turns:") && text.lowercased().hasSuffix("transport=udp")
    }
}

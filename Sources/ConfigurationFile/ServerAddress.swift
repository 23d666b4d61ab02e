/// Where a STUN server is: `stun:HOST` or `stun:HOST:PORT`, an IPv6 address in brackets (RFC 7064 §3.1).
public struct ServerAddress: Hashable, Sendable {
    /// A name or an address, without brackets.
    public let host: String
    public let port: UInt16

    /// RFC 8489 §18.5.
    public static let stunPort: UInt16 = 3478

    public init?(stun text: String) {
        guard text.lowercased().hasPrefix("stun:") else { return nil }
        self.init(text.dropFirst("stun:".count), usualPort: Self.stunPort)
    }

    init?(_ rest: Substring, usualPort: UInt16) {
        guard !rest.contains(where: { "/?#".contains($0) }), let authority = Authority(rest), !authority.hasUser else {
            return nil
        }
        switch authority.port {
        case .usual: port = usualPort
        case .number(let number): port = number
        case .invalid: return nil
        }
        host = authority.host
    }
}

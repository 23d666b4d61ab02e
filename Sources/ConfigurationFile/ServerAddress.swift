/// Where a STUN server is: `stun:HOST` or `stun:HOST:PORT`, an IPv6 address in brackets (RFC 7064 §3.1).
public struct ServerAddress: Hashable, Sendable {
    /// A name or an address, without brackets.
    public let host: String
    public let port: UInt16

    /// RFC 8489 §18.5.
    public static let stunPort: UInt16 = 3478

    public init?(stun text: String) {
        guard text.lowercased().hasPrefix("stun:") else { return nil }
        var rest = text.dropFirst("stun:".count)
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            host = String(rest[..<end])
            rest = rest[end...]
        }
        guard !host.isEmpty, !host.contains(where: { "/?#@ []".contains($0) }) else { return nil }
        if rest.isEmpty {
            port = Self.stunPort
        } else {
            guard rest.first == ":", let number = UInt16(rest.dropFirst()), number > 0 else { return nil }
            port = number
        }
    }
}

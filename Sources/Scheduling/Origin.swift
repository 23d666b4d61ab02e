/// Scheme, host and port of an address; the default port is filled in.
public struct Origin: Hashable, Sendable {
    public var scheme: String
    public var host: String
    public var port: UInt16

    public init(scheme: String, host: String, port: UInt16) {
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    static let defaultPorts: [String: UInt16] = [
        "http": 80, "https": 443, "janus+ws": 8188, "janus+wss": 8989, "meet+ws": 7880, "meet+wss": 7880,
    ]

    /// Reads the origin of an absolute address; nil when it has no host, or no port and no default for its scheme.
    public init?(url: String) {
        guard let mark = url.firstRange(of: "://") else { return nil }
        let scheme = url[..<mark.lowerBound].lowercased()
        var authority = url[mark.upperBound...].prefix { !"/?#".contains($0) }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        var host = String(authority)
        var port = Self.defaultPorts[scheme]
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            host = String(authority[..<colon])
            let digits = authority[authority.index(after: colon)...]
            // RFC 3986 §3.2.3: a port may be there and empty.
            if !digits.isEmpty {
                guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let given = UInt16(digits) else {
                    return nil
                }
                port = given
            }
        }
        guard !host.isEmpty, let port else { return nil }
        self.init(scheme: scheme, host: host.lowercased(), port: port)
    }
}

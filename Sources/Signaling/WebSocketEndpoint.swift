/// The parts of a `ws://` or `wss://` URL.
public struct WebSocketEndpoint: Hashable, Sendable {
    public let isSecure: Bool
    /// Without the brackets of an IPv6 address.
    public let host: String
    public let port: Int
    /// With its query; starts with `/`.
    public let path: String

    public init(isSecure: Bool, host: String, port: Int, path: String) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.path = path.hasPrefix("/") ? path : "/" + path
    }

    public init(_ url: String) throws(SignalingError) {
        let lower = url.lowercased()
        guard lower.hasPrefix("ws://") || lower.hasPrefix("wss://"), let start = url.firstRange(of: "://")?.upperBound
        else {
            throw .invalidAddress("expected ws:// or wss://, but got \(url.prefix(60))")
        }
        let isSecure = lower.hasPrefix("wss")
        let rest = url[start...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        var host = authority
        var port = isSecure ? 443 : 80
        let afterHost =
            authority.hasPrefix("[") ? authority.firstIndex(of: "]") ?? authority.startIndex : authority.startIndex
        if let colon = authority[afterHost...].lastIndex(of: ":") {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else {
                throw .invalidAddress("no port in \(authority)")
            }
            port = Int(number)
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            rest[end...].utf8.allSatisfy({ $0 > 0x20 })
        else {
            throw .invalidAddress("no host name in \(authority.prefix(60))")
        }
        self.init(isSecure: isSecure, host: String(host), port: port, path: String(rest[end...]))
    }

    /// For the `Host` header (RFC 9110 §7.2).
    var hostHeader: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    var isIPAddress: Bool {
        host.contains(":") || host.split(separator: ".").allSatisfy { UInt8($0) != nil }
    }
}

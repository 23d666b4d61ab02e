import Base

/// Where a meeting is: `janus+ws://HOST[:PORT]/[PATH]?room=ID&pin=PIN`, or `janus+wss` for TLS.
///
/// Without a port Janus's own defaults hold: 8188, and 8989 for TLS. `ID` is a number or, on servers with
/// `string_ids`, any text. The description is the address without its secrets; show and log only that.
public struct MeetingAddress: Hashable, Sendable {
    public enum Scheme: String, Hashable, Sendable, CaseIterable {
        case janus = "janus+ws"
        case janusSecure = "janus+wss"

        public var isSecure: Bool { self == .janusSecure }

        /// What the address means without a port.
        public var defaultPort: UInt16 { isSecure ? 8989 : 8188 }
    }

    public let scheme: Scheme
    /// Lower case; an IPv6 address without its brackets.
    public let host: String
    public let port: UInt16
    /// Starts with `/`.
    public let path: String
    /// The meeting's name at its service; nil where only a service was named (`[[service]] url`).
    public let room: String?
    public let passcode: String?

    public init(
        scheme: Scheme, host: String, port: UInt16? = nil, path: String = "/", room: String?, passcode: String? = nil
    ) {
        self.scheme = scheme
        self.host = host.lowercased()
        self.port = port ?? scheme.defaultPort
        self.path = path.hasPrefix("/") ? path : "/" + path
        self.room = room
        self.passcode = passcode
    }

    /// Reads an address as people and calendars write it.
    public init(_ text: String) throws(MeetingAddressError) {
        guard let separator = text.firstRange(of: "://") else {
            throw MeetingAddressError("expected an address like janus+wss://host/?room=1234, but there is no \"://\"")
        }
        let schemeText = text[..<separator.lowerBound].lowercased()
        guard let scheme = Scheme(rawValue: schemeText) else {
            let known = Scheme.allCases.map(\.rawValue).joined(separator: ", ")
            throw MeetingAddressError("no service of this room speaks \"\(schemeText)\"; known are \(known)")
        }
        var rest = text[separator.upperBound...]
        if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }
        rest = rest[..<(rest.firstIndex(of: "?") ?? rest.endIndex)]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let (host, port) = try Self.authority(rest[..<slash])
        let members = try Self.members(of: URLQuery(of: text))
        self.init(
            scheme: scheme, host: host, port: port, path: String(rest[slash...]), room: members["room"],
            passcode: members["pin"])
    }

    private static func authority(_ text: Substring) throws(MeetingAddressError) -> (host: String, port: UInt16?) {
        guard !text.contains("@") else {
            throw MeetingAddressError("an address takes no user name; put the passcode into pin=")
        }
        var host = text
        var portText: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw MeetingAddressError("\"]\" is missing after \"[\"") }
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else {
                throw MeetingAddressError("expected \":PORT\" after \"]\", but found \"\(tail)\"")
            }
            portText = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            portText = text[text.index(after: colon)...]
        }
        let allowed = host.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != 0x25 && $0 != 0x22 && $0 != 0x5C }
        guard !host.isEmpty, allowed, host.utf8.count <= 253, text.hasPrefix("[") || !host.contains(":") else {
            throw MeetingAddressError("\"\(host)\" is no host name")
        }
        // RFC 3986 §3.2.3: a port may be there and empty.
        guard let portText, !portText.isEmpty else { return (String(host), nil) }
        guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(portText), port > 0 else {
            throw MeetingAddressError("\"\(portText)\" is no port; expected 1 to 65535")
        }
        return (String(host), port)
    }

    /// `name=value&…`, percent-decoded; the first of several with one name wins; names this scheme does not know pass.
    private static func members(of query: URLQuery) throws(MeetingAddressError) -> [String: String] {
        var members: [String: String] = [:]
        for (name, encoded) in query.parameters {
            guard let value = PercentCoding.decode(encoded, .form) else {
                throw MeetingAddressError("\"\(name)=\" is not percent-encoded UTF-8")
            }
            if members[name] == nil, !value.isEmpty { members[name] = value }
        }
        return members
    }

    /// Scheme, host and port are equal: one service's secrets belong to both.
    public func isSameService(as other: MeetingAddress) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// `ws://host:port/path`, for the WebSocket client.
    public var webSocketURL: String {
        "\(scheme.isSecure ? "wss" : "ws")://\(authorityText)\(path)"
    }

    /// The whole address with its passcode: for the state file and for nobody's eyes.
    public var textWithSecrets: String {
        guard let passcode else { return description }
        return description + (room == nil ? "?" : "&") + "pin=" + PercentCoding.encode(passcode)
    }

    private var authorityText: String {
        (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }
}

extension MeetingAddress: CustomStringConvertible {
    /// The address without secrets, in one canonical form.
    public var description: String {
        "\(scheme.rawValue)://\(authorityText)\(path)" + (room.map { "?room=" + PercentCoding.encode($0) } ?? "")
    }
}

/// The text is no address of a meeting that this room can join.
public struct MeetingAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// User, host and port of an address (RFC 3986 §3.2), as far as a configuration is checked.
struct Authority: Hashable {
    enum Port: Hashable {
        /// Not given: the scheme's own holds.
        case usual
        case number(UInt16)
        /// What stands behind the colon is no port.
        case invalid(String)
    }

    let hasUser: Bool
    /// A name or an address, an IPv6 address without its brackets.
    let host: String
    let port: Port

    /// - Parameter text: what follows `scheme:` or `scheme://`; it is read up to the path, the query or the fragment.
    init?(_ text: Substring) {
        var rest = text.prefix { !"/?#".contains($0) }
        hasUser = rest.contains("@")
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            host = String(rest[..<end])
            rest = rest[end...]
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || "[]\"\\".contains($0) }) else { return nil }
        let digits = rest.dropFirst()
        if rest.isEmpty {
            port = .usual
        } else if digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits), number > 0 {
            port = .number(number)
        } else {
            port = .invalid(String(digits))
        }
    }

    /// What to add to a complaint about an address with it.
    var hint: String {
        if case .invalid = port { return "A port is a number from 1 to 65535." }
        return ""
    }

    var isPortValid: Bool {
        if case .invalid = port { false } else { true }
    }
}

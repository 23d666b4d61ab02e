/// Keeps passcodes and tokens out of texts that people and logs get to see.
enum Redaction {
    private static let names = ["pin", "pwd", "passcode", "password", "token", "secret", "key"]

    /// An address without user, query and fragment, which may hold a passcode; nothing of what is no address at all.
    static func address(_ text: String) -> String {
        guard let separator = text.firstRange(of: "://") else { return "that" }
        let scheme = text[..<separator.lowerBound]
        var rest = text[separator.upperBound...].prefix { !"?#&".contains($0) }
        let authority = rest.prefix { $0 != "/" }
        if let at = authority.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        return remove(secrets(in: text), from: String("\(scheme)://\(rest)".prefix(200)))
    }

    /// What looks like a secret in an address, also in one that cannot be read: the values behind `pin=` and the like,
    /// and whatever stands before an `@`.
    static func secrets(in address: String) -> [String] {
        var found: [String] = []
        for part in address.split(whereSeparator: { "?&#;/".contains($0) }) {
            if let at = part.lastIndex(of: "@") {
                found += part[..<at].split(separator: ":").map(String.init)
            }
            guard let equals = part.firstIndex(of: "=") else { continue }
            let name = part[..<equals].lowercased()
            if names.contains(where: name.hasSuffix) { found.append(String(part[part.index(after: equals)...])) }
        }
        return found
    }

    static func remove(_ secrets: [String], from text: String) -> String {
        secrets.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
            .reduce(text) { $0.replacing($1, with: "…") }
    }
}

/// `file:` addresses of this machine (RFC 8089).
public enum FileURL {
    /// The path that `file:///PATH`, `file://localhost/PATH` or `file:/PATH` names, percent-decoded; nil for anything
    /// else, and for a path with a NUL in it.
    public static func path(of url: String) -> String? {
        guard url.lowercased().hasPrefix("file:") else { return nil }
        var rest = url.dropFirst("file:".count)
        if rest.hasPrefix("//") {
            rest = rest.dropFirst(2)
            guard let slash = rest.firstIndex(of: "/") else { return nil }
            guard rest[..<slash].isEmpty || rest[..<slash].lowercased() == "localhost" else { return nil }
            rest = rest[slash...]
        }
        guard rest.hasPrefix("/") else { return nil }
        var bytes: [UInt8] = []
        var encoded = Array(rest.utf8)[...]
        while let byte = encoded.popFirst() {
            if byte == UInt8(ascii: "%"), let high = encoded.first, let low = encoded.dropFirst().first,
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            {
                encoded = encoded.dropFirst(2)
                bytes.append(value)
            } else {
                bytes.append(byte)
            }
        }
        return bytes.contains(0) ? nil : String(decoding: bytes, as: UTF8.self)
    }
}

/// `file:` addresses of this machine (RFC 8089).
public enum FileURL {
    /// The path that `file:///PATH`, `file://localhost/PATH` or `file:/PATH` names, percent-decoded; nil for anything
    /// else, and for a path that is not UTF-8 or has a NUL in it.
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
        guard let path = PercentCoding.decode(rest, .path), !path.utf8.contains(0) else { return nil }
        return path
    }
}

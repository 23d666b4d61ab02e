/// The lines of a file's keys.
struct KeyPlaces: Hashable, Sendable {
    /// By path, such as `service[0].url`; also those of tables and array elements.
    var lines: [String: Int] = [:]

    /// Where a key stands, or else the table that ought to have it, or else 1.
    func line(of key: String) -> Int {
        var path = key
        while true {
            if let line = lines[path] { return line }
            guard let cut = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return 1 }
            path = String(path[..<cut])
        }
    }
}

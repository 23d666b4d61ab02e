/// The query of an address: `?name=value&…`, up to its fragment (RFC 3986 §3.4).
public struct URLQuery: Sendable {
    /// In their order. Names are in lower case, values as they stand: `PercentCoding` reads them. A parameter without
    /// `=` has an empty value.
    public let parameters: [(name: String, value: Substring)]

    public init(of url: String) {
        let address = url.prefix { $0 != "#" }
        let query = address.firstIndex(of: "?").map { address[address.index(after: $0)...] } ?? ""
        parameters = query.split(separator: "&").map { part in
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (sides[0].lowercased(), sides.count == 2 ? sides[1] : "")
        }
    }
}

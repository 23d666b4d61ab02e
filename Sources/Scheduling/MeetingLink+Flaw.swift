extension MeetingLink {
    /// Why there is nothing to join at this address, as far as its text tells, for people and without secrets: “it
    /// names no meeting: “room=” is empty”. Nil when nothing is wrong with it, and where there is no address of this room's.
    public var flaw: String? {
        guard case .address(let url) = self, let mark = url.firstRange(of: "://"),
            let name = LinkRules.meetingParameters[url[..<mark.lowerBound].lowercased()]
        else { return nil }
        let rest = url[mark.upperBound...].prefix { $0 != "#" }
        let query = rest.firstIndex(of: "?").map { rest[rest.index(after: $0)...] } ?? ""
        var isThere = false
        for part in query.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides[0].lowercased() == name else { continue }
            isThere = true
            guard let value = LinkFinder.percentDecoded(sides.count == 2 ? sides[1] : "") else {
                return "“\(name)=” is not percent-encoded UTF-8"
            }
            if !value.isEmpty { return nil }
        }
        return isThere
            ? "it names no meeting: “\(name)=” is empty" : "it names no meeting: “?\(name)=ID” is missing"
    }
}

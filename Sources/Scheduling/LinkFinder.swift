import Base

/// Finds a meeting's address in the texts of a calendar entry.
public struct LinkFinder: Sendable {
    /// The places to look in, in this order (what a program wrote comes before what a person wrote).
    public enum Field: Int, Hashable, Sendable, CaseIterable {
        case conference, extensionProperty, url, location, description, alternativeDescription
    }

    public let rules: LinkRules

    public init(rules: LinkRules) {
        self.rules = rules
    }

    /// The best address in `texts`: the first that a service of this room speaks for, field by field, one that names a
    /// meeting before one with a flaw; failing that the first that is a meeting anywhere else; failing that none.
    public func link(in texts: [(field: Field, text: String)]) -> MeetingLink {
        var flawed: MeetingLink?
        var foreign: MeetingLink?
        for field in Field.allCases {
            for entry in texts where entry.field == field {
                for url in AddressScanner.addresses(in: entry.text) {
                    let link = classify(url)
                    switch link {
                    case .address:
                        guard link.flaw != nil else { return link }
                        flawed = flawed ?? link
                    case .unsupported: foreign = foreign ?? link
                    case .none: continue
                    }
                }
            }
        }
        return flawed ?? foreign ?? .none
    }

    /// What one address is to this room. Links that a mail filter has rewritten are taken for what they lead to.
    public func classify(_ url: String) -> MeetingLink {
        let url = unwrapped(url)
        guard let origin = Origin(url: url) else { return .none }
        if let service = rules.services.first(where: { $0.origin == origin }) {
            guard !LinkRules.unservedSchemes.contains(origin.scheme) else {
                return .unsupported(service: service.name, url: url)
            }
            return .address(url)
        }
        let path = Self.path(of: url)
        for service in rules.foreign {
            guard Self.host(origin.host, isAmong: service.hosts),
                service.paths.isEmpty || service.paths.contains(where: { path.hasPrefix($0) })
            else { continue }
            return .unsupported(service: service.name, url: url)
        }
        guard LinkRules.meetingSchemes.contains(origin.scheme) else { return .none }
        return .unsupported(service: "\(origin.host):\(origin.port)", url: url)
    }

    // MARK: - Wrapped links

    /// What a chain of rewritten links leads to; a chain has three at most.
    private func unwrapped(_ url: String) -> String {
        var url = url
        for _ in 0..<3 {
            guard let inner = target(of: url) else { return url }
            url = inner
        }
        return url
    }

    private func target(of url: String) -> String? {
        guard let origin = Origin(url: url), origin.scheme == "https" || origin.scheme == "http" else { return nil }
        for wrapper in rules.wrappers where Self.host(origin.host, isAmong: wrapper.hosts) {
            guard Self.path(of: url).hasPrefix(wrapper.path) else { continue }
            let found: String?
            switch wrapper.encoding {
            case .parameter(let name): found = Self.parameter(name, of: url)
            case .betweenMarks(let mark, let endMark): found = Self.text(between: mark, and: endMark, in: url)
            }
            if let found, Origin(url: found) != nil { return found }
        }
        return nil
    }

    private static func parameter(_ name: String, of url: String) -> String? {
        let value = URLQuery(of: url).parameters.first { $0.name == name.lowercased() && !$0.value.isEmpty }?.value
        return value.flatMap { PercentCoding.decode($0) }
    }

    private static func text(between mark: String, and endMark: String, in url: String) -> String? {
        guard let start = url.firstRange(of: mark),
            let end = url[start.upperBound...].firstRange(of: endMark)
        else { return nil }
        return String(url[start.upperBound..<end.lowerBound])
    }

    private static func host(_ host: String, isAmong rules: [String]) -> Bool {
        rules.contains { $0.hasPrefix(".") ? host.hasSuffix($0) : host == $0 }
    }

    private static func path(of url: String) -> Substring {
        guard let mark = url.firstRange(of: "://") else { return "" }
        let rest = url[mark.upperBound...].prefix { $0 != "?" && $0 != "#" }
        return rest.firstIndex(of: "/").map { rest[$0...] } ?? ""
    }
}

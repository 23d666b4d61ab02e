import Base

extension MeetingLink {
    /// Why there is nothing to join at this address, as far as its text tells, for people and without secrets: “it
    /// names no meeting: “room=” is empty”. Nil when nothing is wrong with it, and where there is no address of this room's.
    ///
    /// What `MeetingAddress` refuses of a configured service has a flaw, and nothing else has.
    public var flaw: String? {
        guard case .address(let url) = self, let mark = url.firstRange(of: "://"),
            let name = LinkRules.meetingParameters[url[..<mark.lowerBound].lowercased()]
        else { return nil }
        guard !url[mark.upperBound...].prefix(while: { !"/?#".contains($0) }).contains("@") else {
            return "it has a user name, which it may not"
        }
        let parameters = URLQuery(of: url).parameters.map { ($0.name, PercentCoding.decode($0.value, .form)) }
        if let (broken, _) = parameters.first(where: { $0.1 == nil }) {
            // Any other name may be half of a secret.
            let what = [name, "pin"].contains(broken) ? "“\(broken)=”" : "its query"
            return "\(what) is not percent-encoded UTF-8"
        }
        let values = parameters.filter { $0.0 == name }.map(\.1)
        guard values.allSatisfy({ $0?.isEmpty != false }) else { return nil }
        return values.isEmpty
            ? "it names no meeting: “?\(name)=ID” is missing" : "it names no meeting: “\(name)=” is empty"
    }
}

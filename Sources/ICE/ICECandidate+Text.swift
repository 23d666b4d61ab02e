import Base

extension ICECandidate: CustomStringConvertible {
    /// In bytes behind the prefix. Longer lines are refused before anything looks into them.
    public static let maximumTextLength = 1024

    /// Reads `candidate:…`, also with `a=` before it, or without either.
    public init(_ text: some StringProtocol) throws(ICEError) {
        let rest = Self.withoutPrefix(text)
        guard rest.utf8.count <= Self.maximumTextLength else {
            throw .malformedCandidate(
                reason: "longer than \(Self.maximumTextLength) bytes", text: String(text.prefix(80)))
        }
        func fail(_ reason: String) -> ICEError {
            .malformedCandidate(reason: reason, text: String(text))
        }
        // By bytes: as characters, a space and an accent behind it are one.
        let words = rest.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
            .map { String(Substring($0)) }
        guard words.count >= 8 else { throw fail("expected at least 8 fields, found \(words.count)") }
        guard (1...64).contains(words[0].utf8.count) else { throw fail("expected a foundation of 1…32 characters") }
        guard let component = Int(words[1]), (1...256).contains(component) else {
            throw fail("expected a component 1…256, found \(words[1])")
        }
        guard words[2].utf8.allSatisfy({ $0 < 0x80 }) else { throw fail("expected a transport, found \(words[2])") }
        guard let priority = UInt32(words[3]) else { throw fail("expected a 32-bit priority, found \(words[3])") }
        guard let port = UInt16(words[5]) else { throw fail("expected a port, found \(words[5])") }
        guard words[6].lowercased() == "typ" else { throw fail("expected \"typ\", found \(words[6])") }
        guard let kind = ICECandidateKind(rawValue: words[7].lowercased()) else {
            throw fail("expected host, srflx, prflx or relay, found \(words[7])")
        }
        foundation = words[0]
        self.component = component
        transport = Transport(rawValue: words[2])
        self.priority = priority
        host = Host(words[4])
        self.port = port
        self.kind = kind
        extensions = []
        for index in stride(from: 8, to: words.count - 1, by: 2) {
            switch words[index].lowercased() {
            case "raddr":
                relatedHost = Host(words[index + 1])
            case "rport":
                guard let port = UInt16(words[index + 1]) else { throw fail("expected a port after rport") }
                relatedPort = port
            default:
                extensions.append(Extension(name: words[index], value: words[index + 1]))
            }
        }
    }

    /// `candidate:…`, as it stands in trickled messages; SDP puts `a=` before it.
    public var description: String {
        var text = "candidate:\(foundation) \(component) \(transport.rawValue) \(priority)"
        text += " \(host) \(port) typ \(kind.rawValue)"
        if let relatedHost { text += " raddr \(relatedHost)" }
        if let relatedPort { text += " rport \(relatedPort)" }
        for item in extensions { text += " \(item.name) \(item.value)" }
        return text
    }

    /// What stands behind `a=candidate:`, of which both parts may be missing.
    public static func withoutPrefix(_ text: some StringProtocol) -> Substring {
        var rest = Substring(text).utf8
        for prefix in ["a=", "candidate:"] where rest.starts(with: prefix.utf8) {
            rest = rest.dropFirst(prefix.utf8.count)
        }
        return Substring(rest)
    }
}

/// What one trickled line says (RFC 8838 §9, RFC 8840).
public enum ICECandidateLine: Hashable, Sendable {
    case candidate(ICECandidate)
    /// `a=end-of-candidates`, or the empty candidate of browsers.
    case endOfCandidates

    public init(_ text: some StringProtocol) throws(ICEError) {
        let rest = ICECandidate.withoutPrefix(text)
        if rest.allSatisfy(\.isWhitespace) || rest.hasPrefix("end-of-candidates") {
            self = .endOfCandidates
        } else {
            self = .candidate(try ICECandidate(text))
        }
    }
}

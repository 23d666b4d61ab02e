public import Base

// Candidates whose host is an mDNS name (draft-ietf-mmusic-mdns-ice-candidates): browsers hide their addresses behind such.
// The owner resolves; nothing waits for it.

extension ICEAgent {
    /// Keeps a candidate until its name is resolved, which the owner is asked for.
    /// - Returns: why not, if not.
    mutating func awaitName(_ name: String, of candidate: ICECandidate) -> IgnoredReason? {
        guard Self.isMulticastName(name) else { return .needsNameResolution }
        guard session.unresolved.count < ICETiming.maximumUnresolvedCandidates else { return .tooMany }
        guard !session.unresolved.contains(candidate) else { return nil }
        let name = name.lowercased()
        let isAsked = session.unresolved.contains { $0.host.description.lowercased() == name }
        session.unresolved.append(candidate)
        if !isAsked { emit(.resolveName(name)) }
        return nil
    }

    /// What `Event.resolveName` asked for is known. Late answers, and those to other sessions' questions, change nothing.
    ///
    /// - Parameter addresses: what the name stands for, in the resolver's order; empty: it could not be resolved. One of
    ///   them is used: the first IPv6 address if we have an IPv6 address ourselves, else the first IPv4 one.
    public mutating func nameResolved(_ name: String, to addresses: [IPAddress], at now: Instant) {
        guard state != .closed else { return }
        let name = name.lowercased()
        let waiting = session.unresolved.filter { $0.host.description.lowercased() == name }
        session.unresolved.removeAll { $0.host.description.lowercased() == name }
        let hasIPv6 = bases.contains { $0.address.ip.isV6 }
        let chosen =
            addresses.first { hasIPv6 && $0.isV6 && $0.canBeCandidate }
            ?? addresses.first { !$0.isV6 } ?? addresses.first
        for candidate in waiting {
            guard let chosen else {
                ignore(candidate, .needsNameResolution)
                continue
            }
            var resolved = candidate
            resolved.host = .ip(chosen)
            take(resolved)
        }
        advance(at: now)
    }

    /// One label and `.local`, as RFC 6762 §3 has it; anything else is not asked for on the local network.
    private static func isMulticastName(_ name: String) -> Bool {
        guard name.utf8.count <= 255, name.lowercased().hasSuffix(".local") else { return false }
        let label = name.utf8.dropLast(".local".utf8.count)
        return !label.isEmpty && label.count <= 63
            && label.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension IPAddress {
    /// Whether the address may be that of a candidate (RFC 8445 §5.1.1.1). IPv6 link-local ones work only with a zone, which
    /// candidates do not have; site-local, IPv4-compatible and IPv4-mapped ones are deprecated or double.
    var canBeCandidate: Bool {
        guard !isUnspecified, !isMulticastOrBroadcast else { return false }
        switch self {
        case .v4: return true
        case .v6(let high, let low):
            if isLoopback { return true }
            let isSiteLocal = high >> 54 == 0xFEC0 >> 6
            let holdsV4 = high == 0 && (low >> 32 == 0 || low >> 32 == 0xFFFF)
            return !isLinkLocal && !isSiteLocal && !holdsV4
        }
    }
}

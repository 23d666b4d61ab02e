/// Where a candidate comes from (RFC 8445 §4); the raw values are those of SDP (RFC 8839 §5.1).
public enum ICECandidateKind: String, Hashable, Sendable {
    case host
    case serverReflexive = "srflx"
    case peerReflexive = "prflx"
    case relayed = "relay"

    /// RFC 8445 §5.1.2.2.
    var typePreference: UInt32 {
        switch self {
        case .host: 126
        case .peerReflexive: 110
        case .serverReflexive: 100
        case .relayed: 0
        }
    }

    /// A candidate's priority (RFC 8445 §5.1.2.1) in component 1.
    /// - Parameter localPreference: unique among the base addresses.
    func priority(localPreference: UInt16) -> UInt32 {
        typePreference << 24 | UInt32(localPreference) << 8 | 255
    }
}

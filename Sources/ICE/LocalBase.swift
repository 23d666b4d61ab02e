import Base

/// An address that we send from, as peers see it without a NAT: a socket's own, or a relayed one (RFC 8445 §4, "base").
struct LocalBase: Hashable, Sendable {
    let address: SocketAddress
    let kind: ICECandidateKind
    /// Of the host or relayed candidate.
    let priority: UInt32
    /// What PRIORITY in checks from here says (RFC 8445 §7.1.1).
    let peerReflexivePriority: UInt32
    let foundation: String

    init(_ socket: LocalSocket) {
        address = socket.address
        kind = .host
        priority = socket.hostPriority
        peerReflexivePriority = socket.peerReflexivePriority
        foundation = socket.foundation
    }

    init(relayed: SocketAddress, preference: UInt16, foundation: String) {
        address = relayed
        kind = .relayed
        priority = ICECandidateKind.relayed.priority(localPreference: preference)
        peerReflexivePriority = ICECandidateKind.peerReflexive.priority(localPreference: preference)
        self.foundation = foundation
    }
}

import Base

/// A UDP socket of the shell, seen as the base of local candidates.
struct LocalSocket: Hashable, Sendable {
    let address: SocketAddress
    /// Unique among the sockets; higher is better (RFC 8445 §5.1.2.1).
    let preference: UInt16
    let foundation: String
    /// STUN servers that are still to be asked from this socket.
    var serversToAsk: [SocketAddress]
    /// Servers that answered, whose NAT bindings are kept alive until a pair is selected.
    var reflexiveServers: [SocketAddress] = []
    var keepaliveAt: Instant = .distantFuture

    var hostPriority: UInt32 { ICECandidateKind.host.priority(localPreference: preference) }
    /// What PRIORITY in checks from here says (RFC 8445 §7.1.1).
    var peerReflexivePriority: UInt32 { ICECandidateKind.peerReflexive.priority(localPreference: preference) }
}

/// A local candidate: `address` is how others see `base`.
struct LocalCandidate: Hashable, Sendable {
    let kind: ICECandidateKind
    let address: SocketAddress
    let base: SocketAddress
    let priority: UInt32
    let foundation: String
    /// Of a relayed candidate: how the TURN server sees us (RFC 8839 §5.1).
    var related: SocketAddress?

    /// RFC 8839 §5.1; peer-reflexive candidates are never signalled.
    var signalled: ICECandidate {
        ICECandidate(
            foundation: foundation, priority: priority, address: address, kind: kind,
            related: kind == .host ? nil : related ?? base)
    }
}

/// A candidate of the peer, signalled or learnt from its checks.
struct RemoteCandidate: Hashable, Sendable {
    let address: SocketAddress
    var kind: ICECandidateKind
    var priority: UInt32
    var foundation: String
}

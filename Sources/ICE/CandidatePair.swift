import Base

struct PairID: Hashable, Sendable {
    let number: Int
}

/// A base of ours and an address of the peer.
///
/// Local server-reflexive candidates never get pairs of their own: they are sent from their base, so that RFC 8445
/// §6.1.2.4 would prune them anyhow. A pair is therefore known by its two addresses, and a peer-reflexive remote
/// candidate that turns out to be a signalled one changes its pair's priority and nothing else.
struct CandidatePair: Sendable {
    enum State: Hashable, Sendable {
        case frozen
        case waiting
        case inProgress
        /// Valid: `localKind` is the kind of the local candidate as the peer saw it.
        case succeeded(localKind: ICECandidateKind)
        case failed
    }

    let id: PairID
    let local: SocketAddress
    let remote: SocketAddress
    let localPriority: UInt32
    let localFoundation: String
    var remotePriority: UInt32
    var remoteFoundation: String
    var remoteKind: ICECandidateKind
    var priority: UInt64
    var state: State
    var roundTrip = RoundTripSamples()
    /// When the controlling peer last sent USE-CANDIDATE on this pair.
    var peerNominatedAt: Instant?

    var isValid: Bool {
        if case .succeeded = state { true } else { false }
    }

    /// Whether a check may still make it valid.
    var isPending: Bool {
        switch state {
        case .frozen, .waiting, .inProgress: true
        case .succeeded, .failed: false
        }
    }

    func sharesFoundation(with other: CandidatePair) -> Bool {
        localFoundation == other.localFoundation && remoteFoundation == other.remoteFoundation
    }

    /// RFC 8445 §6.1.2.3.
    static func priority(local: UInt32, remote: UInt32, role: ICERole) -> UInt64 {
        let controlling = UInt64(role == .controlling ? local : remote)
        let controlled = UInt64(role == .controlling ? remote : local)
        let sum = min(controlling, controlled) << 32 + 2 * max(controlling, controlled)
        return sum + (controlling > controlled ? 1 : 0)
    }
}

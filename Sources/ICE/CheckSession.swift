import Base

/// One ICE session: everything that a restart begins anew (RFC 8445 §2.4).
struct CheckSession: Sendable {
    /// How far the controlling side has come with choosing; the controlled side knows only the first and the last.
    enum Nomination: Hashable, Sendable {
        case awaitingPair
        /// A pair is valid, and better ones get a little time.
        case comparing(until: Instant)
        /// A check with USE-CANDIDATE is queued or under way.
        case requested(PairID)
        case concluded
    }

    struct TriggeredCheck: Hashable, Sendable {
        let pair: PairID
        let nominating: Bool
    }

    let generation: Int
    let local: ICECredentials
    var remote: ICECredentials?
    var remoteCandidates: [RemoteCandidate] = []
    var remoteCandidatesComplete = false
    /// Candidates whose names are being resolved.
    var unresolved: [ICECandidate] = []
    var pairs: [CandidatePair] = []
    var nextPairNumber = 0
    var triggered: [TriggeredCheck] = []
    var nomination = Nomination.awaitingPair
    /// When to give up without a selected pair (RFC 8863); nil before checks start and after they succeeded.
    var patienceEndsAt: Instant?

    init(generation: Int, local: ICECredentials) {
        self.generation = generation
        self.local = local
    }

    func index(of id: PairID) -> Int? {
        pairs.firstIndex { $0.id == id }
    }

    func index(local: SocketAddress, remote: SocketAddress) -> Int? {
        pairs.firstIndex { $0.local == local && $0.remote == remote }
    }

    /// Queues a check at the front of the others (RFC 8445 §6.1.4.1).
    mutating func trigger(_ id: PairID, nominating: Bool = false) {
        let check = TriggeredCheck(pair: id, nominating: nominating)
        if !triggered.contains(check) { triggered.append(check) }
    }

    /// The pair an ordinary check goes to next (RFC 8445 §6.1.4.2): the best waiting one, else the best frozen one.
    func nextOrdinary(above floor: UInt64?) -> Int? {
        func best(_ state: CandidatePair.State) -> Int? {
            pairs.indices.filter { pairs[$0].state == state && pairs[$0].priority > floor ?? 0 }
                .max { pairs[$0].priority < pairs[$1].priority }
        }
        return best(.waiting) ?? best(.frozen)
    }

    /// Pairs like one that works are likely to work (RFC 8445 §7.2.5.3.3).
    mutating func unfreeze(like pair: CandidatePair) {
        for index in pairs.indices where pairs[index].state == .frozen && pairs[index].sharesFoundation(with: pair) {
            pairs[index].state = .waiting
        }
    }

    var checksInFlight: Int {
        pairs.count { $0.state == .waiting || $0.state == .inProgress }
    }
}

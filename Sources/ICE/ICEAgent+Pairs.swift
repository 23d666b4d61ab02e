import Base

extension ICEAgent {
    /// Pairs an address of ours with one of the peer (RFC 8445 §6.1.2). With a relayed one that needs a permission, which is
    /// asked for here; the pair is made when it is granted.
    /// - Parameter isProven: a check has come this way, so whatever the addresses look like, they go together.
    /// - Returns: the pair's place in the checklist, also if it was there before; nil if they do not go together.
    @discardableResult
    mutating func addPair(_ base: LocalBase, _ remote: RemoteCandidate, isProven: Bool = false) -> Int? {
        if let index = session.index(local: base.address, remote: remote.address) { return index }
        guard isProven || Self.goTogether(base.address.ip, remote.address.ip) else { return nil }
        guard isProven || isPermitted(base, remote.address.ip) else { return nil }
        let pair = CandidatePair(
            id: PairID(number: session.nextPairNumber), local: base.address, remote: remote.address,
            localPriority: base.priority, localFoundation: base.foundation, remotePriority: remote.priority,
            remoteFoundation: remote.foundation, remoteKind: remote.kind,
            priority: CandidatePair.priority(local: base.priority, remote: remote.priority, role: role),
            state: .waiting)
        guard makeRoom(for: pair) else { return nil }
        session.nextPairNumber += 1
        session.pairs.append(pair)
        let index = session.pairs.count - 1
        // One pair of a foundation goes first; its success thaws the others (RFC 8838 §12).
        if session.pairs.contains(where: { $0.id != pair.id && $0.isPending && $0.sharesFoundation(with: pair) }) {
            session.pairs[index].state = .frozen
        }
        return index
    }

    private mutating func isPermitted(_ base: LocalBase, _ peer: IPAddress) -> Bool {
        guard let index = relays.firstIndex(where: { $0.base?.address == base.address }) else { return true }
        if relays[index].allocation.permits(peer) { return true }
        relays[index].allocation.permit(peer)
        return false
    }

    /// A remote candidate has got another kind, priority or foundation.
    mutating func updatePairs(of remote: RemoteCandidate) {
        for index in session.pairs.indices where session.pairs[index].remote == remote.address {
            session.pairs[index].remoteKind = remote.kind
            session.pairs[index].remotePriority = remote.priority
            session.pairs[index].remoteFoundation = remote.foundation
            updatePriority(at: index)
        }
        if let path = selected, path.generation == session.generation, path.addresses.remote == remote.address {
            selected?.addresses = SelectedPair(
                local: path.addresses.local, remote: path.addresses.remote, localKind: path.addresses.localKind,
                remoteKind: remote.kind)
        }
    }

    /// Takes the other role (RFC 8445 §7.2.5.1, §7.3.1.1): the pairs' priorities swap their halves.
    mutating func switchRole(at now: Instant) {
        role = role.opposite
        statistics.roleConflicts += 1
        for index in session.pairs.indices { updatePriority(at: index) }
        session.triggered = session.triggered.map { .init(pair: $0.pair, nominating: false) }
        switch session.nomination {
        case .comparing, .requested: session.nomination = .awaitingPair
        case .awaitingPair, .concluded: break
        }
        emit(.roleChanged(role))
        considerNomination(at: now)
    }

    private mutating func updatePriority(at index: Int) {
        let pair = session.pairs[index]
        session.pairs[index].priority = CandidatePair.priority(
            local: pair.localPriority, remote: pair.remotePriority, role: role)
    }

    /// Keeps the checklist at its limit by dropping the worst pair that nothing hangs on (RFC 8445 §6.1.2.5).
    private mutating func makeRoom(for pair: CandidatePair) -> Bool {
        guard session.pairs.count >= ICETiming.maximumPairs else { return true }
        statistics.refusedPairs += 1
        let worst = session.pairs.indices
            .filter { index in
                let candidate = session.pairs[index]
                return !candidate.isValid && candidate.state != .inProgress
                    && !session.triggered.contains { $0.pair == candidate.id }
            }
            .min { session.pairs[$0].priority < session.pairs[$1].priority }
        guard let worst, session.pairs[worst].priority < pair.priority else { return false }
        session.pairs.remove(at: worst)
        return true
    }

    private static func goTogether(_ local: IPAddress, _ remote: IPAddress) -> Bool {
        guard local.isV6 == remote.isV6 else { return false }
        // A loopback socket reaches nothing else; the other way round the kernel does deliver.
        if local.isLoopback, !remote.isLoopback { return false }
        // RFC 8445 §6.1.2.2.
        return !local.isV6 || local.isLinkLocal == remote.isLinkLocal || remote.isLoopback
    }
}

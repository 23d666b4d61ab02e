import Base

extension ICEAgent {
    /// As the controlling side: nominates the best valid pair as soon as nothing better can reasonably be hoped for.
    ///
    /// Regular nomination (RFC 8445 §8.1.1), but quick: a pair of host candidates, or one that no pending pair could
    /// beat, is nominated at once; another after `ICETiming.comparison`.
    mutating func considerNomination(at now: Instant) {
        guard role == .controlling else { return }
        guard let best = bestValidPair else {
            if case .comparing = session.nomination { session.nomination = .awaitingPair }
            return
        }
        switch session.nomination {
        case .requested, .concluded:
            return
        case .comparing(let until) where now < until && !isGoodEnough(best):
            return
        case .awaitingPair where !isGoodEnough(best):
            session.nomination = .comparing(until: now + ICETiming.comparison)
        case .comparing, .awaitingPair:
            session.nomination = .requested(best.id)
            session.trigger(best.id, nominating: true)
        }
    }

    private var bestValidPair: CandidatePair? {
        session.pairs.filter(\.isValid).max { $0.priority < $1.priority }
    }

    private func isGoodEnough(_ pair: CandidatePair) -> Bool {
        if pair.remoteKind == .host, pair.state == .succeeded(localKind: .host) { return true }
        return !session.pairs.contains { $0.isPending && $0.priority > pair.priority }
    }

    /// As the controlled side: uses a valid pair that the peer nominated.
    ///
    /// Aggressive controllers nominate many pairs, and the best of them counts. One of lower priority is followed only
    /// if the peer has ceased to nominate the one in use, or that one is silent.
    mutating func followNomination(at index: Int, at now: Instant) {
        let pair = session.pairs[index]
        guard role == .controlled, pair.isValid, let nominatedAt = pair.peerNominatedAt else { return }
        guard let path = selected, path.generation == session.generation, path.pair != pair.id,
            let current = session.index(of: path.pair)
        else {
            select(at: index, at: now)
            return
        }
        let inUse = session.pairs[current]
        let isStale = inUse.peerNominatedAt.map { nominatedAt > $0 + ICETiming.staleNomination } ?? true
        if pair.priority > inUse.priority || isStale || state == .disconnected { select(at: index, at: now) }
    }

    /// Puts a nominated, valid pair to use.
    mutating func select(at index: Int, at now: Instant) {
        guard let remote = session.remote else { return }
        let pair = session.pairs[index]
        guard case .succeeded(let localKind) = pair.state else { return }
        let isNew = selected?.generation != session.generation || selected?.pair != pair.id
        if isNew {
            let addresses = SelectedPair(
                local: pair.local, remote: pair.remote, localKind: localKind, remoteKind: pair.remoteKind)
            selected = SelectedPath(
                generation: session.generation, pair: pair.id, addresses: addresses, localCredentials: session.local,
                remoteCredentials: remote, heardAt: now, nextRequestAt: now + consentInterval(),
                roundTrip: pair.roundTrip)
            emit(.selectedPair(addresses))
        }
        conclude(above: pair.priority)
        setState(.connected)
    }

    /// Ends the search: the pacer sends nothing more for the controlling side, and only for better pairs otherwise.
    mutating func conclude(above priority: UInt64) {
        session.nomination = .concluded
        session.patienceEndsAt = nil
        for pair in session.pairs where role == .controlling || pair.priority <= priority { stopResending(pair.id) }
    }
}

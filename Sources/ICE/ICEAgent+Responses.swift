import Base

extension ICEAgent {
    /// A response to a request of ours (RFC 8445 §7.2.5).
    mutating func handleResponse(
        _ message: STUNMessage, _ datagram: Span<UInt8>, on route: Transmit, at now: Instant
    ) {
        if handleConsentResponse(message, datagram, on: route, at: now) { return }
        guard let index = transactions.firstIndex(where: { $0.id == message.transactionID }) else {
            statistics.unmatchedResponses += 1
            return
        }
        let transaction = transactions[index]
        switch transaction.purpose {
        case .gathering:
            guard route.remote == transaction.remote, route.local == transaction.local else {
                statistics.unmatchedResponses += 1
                return
            }
            transactions.remove(at: index)
            statistics.responsesReceived += 1
            handleServerResponse(message, transaction, at: now)
        case .check(let id, let nominating):
            guard let password = session.remote?.password, message.isAuthentic(password: password, in: datagram) else {
                // Errors, too: only a signed one can be the peer's. The transaction goes on until it times out.
                statistics.unauthenticatedResponses += 1
                return
            }
            transactions.remove(at: index)
            statistics.responsesReceived += 1
            handleCheckResponse(message, transaction, id, nominating: nominating, on: route, at: now)
        }
    }

    private mutating func handleCheckResponse(
        _ message: STUNMessage, _ transaction: STUNTransaction, _ id: PairID, nominating: Bool, on route: Transmit,
        at now: Instant
    ) {
        if message.errorCode?.code == STUNErrorCode.roleConflict.code, message.messageClass == .error {
            handleRoleConflict(claimed: transaction.role, at: now)
            if let index = session.index(of: id), !session.pairs[index].isValid {
                session.pairs[index].state = .waiting
                session.trigger(id)
            }
            return
        }
        // Addresses must be symmetric (RFC 8445 §7.2.5.2.1).
        guard message.messageClass == .success, message.notUnderstood.isEmpty, let mapped = message.xorMappedAddress,
            route.remote == transaction.remote, route.local == transaction.local
        else {
            checkFailed(id, nominating: nominating, at: now)
            return
        }
        guard let index = session.index(of: id) else { return }
        session.pairs[index].state = .succeeded(localKind: localKind(mapped, base: transaction.local))
        session.triggered.removeAll { $0 == .init(pair: id, nominating: false) }
        stopResendingChecks(of: id)
        validated.insert(transaction.remote, keeping: selected?.addresses.remote)
        session.unfreeze(like: session.pairs[index])
        // A response to one of several sendings tells nothing about the way's length.
        if transaction.timer.sent == 1 {
            session.pairs[index].roundTrip.add(now - transaction.sentAt)
            if selected?.generation == session.generation, selected?.pair == id {
                selected?.roundTrip.add(now - transaction.sentAt)
            }
        }
        heard(on: route, at: now)
        switch role {
        case .controlling:
            if nominating, session.nomination == .requested(id) {
                select(at: index, at: now)
            } else {
                considerNomination(at: now)
            }
        case .controlled:
            followNomination(at: index, at: now)
        }
    }

    /// An earlier request on the pair need not be repeated once a later one is answered, unless it nominates.
    private mutating func stopResendingChecks(of id: PairID) {
        for index in transactions.indices where transactions[index].purpose == .check(id, nominating: false) {
            transactions[index].timer.stopResending()
        }
    }

    /// The peer insists on the role we claimed; what we claimed *then* counts (RFC 8445 §7.2.5.1).
    mutating func handleRoleConflict(claimed: ICERole, at now: Instant) {
        guard claimed == role, !remoteIsLite else { return }
        tieBreaker = random.next()
        switchRole(at: now)
    }

    /// How the peer saw our base; an address that nobody knew is a peer-reflexive candidate (RFC 8445 §7.2.5.3.1).
    private mutating func localKind(_ mapped: SocketAddress, base: SocketAddress) -> ICECandidateKind {
        if let known = candidates.first(where: { $0.address == mapped && $0.base == base }) { return known.kind }
        guard let own = self.base(at: base),
            candidates.count < ICETiming.maximumLocalCandidates
        else { return .peerReflexive }
        candidates.append(
            LocalCandidate(
                kind: .peerReflexive, address: mapped, base: base, priority: own.peerReflexivePriority,
                foundation: foundation("prflx \(base.ip)")))
        return .peerReflexive
    }
}

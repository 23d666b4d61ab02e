import Base

extension ICEAgent {
    /// Until the next consent request: random, so that peers do not fall into step (RFC 7675 §5.1).
    mutating func consentInterval() -> Duration {
        .nanoseconds(Int64.random(in: ICETiming.consentInterval, using: &random))
    }

    /// A sign of life from the peer, authenticated. If it came on the pair in use, consent lives on.
    ///
    /// RFC 7675 counts only responses. Checks of the peer's count here as well: they prove the same credentials on the
    /// same path, and Chrome ≥ 144 sometimes stops answering while it goes on asking (str0m #848).
    mutating func heard(on route: Transmit, at now: Instant) {
        guard var path = selected, path.addresses.local == route.local, path.addresses.remote == route.remote else {
            return
        }
        path.heardAt = max(path.heardAt, now)
        selected = path
        guard state == .disconnected else { return }
        if path.generation == session.generation, let index = session.index(of: path.pair) {
            session.pairs[index].state = .succeeded(localKind: path.addresses.localKind)
            conclude(above: session.pairs[index].priority)
        }
        setState(.connected)
    }

    /// - Returns: whether the response belonged to a consent request.
    mutating func handleConsentResponse(
        _ message: STUNMessage, _ datagram: Span<UInt8>, on route: Transmit, at now: Instant
    ) -> Bool {
        guard let path = selected, let index = path.outstanding.firstIndex(where: { $0.id == message.transactionID })
        else { return false }
        guard message.isAuthentic(password: path.remoteCredentials.password, in: datagram) else {
            statistics.unauthenticatedResponses += 1
            return true
        }
        let request = path.outstanding[index]
        selected?.outstanding.remove(at: index)
        statistics.responsesReceived += 1
        switch message.messageClass {
        case .success:
            selected?.roundTrip.add(now - request.sentAt)
            heard(on: route, at: now)
        case .error where message.errorCode?.code == STUNErrorCode.roleConflict.code:
            handleRoleConflict(claimed: request.role, at: now)
        case .error, .request, .indication: break
        }
        return true
    }

    /// Asks for consent when it is time, and notices silence (RFC 7675 §5.1).
    mutating func fireConsent(at now: Instant) {
        guard let path = selected else { return }
        if now >= path.heardAt + ICETiming.consentExpiry {
            expireConsent(at: now)
            return
        }
        if now >= path.heardAt + ICETiming.disconnection, state == .connected { disconnect(at: now) }
        guard now >= path.nextRequestAt else { return }
        // A new transaction each time, never a retransmission. USE-CANDIDATE stays on it: some controlled peers take
        // its absence for a withdrawn nomination.
        let request = makeRequest(
            from: path.addresses.local, local: path.localCredentials, remote: path.remoteCredentials,
            useCandidate: role == .controlling)
        let nextRequestAt = now + consentInterval()
        selected?.nextRequestAt = nextRequestAt
        selected?.outstanding.append(.init(id: request.transactionID, sentAt: now, role: role))
        if path.outstanding.count >= SelectedPath.maximumOutstanding { selected?.outstanding.removeFirst() }
        statistics.consentRequestsSent += 1
        statistics.requestsSent += 1
        transmit(
            request, password: path.remoteCredentials.password,
            on: Transmit(local: path.addresses.local, remote: path.addresses.remote))
    }

    /// The pair in use has fallen silent: all pairs are checked anew, and one that answers may take its place.
    mutating func disconnect(at now: Instant) {
        setState(.disconnected)
        guard let path = selected, path.generation == session.generation else { return }
        session.nomination = .awaitingPair
        session.triggered.removeAll()
        for index in session.pairs.indices { session.pairs[index].state = .waiting }
    }

    /// The peer no longer agrees to receive: nothing more may be sent to it with these credentials.
    private mutating func expireConsent(at now: Instant) {
        let isOfThisSession = selected?.generation == session.generation
        selected = nil
        emit(.selectedPair(nil))
        if isOfThisSession {
            fail()
        } else {
            // A restart is under way and has not found a pair yet.
            setState(session.remote == nil ? .failed : .checking)
        }
    }

    /// Gives up after `ICETiming.patience` if nothing is left to hope for (RFC 8863).
    mutating func firePatience(at now: Instant) {
        guard let end = session.patienceEndsAt, now >= end, isHopeless else { return }
        fail()
    }

    /// No check is under way, and there is no valid pair that we could nominate.
    var isHopeless: Bool {
        !session.pairs.contains { $0.isPending || role == .controlling && $0.isValid }
    }

    private mutating func fail() {
        stop()
        validated.removeAll()
        setState(.failed)
    }
}

import Base

extension ICEAgent {
    /// A Binding request of the peer (RFC 8445 §7.3).
    ///
    /// Requests that do not authenticate are counted and not answered: RFC 8489 §9.1.3 would have errors 400 and 401
    /// sent, which help nobody but a prober.
    mutating func handleRequest(
        _ message: STUNMessage, _ datagram: Span<UInt8>, on route: Transmit, at now: Instant
    ) {
        guard let credentials = authenticate(message, datagram) else {
            statistics.unauthenticatedRequests += 1
            return
        }
        statistics.requestsReceived += 1
        guard message.notUnderstood.isEmpty else {
            var refusal = STUNMessage(.error, transactionID: message.transactionID)
            refusal.errorCode = .unknownAttribute
            refusal.unknownAttributes = message.notUnderstood
            respond(refusal, credentials, on: route)
            return
        }
        guard resolveRoleConflict(message, at: now) else {
            var refusal = STUNMessage(.error, transactionID: message.transactionID)
            refusal.errorCode = .roleConflict
            respond(refusal, credentials, on: route)
            return
        }
        var response = STUNMessage(.success, transactionID: message.transactionID)
        response.xorMappedAddress = route.remote
        respond(response, credentials, on: route)

        validated.insert(route.remote, keeping: selected?.addresses.remote)
        heard(on: route, at: now)
        // What comes with the previous session's credentials only keeps the previous pair alive.
        if credentials == session.local { learn(message, on: route, at: now) }
    }

    /// Finds which of our credentials a request was made for: this session's, or those of the pair in use.
    private func authenticate(_ message: STUNMessage, _ datagram: Span<UInt8>) -> ICECredentials? {
        // The fragment is looked at first, so that a flood of blind guesses costs no digests.
        guard let ufrag = message.username?.prefix(while: { $0 != ":" }) else { return nil }
        let known = [session.local, selected?.localCredentials].compactMap(\.self)
        return known.first { $0.ufrag == ufrag && message.isAuthentic(password: $0.password, in: datagram) }
    }

    private mutating func respond(_ message: STUNMessage, _ credentials: ICECredentials, on route: Transmit) {
        statistics.responsesSent += 1
        transmit(message, password: credentials.password, on: route)
    }

    /// RFC 8445 §7.3.1.1.
    /// - Returns: false if the peer is the one to change: answer 487.
    private mutating func resolveRoleConflict(_ message: STUNMessage, at now: Instant) -> Bool {
        switch role {
        case .controlling:
            guard let theirs = message.iceControlling else { return true }
            if tieBreaker >= theirs || remoteIsLite {
                statistics.roleConflicts += 1
                return false
            }
        case .controlled:
            guard let theirs = message.iceControlled else { return true }
            if tieBreaker < theirs {
                statistics.roleConflicts += 1
                return false
            }
        }
        switchRole(at: now)
        return true
    }

    /// Learns the peer's address, checks the way back, and follows the nomination (RFC 8445 §7.3.1.3–5).
    private mutating func learn(_ message: STUNMessage, on route: Transmit, at now: Instant) {
        guard let base = base(at: route.local) else { return }
        // PRIORITY is obligatory; who leaves it out gets what a candidate without preference would have.
        let priority = message.priority ?? ICECandidateKind.peerReflexive.priority(localPreference: 0)
        guard let remote = learnRemoteCandidate(route.remote, priority: priority),
            let index = addPair(base, remote, isProven: true)
        else { return }
        if message.useCandidate, role == .controlled { session.pairs[index].peerNominatedAt = now }
        switch session.pairs[index].state {
        case .succeeded:
            followNomination(at: index, at: now)
        case .inProgress:
            // The way may have opened just now: ask at once instead of waiting for the retransmission.
            stopResending(session.pairs[index].id)
            triggerCheck(at: index)
        case .frozen, .waiting, .failed:
            triggerCheck(at: index)
        }
    }

    private mutating func triggerCheck(at index: Int) {
        session.pairs[index].state = .waiting
        session.trigger(session.pairs[index].id)
    }
}

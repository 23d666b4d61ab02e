import Base

extension ICEAgent {
    /// What the pacer sends next.
    enum PacedWork: Hashable, Sendable {
        case triggered
        case gathering
        /// A permission on the relay of this index.
        case permission(Int)
        case ordinary(Int)
    }

    /// Triggered checks first, then STUN and TURN servers, then the checklist (RFC 8445 §6.1.4.2); nil when there is nothing.
    var nextPacedWork: PacedWork? {
        guard !isOver else { return nil }
        if session.remote != nil, !session.triggered.isEmpty { return .triggered }
        if hasServersToAsk || hasRelaysToStart { return .gathering }
        if session.remote != nil, let relay = relayWithQueuedRequest { return .permission(relay) }
        guard session.remote != nil, transactions.count < ICETiming.maximumTransactions else { return nil }
        switch (session.nomination, role) {
        case (.concluded, .controlling):
            return nil
        case (.concluded, .controlled):
            // An aggressive controller may still come to nominate something better.
            guard let floor = selected.flatMap({ session.index(of: $0.pair) }) else { return nil }
            return session.nextOrdinary(above: session.pairs[floor].priority).map { .ordinary($0) }
        case (.awaitingPair, _), (.comparing, _), (.requested, _):
            return session.nextOrdinary(above: nil).map { .ordinary($0) }
        }
    }

    /// Sends at most one new transaction every Ta (RFC 8445 §14.2); the first goes out at once.
    mutating func pace(at now: Instant) {
        guard now >= nextPaceAt, let work = nextPacedWork else { return }
        switch work {
        case .triggered:
            let check = session.triggered.removeFirst()
            if let index = session.index(of: check.pair) {
                sendCheck(at: index, nominating: check.nominating, at: now)
            }
        case .gathering:
            if hasServersToAsk { askNextServer(at: now) } else { startNextRelay(at: now) }
        case .permission(let relay):
            askNextPermission(relay, at: now)
        case .ordinary(let index):
            sendCheck(at: index, nominating: false, at: now)
        }
        nextPaceAt = now + ICETiming.pace
    }

    /// A connectivity check (RFC 8445 §7.2.2).
    private mutating func sendCheck(at index: Int, nominating: Bool, at now: Instant) {
        guard let remote = session.remote else { return }
        let pair = session.pairs[index]
        if !pair.isValid { session.pairs[index].state = .inProgress }
        let rto = max(ICETiming.minimumRTO, ICETiming.pace * session.checksInFlight)
        let request = makeRequest(
            from: pair.local, local: session.local, remote: remote, useCandidate: nominating)
        limitTransactions(of: pair.id)
        begin(
            request, .check(pair.id, nominating: nominating), password: remote.password,
            on: Transmit(local: pair.local, remote: pair.remote), rto: rto, at: now)
    }

    /// A Binding request with what every check and every consent request carries.
    mutating func makeRequest(
        from local: SocketAddress, local ours: ICECredentials, remote theirs: ICECredentials, useCandidate: Bool
    ) -> STUNMessage {
        var request = STUNMessage(.request, transactionID: STUNTransactionID(using: &random))
        request.username = theirs.ufrag + ":" + ours.ufrag
        request.priority = base(at: local)?.peerReflexivePriority
        switch role {
        case .controlling: request.iceControlling = tieBreaker
        case .controlled: request.iceControlled = tieBreaker
        }
        request.useCandidate = useCandidate && role == .controlling
        return request
    }

    /// Sends a request and keeps it for retransmission.
    mutating func begin(
        _ request: STUNMessage, _ purpose: STUNTransaction.Purpose, password: String?, on route: Transmit,
        rto: Duration, requests: Int = 39, lastWait: Int = 4, at now: Instant
    ) {
        var datagram: [UInt8] = []
        request.write(into: &datagram, password: password)
        transactions.append(
            STUNTransaction(
                id: request.transactionID, purpose: purpose, local: route.local, remote: route.remote, role: role,
                datagram: datagram, sentAt: now,
                timer: RetransmissionTimer(rto: rto, requests: requests, lastWait: lastWait, at: now)))
        statistics.requestsSent += 1
        transmit(datagram, on: route)
    }

    /// Cancels a pair's checks: not sent again, but still good if answered (RFC 8445 §7.3.1.4).
    mutating func stopResending(_ id: PairID) {
        for index in transactions.indices {
            if case .check(id, _) = transactions[index].purpose { transactions[index].timer.stopResending() }
        }
    }

    /// Retransmits what is due and gives up what has had its time.
    mutating func fireTransactions(at now: Instant) {
        var expired: [STUNTransaction] = []
        var hopeless: PairID?
        for index in transactions.indices {
            switch transactions[index].timer.fire(at: now) {
            case .resend:
                statistics.retransmissions += 1
                let transaction = transactions[index]
                transmit(transaction.datagram, on: Transmit(local: transaction.local, remote: transaction.remote))
                if case .check(let id, nominating: true) = transaction.purpose,
                    transaction.timer.sent > ICETiming.nominationAttempts
                {
                    hopeless = id
                }
            case .giveUp:
                expired.append(transactions[index])
            case nil:
                break
            }
        }
        // The pair answered its check a moment ago: silence now means that it has died, and others are waiting.
        if let hopeless, session.pairs.contains(where: { $0.isValid && $0.id != hopeless }) {
            stopResending(hopeless)
            checkFailed(hopeless, nominating: true, at: now)
        }
        guard !expired.isEmpty else { return }
        transactions.removeAll { transaction in expired.contains { $0.id == transaction.id } }
        for transaction in expired {
            switch transaction.purpose {
            case .gathering: serverStayedSilent(transaction.remote)
            case .check(let id, let nominating): checkFailed(id, nominating: nominating, at: now)
            }
        }
    }

    /// A check was refused or never answered.
    mutating func checkFailed(_ id: PairID, nominating: Bool, at now: Instant) {
        guard let index = session.index(of: id) else { return }
        let isStillTried = transactions.contains { if case .check(id, _) = $0.purpose { true } else { false } }
        if !isStillTried, session.pairs[index].state == .inProgress { session.pairs[index].state = .failed }
        if nominating, session.nomination == .requested(id) {
            session.pairs[index].state = .failed
            session.nomination = .awaitingPair
        }
        considerNomination(at: now)
    }

    /// A peer that keeps triggering checks on one pair must not pile up transactions: the oldest goes.
    private mutating func limitTransactions(of id: PairID) {
        let own = transactions.indices.filter {
            if case .check(id, _) = transactions[$0].purpose { true } else { false }
        }
        if own.count >= ICETiming.maximumTransactionsPerPair, let oldest = own.first { transactions.remove(at: oldest) }
    }
}

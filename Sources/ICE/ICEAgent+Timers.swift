public import Base

extension ICEAgent {
    /// When `handleTimeout` is to be called at the latest; nil: only when something else happens.
    public var nextDeadline: Instant? { nextTimer?.at }

    /// Does what is due.
    public mutating func handleTimeout(at now: Instant) {
        advance(at: now)
    }

    /// Every mutation ends here, so that nothing that is due waits for a timer.
    mutating func advance(at now: Instant) {
        guard state != .closed else { return }
        fireRelays(at: now)
        fireTransactions(at: now)
        considerNomination(at: now)
        fireConsent(at: now)
        firePatience(at: now)
        pace(at: now)
        refreshBindings(at: now)
        reportGathering(at: now)
    }

    /// The next thing due, and why.
    var nextTimer: Deadline<TimerReason>? {
        guard state != .closed else { return nil }
        var timers: [Deadline<TimerReason>] = []
        if nextPacedWork != nil { timers.append(Deadline(at: nextPaceAt, reason: .pacing)) }
        if let at = transactions.lazy.map(\.timer.dueAt).min() {
            timers.append(Deadline(at: at, reason: .retransmission))
        }
        if case .comparing(let until) = session.nomination, role == .controlling {
            timers.append(Deadline(at: until, reason: .nomination))
        }
        if let end = session.patienceEndsAt, isHopeless { timers.append(Deadline(at: end, reason: .patience)) }
        if let path = selected {
            timers.append(Deadline(at: path.nextRequestAt, reason: .consentRequest))
            timers.append(Deadline(at: path.heardAt + ICETiming.consentExpiry, reason: .consentExpiry))
            if state == .connected {
                timers.append(Deadline(at: path.heardAt + ICETiming.disconnection, reason: .disconnection))
            }
        }
        if keepsBindings, let at = sockets.lazy.map(\.keepaliveAt).min(), at < .distantFuture {
            timers.append(Deadline(at: at, reason: .keepalive))
        }
        if let at = relays.lazy.compactMap(\.allocation.nextDeadline).min() {
            timers.append(Deadline(at: at, reason: .relay))
        }
        // The end of gathering waits for the last of them.
        if let at = nextSilenceAt { timers.append(Deadline(at: at, reason: .relay)) }
        return timers.min { $0.at < $1.at }
    }

    // MARK: - Silent TURN servers

    /// When the next TURN server is to be told as silent.
    var nextSilenceAt: Instant? {
        relays.lazy.filter { $0.allocation.isPending && !$0.isToldSilent }.compactMap(\.gatheringEndsAt).min()
    }

    /// Tells of a relay that did not come in the time that gathering waits for it: whom it concerns should not learn it only
    /// when the request is given up, which takes 40 s.
    mutating func tellIfSilent(_ index: Int, at now: Instant) {
        let relay = relays[index]
        guard relay.allocation.isPending, !relay.isToldSilent, let end = relay.gatheringEndsAt, end <= now else {
            return
        }
        relays[index].isToldSilent = true
        emit(.relayFailed(relay.allocation.server, .noAnswer))
    }
}

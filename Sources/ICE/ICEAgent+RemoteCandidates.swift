public import Base

extension ICEAgent {
    /// A candidate that the peer signalled, before or after its credentials, in any order.
    public mutating func addRemoteCandidate(_ candidate: ICECandidate, at now: Instant) {
        guard state != .closed else { return }
        if let ufrag = candidate.ufrag, ufrag != session.remote?.ufrag {
            // Of a session whose credentials are still to come, or long gone: the next credentials tell.
            guard heldCandidates.count < ICETiming.maximumHeldCandidates else {
                ignore(candidate, .tooMany)
                return
            }
            heldCandidates.append(candidate)
            return
        }
        take(candidate)
        advance(at: now)
    }

    /// The peer has no more candidates (RFC 8838 §14). Checks go on all the same: the peer's own may come from
    /// addresses nobody signalled (RFC 8863).
    public mutating func endOfRemoteCandidates(at now: Instant) {
        session.remoteCandidatesComplete = true
    }

    mutating func takeHeldCandidates(at now: Instant) {
        let held = heldCandidates
        heldCandidates.removeAll()
        for candidate in held {
            if candidate.ufrag == session.remote?.ufrag { take(candidate) } else { ignore(candidate, .otherSession) }
        }
    }

    mutating func take(_ candidate: ICECandidate) {
        guard candidate.component == 1 else { return ignore(candidate, .component) }
        guard candidate.transport == .udp else { return ignore(candidate, .transport) }
        guard let address = candidate.address else {
            if let reason = awaitName(candidate.host.description, of: candidate) { ignore(candidate, reason) }
            return
        }
        guard address.port != 0, address.ip.canBeCandidate else {
            return ignore(candidate, .address)
        }
        let remote = RemoteCandidate(
            address: address, kind: candidate.kind, priority: candidate.priority, foundation: candidate.foundation)
        if let index = session.remoteCandidates.firstIndex(where: { $0.address == address }) {
            // The signalled twin of one we learnt from a check gives it its true kind and priority. The pairs stay the
            // same objects, so that nomination, selection and validity are untouched (str0m #485, #908).
            let known = session.remoteCandidates[index]
            guard known.kind == .peerReflexive || remote.priority > known.priority else { return }
            session.remoteCandidates[index] = remote
            updatePairs(of: remote)
            return
        }
        let signalled = session.remoteCandidates.count { $0.kind != .peerReflexive }
        guard signalled < ICETiming.maximumSignalledCandidates else { return ignore(candidate, .tooMany) }
        session.remoteCandidates.append(remote)
        for base in bases { addPair(base, remote) }
    }

    /// The source of an authenticated check that nobody signalled (yet) (RFC 8445 §7.3.1.3).
    /// - Returns: nil when there are too many of them.
    mutating func learnRemoteCandidate(_ address: SocketAddress, priority: UInt32) -> RemoteCandidate? {
        if let known = session.remoteCandidates.first(where: { $0.address == address }) { return known }
        let learnt = session.remoteCandidates.count { $0.kind == .peerReflexive }
        guard learnt < ICETiming.maximumPeerReflexiveCandidates else {
            statistics.ignoredCandidates += 1
            return nil
        }
        let remote = RemoteCandidate(
            address: address, kind: .peerReflexive, priority: priority,
            foundation: "prflx\(session.remoteCandidates.count)")
        session.remoteCandidates.append(remote)
        return remote
    }

    mutating func ignore(_ candidate: ICECandidate, _ reason: IgnoredReason) {
        statistics.ignoredCandidates += 1
        emit(.remoteCandidateIgnored(candidate, reason))
    }
}

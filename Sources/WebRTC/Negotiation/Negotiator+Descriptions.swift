import ICE
public import SDP

extension Negotiator {
    /// Sets what `createOffer` or `createAnswer` gave last, or rolls a local offer back.
    ///
    /// - Parameter description: candidates may have been added to it meanwhile; nothing else may differ.
    public mutating func setLocalDescription(_ description: SessionDescription) throws(NegotiationError) {
        switch description.type {
        case .offer:
            try expect(.setLocalOffer)
            let draft = try takeDraft(for: description)
            for slot in draft.pending.slots { setMid(slot.mid, of: slot.transceiver) }
            phase = .haveLocalOffer(draft.pending)
        case .answer:
            try expect(.setLocalAnswer)
            let draft = try takeDraft(for: description)
            complete(local: description, remote: draft.pending.offer, pending: draft.pending, isOfferer: false)
        case .rollback:
            try expect(.rollbackLocal)
            rollBack()
        case .pranswer: throw .provisionalAnswer
        }
    }

    /// Takes the other's offer or answer, or rolls its offer back.
    public mutating func setRemoteDescription(_ description: SessionDescription) throws(NegotiationError) {
        // All or nothing: work on a copy.
        var next = self
        switch description.type {
        case .offer: try next.take(remoteOffer: description)
        case .answer: try next.take(remoteAnswer: description)
        case .rollback:
            try next.expect(.rollbackRemote)
            next.rollBack()
        case .pranswer: throw .provisionalAnswer
        }
        next.draft = nil
        self = next
    }

    private mutating func takeDraft(for description: SessionDescription) throws(NegotiationError) -> Draft {
        guard var draft, draft.description.type == description.type,
            draft.description.replacingCandidates([], complete: false)
                == description.replacingCandidates([], complete: false)
        else { throw .notCreatedHere }
        self.draft = nil
        if description.type == .offer { draft.pending.offer = description }
        return draft
    }

    private mutating func rollBack() {
        switch phase {
        case .stable: break
        case .haveLocalOffer(let pending), .haveRemoteOffer(let pending):
            transceivers.removeAll { pending.created.contains($0.id) }
        }
        for index in transceivers.indices {
            transceivers[index].mid = agreed.slots.first { $0.transceiver == transceivers[index].id }?.mid
        }
        transceivers.removeAll { $0.isStopped && $0.mid == nil }
        phase = .stable
        draft = nil
    }

    mutating func setMid(_ mid: String, of id: TransceiverID?) {
        guard let index = transceivers.firstIndex(where: { $0.id == id }) else { return }
        transceivers[index].mid = mid
    }

    /// Ends the exchange: what both descriptions say becomes the truth. Everything was checked before.
    mutating func complete(
        local: SessionDescription, remote: SessionDescription, pending: Pending, isOfferer: Bool
    ) {
        var slots = pending.slots
        var media: [NegotiatedMedia] = []
        let answer = isOfferer ? remote : local
        for index in slots.indices {
            let sections = (local.session.media[index], remote.session.media[index])
            guard let id = slots[index].transceiver, let transceiver = transceiver(id),
                !answer.session.media[index].isRejected, !sections.0.isRejected, !sections.1.isRejected
            else {
                refuse(&slots[index])
                continue
            }
            let outcome = MediaOutcome(
                local: local.session, remote: remote.session, index: index, isOfferer: isOfferer,
                codecs: configuration.codecs)
            slots[index].payloadTypes = outcome.payloadTypes
            slots[index].extensionIDs = outcome.extensionIDs
            media.append(outcome.media(of: transceiver, mid: slots[index].mid, cname: configuration.cname))
        }
        agreed = Agreement(slots: slots, transport: pending.transport, media: media, local: local, remote: remote)
        phase = .stable
        draft = nil
        for index in transceivers.indices {
            transceivers[index].currentDirection =
                media.first { $0.transceiver == transceivers[index].id }?.direction
        }
    }

    private mutating func refuse(_ slot: inout MediaSlot) {
        transceivers.removeAll { $0.id == slot.transceiver }
        slot.transceiver = nil
        slot.isRejected = true
        slot.payloadTypes = [:]
        slot.extensionIDs = [:]
    }
}

extension SessionDescription {
    /// With these candidates in the first section in use, which carries the transport of all (RFC 9143 §8), and none
    /// elsewhere.
    func replacingCandidates(_ candidates: [String], complete: Bool) -> SessionDescription {
        var copy = self
        let carrier = session.media.firstIndex { !$0.isRejected }
        for index in copy.session.media.indices {
            copy.session.media[index].attributes.elements.removeAll { attribute in
                switch attribute {
                case .candidate, .endOfCandidates: true
                default: false
                }
            }
            guard index == carrier else { continue }
            for text in candidates {
                copy.session.media[index].attributes.append(.candidate(String(ICECandidate.withoutPrefix(text))))
            }
            if complete { copy.session.media[index].attributes.append(.endOfCandidates) }
        }
        return copy
    }
}

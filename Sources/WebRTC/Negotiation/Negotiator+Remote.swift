import DTLS
import ICE
import RTP
import SDP

extension Negotiator {
    mutating func take(remoteOffer description: SessionDescription) throws(NegotiationError) {
        try expect(.setRemoteOffer)
        let session = description.session
        let limit = configuration.maximumMediaSections
        guard session.media.count <= limit else {
            throw .tooManyMediaSections(count: session.media.count, limit: limit)
        }
        guard session.media.count >= agreed.slots.count else {
            throw .mediaSectionsRemoved(count: session.media.count, before: agreed.slots.count)
        }
        try session.checkIdentifiers()

        var slots = try slots(for: session)
        let usable = acceptable(slots, in: session)
        var created: [TransceiverID] = []
        for index in slots.indices {
            guard usable.contains(index), let kind = MediaKind(slots[index].type) else {
                slots[index].isRejected = true
                continue
            }
            if slots[index].transceiver == nil {
                let direction = session.direction(of: session.media[index]).reversed
                let taken = slots.compactMap(\.transceiver)
                if let waiting = transceivers.first(where: { $0.joins(direction, as: kind, besides: taken) }) {
                    slots[index].transceiver = waiting.id
                } else {
                    let id = addTransceiver(kind, direction: .recvonly)
                    created.append(id)
                    slots[index].transceiver = id
                }
            }
            setMid(slots[index].mid, of: slots[index].transceiver)
        }

        let transport = try transport(answering: session, carrier: carrier(of: session, usable: usable, slots: slots))
        phase = .haveRemoteOffer(Pending(offer: description, slots: slots, transport: transport, created: created))
    }

    mutating func take(remoteAnswer description: SessionDescription) throws(NegotiationError) {
        try expect(.setRemoteAnswer)
        guard case .haveLocalOffer(var pending) = phase else { return }
        let session = description.session
        guard session.media.count == pending.slots.count else {
            throw .mediaSectionsDiffer(offered: pending.slots.count, answered: session.media.count)
        }
        try session.checkIdentifiers()
        var usable: Set<Int> = []
        for (index, section) in session.media.enumerated() {
            let slot = pending.slots[index]
            try check(section, at: index, against: slot)
            guard !slot.isRejected, !section.isRejected, let kind = MediaKind(slot.type) else { continue }
            guard section.attributes.hasRTCPMux else { throw .rtcpMuxRefused(mid: slot.mid) }
            let isSpoken = section.rtpFormats.contains { configuration.codecs.row(of: kind, matching: $0) != nil }
            guard isSpoken else { throw .noCommonCodec(mid: slot.mid) }
            usable.insert(index)
        }
        let mids = usable.sorted().map { pending.slots[$0].mid }
        let bundle = session.bundle(containing: mids)?.mids ?? Array(mids.prefix(1))
        if let outside = mids.first(where: { !bundle.contains($0) }) { throw .bundleRefused(mid: outside) }
        let carrier = carrier(of: session, usable: usable, slots: pending.slots)
        pending.transport = try transport(pending.transport, answeredBy: session, carrier: carrier)
        complete(local: pending.offer, remote: description, pending: pending, isOfferer: true)
    }

    // MARK: - Sections

    private mutating func slots(for session: Session) throws(NegotiationError) -> [MediaSlot] {
        let named = session.media.compactMap(\.attributes.mid)
        var slots: [MediaSlot] = []
        for (index, section) in session.media.enumerated() {
            if index < agreed.slots.count, !agreed.slots[index].isRejected {
                try check(section, at: index, against: agreed.slots[index])
                slots.append(agreed.slots[index])
            } else if let mid = section.attributes.mid {
                slots.append(MediaSlot(mid: mid, type: section.type))
            } else {
                let taken = named + slots.map(\.mid)
                slots.append(MediaSlot(mid: newMid(besides: taken), showsMid: false, type: section.type))
            }
            slots[index].transport = section.transport
            if !section.isRTP { slots[index].formats = section.formats }
        }
        return slots
    }

    private func check(
        _ section: MediaSection, at index: Int, against slot: MediaSlot
    ) throws(NegotiationError) {
        guard section.type == slot.type else {
            throw .mediaTypeChanged(index: index, expected: slot.type, came: section.type)
        }
        if let mid = section.attributes.mid, mid != slot.mid {
            throw .midChanged(index: index, expected: slot.mid, came: mid)
        }
    }

    /// The sections that we can take: those we speak, within one BUNDLE group.
    private func acceptable(_ slots: [MediaSlot], in session: Session) -> Set<Int> {
        let spoken = session.media.indices.filter { index in
            let section = session.media[index]
            guard let kind = MediaKind(section.type), !section.isRejected, section.attributes.hasRTCPMux else {
                return false
            }
            return section.transport.contains("RTP/SAVP")
                && section.rtpFormats.contains { configuration.codecs.row(of: kind, matching: $0) != nil }
        }
        guard let bundle = session.bundle(containing: spoken.map { slots[$0].mid }) else {
            // Without BUNDLE every section would have a transport of its own, and we have one.
            return Set(spoken.prefix(1))
        }
        return Set(spoken.filter { bundle.mids.contains(slots[$0].mid) })
    }

    /// The section whose transport is that of the group (RFC 9143 §7.3.1): the first of the group in use.
    private func carrier(of session: Session, usable: Set<Int>, slots: [MediaSlot]) -> Int? {
        let mids = usable.sorted().map { slots[$0].mid }
        let first = session.bundle(containing: mids)?.mids.first { mids.contains($0) }
        return usable.sorted().first { first == nil || slots[$0].mid == first }
    }

    // MARK: - Transport

    private mutating func transport(
        answering session: Session, carrier: Int?
    ) throws(NegotiationError) -> TransportParameters {
        guard let carrier else {
            // Nothing that could carry a transport: as before, or ours alone.
            if var transport = agreed.transport {
                transport.isICERestart = false
                return transport
            }
            return TransportParameters(
                local: firstCredentials(), remote: nil, dtlsRole: nil, iceRole: .controlled, generation: 0,
                isICERestart: false)
        }
        let remote = try remote(in: session, carrier: carrier)
        let mid = session.media[carrier].attributes.mid ?? "\(carrier)"
        guard let setup = session.transportValue(at: carrier, { session.setup(of: $0) }) else {
            throw .missingSetup(mid: mid)
        }
        guard var transport = agreed.transport, let before = transport.remote else {
            let role: Endpoint.Role =
                switch setup {
                case .actpass, .passive: .client
                case .active: .server
                case .holdconn: throw .unusableSetup(setup, in: .offer)
                }
            return TransportParameters(
                local: agreed.transport?.local ?? firstCredentials(), remote: remote, dtlsRole: role,
                iceRole: remote.isLite ? .controlling : .controlled,
                generation: 0, isICERestart: false)
        }
        switch (setup, transport.dtlsRole) {
        case (.actpass, _), (.active, .server), (.passive, .client): break
        default: throw .associationChanged
        }
        guard !Set(before.fingerprints).isDisjoint(with: remote.fingerprints) else { throw .associationChanged }
        transport.isICERestart = before.credentials != remote.credentials
        if transport.isICERestart {
            transport.local = newCredentials()
            transport.generation += 1
        }
        transport.remote = remote
        return transport
    }

    private func transport(
        _ offered: TransportParameters, answeredBy session: Session, carrier: Int?
    ) throws(NegotiationError) -> TransportParameters {
        var transport = offered
        guard let carrier else {
            // Everything was refused. ICE that was to restart stays as it was.
            return agreed.transport ?? offered
        }
        let remote = try remote(in: session, carrier: carrier)
        let mid = session.media[carrier].attributes.mid ?? "\(carrier)"
        guard let setup = session.transportValue(at: carrier, { session.setup(of: $0) }) else {
            throw .missingSetup(mid: mid)
        }
        let role: Endpoint.Role =
            switch setup {
            case .active: .server
            case .passive: .client
            case .actpass, .holdconn: throw .unusableSetup(setup, in: .answer)
            }
        if let before = agreed.transport?.remote {
            guard transport.dtlsRole == role,
                !Set(before.fingerprints).isDisjoint(with: remote.fingerprints)
            else { throw .associationChanged }
            guard (before.credentials != remote.credentials) == transport.isICERestart else {
                throw .unexpectedCredentials
            }
        }
        transport.dtlsRole = role
        // RFC 8445 §6.1.1: against a lite agent we control, whoever offered.
        if remote.isLite { transport.iceRole = .controlling }
        transport.remote = remote
        return transport
    }

    private func remote(in session: Session, carrier: Int) throws(NegotiationError) -> TransportParameters.Remote {
        let section = session.media[carrier]
        let mid = section.attributes.mid ?? "\(carrier)"
        guard let ufrag = session.transportValue(at: carrier, { session.iceUfrag(of: $0) }),
            let password = session.transportValue(at: carrier, { session.icePwd(of: $0) }),
            let credentials = try? ICECredentials(ufrag: ufrag, password: password)
        else { throw .missingICECredentials(mid: mid) }
        let stated = session.transportValue(at: carrier) { section in
            let fingerprints = session.fingerprints(of: section)
            return fingerprints.isEmpty ? nil : fingerprints
        }
        let fingerprints = (stated ?? []).compactMap { attribute in
            Fingerprint.Algorithm(rawValue: attribute.algorithm).map { algorithm in
                Fingerprint(algorithm: algorithm, bytes: attribute.bytes)
            }
        }
        guard !fingerprints.isEmpty else { throw .missingFingerprint(mid: mid) }
        // The candidates stand in the section that the group's tag names, whether that is taken or not; they are of this
        // transport when it has the same credentials.
        var sources = [section]
        if let tagged = session.taggedSection(of: carrier), tagged != carrier,
            session.iceUfrag(of: session.media[tagged]) == ufrag
        {
            sources.insert(session.media[tagged], at: 0)
        }
        return TransportParameters.Remote(
            credentials: credentials, fingerprints: fingerprints, isLite: session.attributes.isICELite,
            trickles: sources.contains { session.iceOptions(of: $0).contains("trickle") },
            candidates: sources.flatMap(\.attributes.candidates).map { "candidate:\($0)" },
            hasEndOfCandidates: session.attributes.hasEndOfCandidates
                || sources.contains { $0.attributes.hasEndOfCandidates })
    }
}

extension Transceiver {
    /// Whether a new section of a remote offer, with this direction seen from here, may take it.
    fileprivate func joins(_ direction: MediaDirection, as kind: MediaKind, besides taken: [TransceiverID]) -> Bool {
        self.kind == kind && joinsRemoteOffers && !isStopped && mid == nil && !taken.contains(id)
            && self.direction.intersection(direction) != .inactive
    }
}

extension Session {
    /// The BUNDLE group that has one of `mids`, the first if there are several.
    func bundle(containing mids: [String]) -> Group? {
        bundleGroups.first { group in group.mids.contains { mids.contains($0) } }
    }

    /// The section that the tag of this section's BUNDLE group names, which speaks for the transport of the whole group
    /// (RFC 9143 §7.1.3); nil without a group.
    fileprivate func taggedSection(of index: Int) -> Int? {
        guard let mid = media[index].attributes.mid, let tag = bundle(containing: [mid])?.mids.first else { return nil }
        return media.firstIndex { $0.attributes.mid == tag }
    }

    /// Something about the transport of a section: its own, else that of its group's tag.
    fileprivate func transportValue<Value>(at index: Int, _ value: (MediaSection) -> Value?) -> Value? {
        value(media[index]) ?? taggedSection(of: index).flatMap { value(media[$0]) }
    }

    /// What holds for offers and answers: mids name one section, extension ids one extension in the whole group.
    fileprivate func checkIdentifiers() throws(NegotiationError) {
        var mids: Set<String> = []
        var extensions: [UInt16: String] = [:]
        for section in media {
            if let mid = section.attributes.mid, !mids.insert(mid).inserted { throw .duplicateMid(mid) }
            guard !section.isRejected else { continue }
            for map in extensionMaps(of: section) where map.id < 256 {
                if let uri = extensions.updateValue(map.uri, forKey: map.id), uri != map.uri {
                    throw .duplicateExtensionID(map.id)
                }
            }
        }
    }
}

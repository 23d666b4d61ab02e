import ICE
import RTP
public import SDP

extension Negotiator {
    /// Makes an offer for all transceivers (RFC 9429 §5.2): known sections in their places, stopped ones refused, new
    /// ones in refused places of their kind or at the end.
    ///
    /// - Parameters:
    ///   - restartICE: with new credentials, and so from scratch (RFC 8839 §4.4.1.1.1).
    ///   - candidates: `candidate:…` lines known by now, for peers that do not trickle.
    ///   - complete: whether these are all.
    public mutating func createOffer(
        restartICE: Bool = false, candidates: [String] = [], complete: Bool = false
    ) throws(NegotiationError) -> SessionDescription {
        try expect(.createOffer)
        let slots = try slotsToOffer()
        var transport = transportToOffer(restartICE: restartICE)
        transport.isICERestart = restartICE && agreed.transport != nil
        let sections = try sections(offering: slots, transport: transport)
        let composer = MediaSectionComposer(configuration: configuration, credentials: transport.local, setup: .actpass)
        let description = SessionDescription(
            type: .offer,
            session: composer.session(
                origin: nextOrigin(), bundle: slots.filter { !$0.isRejected }.map(\.mid), allowsMixed: true,
                media: sections)
        ).replacingCandidates(candidates, complete: complete)
        draft = Draft(
            description: description, pending: Pending(offer: description, slots: slots, transport: transport))
        return description
    }

    private mutating func slotsToOffer() throws(NegotiationError) -> [MediaSlot] {
        var slots = agreed.slots
        for index in slots.indices where !slots[index].isRejected {
            let isLive = slots[index].transceiver.flatMap { transceiver($0) }?.isStopped == false
            // The transceiver stays with the slot until the answer has come, for a rollback to find it.
            if !isLive { slots[index].isRejected = true }
        }
        for transceiver in transceivers where !transceiver.isStopped {
            guard !slots.contains(where: { $0.transceiver == transceiver.id }) else { continue }
            let slot = MediaSlot(
                mid: newMid(besides: slots.map(\.mid)), type: transceiver.kind.mediaType, transceiver: transceiver.id)
            // RFC 9429 allows another kind in a refused place; Janus does not expect that.
            let free = agreed.slots.indices.first { index in
                agreed.slots[index].isRejected && slots[index].isRejected && slots[index].type == slot.type
            }
            if let free {
                slots[free] = slot
            } else {
                slots.append(slot)
            }
        }
        guard !slots.isEmpty else { throw .nothingToOffer }
        guard slots.count <= configuration.maximumMediaSections else {
            throw .tooManyMediaSections(count: slots.count, limit: configuration.maximumMediaSections)
        }
        return slots
    }

    private mutating func transportToOffer(restartICE: Bool) -> TransportParameters {
        guard var transport = agreed.transport else {
            return TransportParameters(
                local: firstCredentials(), remote: nil, dtlsRole: nil, iceRole: .controlling, generation: 0,
                isICERestart: false)
        }
        if restartICE {
            transport.local = newCredentials()
            transport.remote = nil
            transport.generation += 1
        }
        return transport
    }

    private func sections(
        offering slots: [MediaSlot], transport: TransportParameters
    ) throws(NegotiationError) -> [MediaSection] {
        let composer = MediaSectionComposer(configuration: configuration, credentials: transport.local, setup: .actpass)
        var payloadTypes = IdentifierAllocator.payloadTypes
        var extensionIDs = IdentifierAllocator.extensionIDs
        for slot in agreed.slots {
            for (number, name) in slot.payloadTypes { payloadTypes.note(number, means: name) }
            for (number, uri) in slot.extensionIDs { extensionIDs.note(number, means: uri) }
        }
        var sections: [MediaSection] = []
        for slot in slots {
            guard !slot.isRejected, let transceiver = slot.transceiver.flatMap({ transceiver($0) }) else {
                sections.append(composer.rejected(slot, formats: slot.formats))
                continue
            }
            var formats: [MediaSectionComposer.Format] = []
            for row in configuration.codecs.rows(of: transceiver.kind) {
                formats.append(try offered(row, in: slot, from: &payloadTypes))
            }
            var maps: [ExtensionMap] = []
            for known in HeaderExtension.allCases where known.serves(transceiver.kind) {
                guard let id = extensionIDs.claim(known.uri, preferred: known.preferredID) else {
                    throw .identifiersExhausted
                }
                maps.append(ExtensionMap(id: UInt16(id), uri: known.uri))
            }
            sections.append(
                composer.section(
                    slot: slot, transceiver: transceiver, direction: transceiver.direction, formats: formats,
                    extensions: maps, reducedSize: true))
        }
        return sections
    }

    private func offered(
        _ row: CodecTable.Row, in slot: MediaSlot, from types: inout IdentifierAllocator
    ) throws(NegotiationError) -> MediaSectionComposer.Format {
        /// What the section agreed on stays its own; what is new comes from what the connection has.
        func number(of name: String, preferred: UInt8) -> UInt8? {
            slot.payloadTypes.filter { $0.value == name }.keys.min() ?? types.claim(name, preferred: preferred)
        }
        guard let type = number(of: row.encoding, preferred: row.payloadType) else { throw .identifiersExhausted }
        let retransmission = row.retransmissionPayloadType.flatMap { number(of: row.encoding + "/rtx", preferred: $0) }
        return MediaSectionComposer.Format(
            row: row, payloadType: type, retransmission: retransmission, feedback: row.feedback)
    }
}

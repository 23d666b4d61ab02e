import RTP

/// Finds the media section an RTP packet belongs to (RFC 9143 §9.2): by the mid extension, else by an SSRC
/// that is known, else by a payload type that only one section has. What is found is remembered.
struct Demultiplexer: Sendable {
    struct Route: Hashable, Sendable {
        var transceiver: TransceiverID
        var kind: MediaKind
    }

    /// SSRCs learnt at most: a peer must not make us remember without end.
    private static let limit = 512

    private var routes: [SSRC: Route] = [:]
    private var byMid: [MID: Route] = [:]
    private var byPayloadType: [PayloadType: Route] = [:]
    /// The sections of a BUNDLE group share the ids of extensions.
    private(set) var extensions = RTPExtensionMap()
    private(set) var unroutable: UInt64 = 0

    /// Follows a completed negotiation. Routes learnt from packets stay while their section does.
    mutating func configure(_ media: [NegotiatedMedia]) {
        byMid = [:]
        byPayloadType = [:]
        extensions = RTPExtensionMap()
        var ambiguous: Set<PayloadType> = []
        var announced: [SSRC: Route] = [:]
        var present: Set<TransceiverID> = []
        for section in media {
            guard let receive = section.receive else { continue }
            let route = Route(transceiver: section.transceiver, kind: section.kind)
            present.insert(section.transceiver)
            if let mid = MID(section.mid) { byMid[mid] = route }
            extensions.merge(receive.extensions)
            for payloadType in receive.formats.keys {
                if byPayloadType.updateValue(route, forKey: payloadType) != nil { ambiguous.insert(payloadType) }
            }
            for source in receive.sources {
                announced[source.ssrc] = route
                if let repair = source.retransmissionSSRC { announced[repair] = route }
            }
        }
        for payloadType in ambiguous { byPayloadType[payloadType] = nil }
        routes = routes.filter { present.contains($0.value.transceiver) }
        routes.merge(announced) { _, new in new }
    }

    mutating func route(_ packet: borrowing RTPPacketView, _ values: RTPExtensionValues) -> Route? {
        let ssrc = packet.header.ssrc
        if let mid = values.mid, let route = byMid[mid] {
            if routes[ssrc] != route { learn(ssrc, route) }
            return route
        }
        if let known = routes[ssrc] { return known }
        // A mid that is not (yet) negotiated: the payload type would guess wrong (RFC 9143 §9.2).
        guard values.mid == nil, let route = byPayloadType[packet.header.payloadType] else {
            unroutable += 1
            return nil
        }
        learn(ssrc, route)
        return route
    }

    private mutating func learn(_ ssrc: SSRC, _ route: Route) {
        guard routes.count < Self.limit || routes[ssrc] != nil else {
            unroutable += 1
            return
        }
        routes[ssrc] = route
    }
}

extension RTPExtensionMap {
    /// Takes over the ids that `other` has.
    mutating func merge(_ other: RTPExtensionMap) {
        mid = other.mid ?? mid
        audioLevel = other.audioLevel ?? audioLevel
        transportSequenceNumber = other.transportSequenceNumber ?? transportSequenceNumber
        absoluteSendTime = other.absoluteSendTime ?? absoluteSendTime
    }
}

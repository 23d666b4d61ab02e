import RTP
import SDP

/// What the local and the remote description of one section amount to together.
struct MediaOutcome {
    private let index: Int
    private let local: MediaSection
    private let remote: MediaSection
    private let direction: MediaDirection
    private let remoteSends: Bool
    /// Formats that both have, in the order of the answer.
    private let pairs: [Pair]
    private let localExtensions: [ExtensionMap]
    private let remoteExtensions: [ExtensionMap]

    private struct Pair {
        var row: CodecTable.Row
        var local: RTPFormat
        var remote: RTPFormat
        var feedback: FeedbackKinds
    }

    init(local: Session, remote: Session, index: Int, isOfferer: Bool, codecs: CodecTable) {
        self.index = index
        self.local = local.media[index]
        self.remote = remote.media[index]
        let remoteDirection = remote.direction(of: self.remote)
        remoteSends = remoteDirection.sends
        direction = local.direction(of: self.local).intersection(remoteDirection.reversed)
        localExtensions = local.extensionMaps(of: self.local)
        remoteExtensions = remote.extensionMaps(of: self.remote)
        let hasSequenceNumbers =
            [localExtensions, remoteExtensions].allSatisfy { maps in
                maps.contains { $0.uri == HeaderExtension.transportSequenceNumber.uri }
            }

        let kind = MediaKind(self.local.type)
        let ours = self.local.rtpFormats
        let theirs = self.remote.rtpFormats
        var pairs: [Pair] = []
        for format in isOfferer ? theirs : ours {
            guard let kind, let row = codecs.row(of: kind, matching: format),
                !pairs.contains(where: { $0.row.codec == row.codec }),
                let own = ours.first(where: { codecs.row(of: kind, matching: $0)?.codec == row.codec }),
                let other = theirs.first(where: { codecs.row(of: kind, matching: $0)?.codec == row.codec })
            else { continue }
            let theirFeedback = FeedbackKinds(names: other.feedback).union(row.assumedFeedback)
            var feedback = FeedbackKinds(names: own.feedback).intersection(theirFeedback)
            // Reports about packets that carry no numbers cannot be made.
            if !hasSequenceNumbers { feedback.remove(.transportWide) }
            pairs.append(Pair(row: row, local: own, remote: other, feedback: feedback))
        }
        self.pairs = pairs
    }

    /// What the payload types of both descriptions mean, those that we do not speak included.
    var payloadTypes: [UInt8: String] {
        var names: [UInt8: String] = [:]
        for section in [remote, local] {
            for format in section.rtpFormats {
                let name =
                    pairs.first { [$0.local, $0.remote].contains(format) }?.row.encoding ?? format.map.description
                names[format.payloadType] = name
                if let retransmission = format.retransmission { names[retransmission] = name + "/rtx" }
            }
        }
        return names
    }

    /// What the extension ids of both descriptions mean, those that we do not speak included.
    var extensionIDs: [UInt8: String] {
        var uris: [UInt8: String] = [:]
        for map in remoteExtensions + localExtensions {
            if let id = UInt8(exactly: map.id) { uris[id] = map.uri }
        }
        return uris
    }

    func media(of transceiver: Transceiver, mid: String, cname: String) -> NegotiatedMedia {
        let identifier = remoteIdentifier
        return NegotiatedMedia(
            transceiver: transceiver.id, index: index, mid: mid, kind: transceiver.kind, direction: direction,
            localSSRC: transceiver.ssrc, send: send(as: transceiver, mid: mid, cname: cname),
            receive: receive(mid: mid),
            remoteStreamID: remoteSends && identifier?.stream != "-" ? identifier?.stream : nil,
            remoteTrackID: remoteSends ? identifier?.track : nil,
            allowsReducedSizeRTCP: local.attributes.hasRTCPReducedSize && remote.attributes.hasRTCPReducedSize)
    }

    private func send(as transceiver: Transceiver, mid: String, cname: String) -> NegotiatedMedia.Send? {
        guard direction.sends, let pair = pairs.first,
            let payloadType = PayloadType(rawValue: pair.remote.payloadType)
        else { return nil }
        let retransmission = pair.local.retransmission == nil ? nil : pair.remote.retransmission
        return NegotiatedMedia.Send(
            codec: pair.row.codec, payloadType: payloadType,
            retransmissionPayloadType: retransmission.flatMap { PayloadType(rawValue: $0) },
            clockRate: pair.row.clockRate, parameters: pair.remote.parameters, feedback: pair.feedback,
            ssrc: transceiver.ssrc, retransmissionSSRC: retransmission == nil ? nil : transceiver.retransmissionSSRC,
            cname: cname, extensions: extensions(mid: mid, outward: true))
    }

    private func receive(mid: String) -> NegotiatedMedia.Receive? {
        guard direction.receives else { return nil }
        var formats: [PayloadType: NegotiatedMedia.Format] = [:]
        for pair in pairs {
            guard let payloadType = PayloadType(rawValue: pair.local.payloadType) else { continue }
            let partner = pair.remote.retransmission == nil ? nil : pair.local.retransmission
            let retransmission = partner.flatMap { PayloadType(rawValue: $0) }
            formats[payloadType] = .media(
                pair.row.codec, clockRate: pair.row.clockRate, retransmission: retransmission, feedback: pair.feedback)
            if let retransmission { formats[retransmission] = .retransmission(of: payloadType) }
        }
        return NegotiatedMedia.Receive(
            formats: formats, sources: sources, extensions: extensions(mid: mid, outward: false))
    }

    private func extensions(mid: String, outward: Bool) -> RTPExtensionMap {
        var map = RTPExtensionMap()
        for own in localExtensions {
            guard let known = HeaderExtension(uri: own.uri), let id = UInt8(exactly: own.id),
                let other = remoteExtensions.first(where: { $0.uri == own.uri && $0.id == own.id })
            else { continue }
            let flow = (own.direction ?? .sendrecv).intersection((other.direction ?? .sendrecv).reversed)
            guard outward ? flow.sends : flow.receives else { continue }
            // A longer tag fits no extension element, so it is never sent.
            if known == .mid, MID(mid) == nil { continue }
            known.set(id, in: &map)
        }
        return map
    }

    /// `a=msid`, or the older form with the sources.
    private var remoteIdentifier: StreamIdentifier? {
        if let identifier = remote.attributes.streamIdentifier { return identifier }
        guard let text = remote.attributes.sources.first(where: { $0.name == "msid" })?.value else { return nil }
        let fields = text.split(separator: " ")
        return fields.first.map {
            StreamIdentifier(stream: String($0), track: fields.dropFirst().first.map(String.init))
        }
    }

    private var sources: [NegotiatedMedia.Source] {
        var partners: [UInt32: UInt32] = [:]
        var order: [UInt32] = []
        for group in remote.attributes.sourceGroups where group.semantics == "FID" && group.ssrcs.count == 2 {
            partners[group.ssrcs[0]] = group.ssrcs[1]
            order.append(group.ssrcs[0])
        }
        let attributes = remote.attributes.sources
        order += attributes.map(\.ssrc)
        let repairs = Set(partners.values)
        var seen: Set<UInt32> = []
        return order.filter { !repairs.contains($0) && seen.insert($0).inserted }.map { ssrc in
            NegotiatedMedia.Source(
                ssrc: SSRC(ssrc), retransmissionSSRC: partners[ssrc].map { SSRC($0) },
                cname: attributes.first { $0.ssrc == ssrc && $0.name == "cname" }?.value)
        }
    }
}

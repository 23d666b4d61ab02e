import DTLS
import ICE
import RTP
import SDP

/// Writes media sections. Every section repeats the attributes of the transport, as Chrome does: peers differ in which
/// of the bundled ones they read.
struct MediaSectionComposer {
    struct Format {
        var row: CodecTable.Row
        var payloadType: UInt8
        var retransmission: UInt8?
        var feedback: FeedbackKinds
    }

    let configuration: Negotiator.Configuration
    let credentials: ICECredentials
    let setup: Setup

    func session(origin: Origin, bundle: [String], allowsMixed: Bool, media: [MediaSection]) -> Session {
        var attributes: [Attribute] = []
        if !bundle.isEmpty { attributes.append(.group(Group("BUNDLE", bundle))) }
        if allowsMixed { attributes.append(.extensionMapAllowMixed) }
        // aiortc gives tracks their ids only with it.
        attributes.append(.other(name: "msid-semantic", value: " WMS *"))
        return Session(origin: origin, attributes: attributes, media: media)
    }

    /// A section that is refused (RFC 3264 §6).
    func rejected(_ slot: MediaSlot, formats: [String]) -> MediaSection {
        var attributes: [Attribute] = []
        if slot.showsMid { attributes.append(.mid(slot.mid)) }
        attributes.append(.direction(.inactive))
        return MediaSection(
            type: slot.type, port: 0, transport: slot.transport, formats: formats, connection: Connection(),
            attributes: attributes)
    }

    /// A section that is in use (RFC 9429 §5.2.1, §5.3.1).
    func section(
        slot: MediaSlot, transceiver: Transceiver, direction: MediaDirection, formats: [Format],
        extensions: [ExtensionMap],
        reducedSize: Bool
    ) -> MediaSection {
        var attributes: [Attribute] = [
            .other(name: "rtcp", value: "9 IN IP4 0.0.0.0"),
            .iceUfrag(credentials.ufrag),
            .icePwd(credentials.password),
            .iceOptions(["trickle"]),
            .fingerprint(
                FingerprintAttribute(
                    algorithm: configuration.fingerprint.algorithm.rawValue, bytes: configuration.fingerprint.bytes)),
            .setup(setup),
        ]
        if slot.showsMid { attributes.append(.mid(slot.mid)) }
        attributes += extensions.map { .extensionMap($0) }
        attributes.append(.direction(direction))
        let identifier = StreamIdentifier(stream: transceiver.streamID, track: transceiver.trackID)
        if direction.sends { attributes.append(.streamIdentifier(identifier)) }
        attributes.append(.rtcpMux)
        if reducedSize { attributes.append(.rtcpReducedSize) }
        for format in formats { attributes += lines(of: format) }
        if direction.sends {
            attributes += sources(
                of: transceiver, identifier: identifier, repairs: formats.first?.retransmission != nil)
        }
        return MediaSection(
            type: slot.type, transport: slot.transport,
            formats: formats.flatMap { [$0.payloadType, $0.retransmission].compactMap(\.self) }.map { "\($0)" },
            connection: Connection(), attributes: attributes)
    }

    private func lines(of format: Format) -> [Attribute] {
        let row = format.row
        var lines: [Attribute] = [
            .rtpMap(
                RTPMap(
                    payloadType: format.payloadType, encoding: row.encoding, clockRate: row.clockRate,
                    channels: row.channels))
        ]
        lines += format.feedback.names.map {
            .rtcpFeedback(RTCPFeedback(payloadType: format.payloadType, name: $0))
        }
        if !row.parameters.isEmpty {
            lines.append(.formatParameters(FormatParameters(format: "\(format.payloadType)", text: row.parameters)))
        }
        if let retransmission = format.retransmission {
            lines.append(.rtpMap(RTPMap(payloadType: retransmission, encoding: "rtx", clockRate: row.clockRate)))
            lines.append(
                .formatParameters(FormatParameters(format: "\(retransmission)", text: "apt=\(format.payloadType)")))
        }
        return lines
    }

    private func sources(
        of transceiver: Transceiver, identifier: StreamIdentifier, repairs: Bool
    ) -> [Attribute] {
        let own = transceiver.ssrc.rawValue
        let repair = transceiver.retransmissionSSRC.rawValue
        var lines: [Attribute] = repairs ? [.sourceGroup(SourceGroup("FID", [own, repair]))] : []
        for ssrc in repairs ? [own, repair] : [own] {
            lines.append(.source(SourceAttribute(ssrc: ssrc, name: "cname", value: configuration.cname)))
            lines.append(.source(SourceAttribute(ssrc: ssrc, name: "msid", value: identifier.description)))
        }
        return lines
    }
}

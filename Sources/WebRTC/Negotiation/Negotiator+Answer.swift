import DTLS
import ICE
import RTP
public import SDP

extension Negotiator {
    /// Answers the remote offer that is set (RFC 9429 §5.3): its sections in its order, with its payload types and
    /// extension ids; what we do not speak is refused.
    ///
    /// - Parameters:
    ///   - candidates: `candidate:…` lines known by now, for peers that do not trickle.
    ///   - complete: whether these are all.
    public mutating func createAnswer(
        candidates: [String] = [], complete: Bool = false
    ) throws(NegotiationError) -> SessionDescription {
        guard case .haveRemoteOffer(var pending) = phase else {
            throw .wrongState(operation: .createAnswer, state: signalingState)
        }
        let offer = pending.offer.session
        let composer = MediaSectionComposer(
            configuration: configuration, credentials: pending.transport.local,
            setup: pending.transport.dtlsRole == .server ? .passive : .active)
        var sections: [MediaSection] = []
        for (index, offered) in offer.media.enumerated() {
            let slot = pending.slots[index]
            guard !slot.isRejected, let transceiver = slot.transceiver.flatMap({ transceiver($0) }),
                !transceiver.isStopped
            else {
                pending.slots[index].isRejected = true
                sections.append(composer.rejected(slot, formats: offered.formats))
                continue
            }
            let extensions = extensions(answering: offered, of: offer, kind: transceiver.kind)
            let isNumbered = extensions.contains { $0.uri == HeaderExtension.transportSequenceNumber.uri }
            sections.append(
                composer.section(
                    slot: slot, transceiver: transceiver,
                    direction: transceiver.direction.intersection(offer.direction(of: offered).reversed),
                    formats: formats(answering: offered, kind: transceiver.kind, isNumbered: isNumbered),
                    extensions: extensions, reducedSize: offered.attributes.hasRTCPReducedSize))
        }
        let accepted = pending.slots.filter { !$0.isRejected }.map(\.mid)
        let bundle = offer.bundle(containing: accepted)?.mids.filter { accepted.contains($0) } ?? []
        let description = SessionDescription(
            type: .answer,
            session: composer.session(
                origin: nextOrigin(), bundle: bundle, allowsMixed: offer.attributes.allowsMixedExtensionMaps,
                media: sections)
        ).replacingCandidates(candidates, complete: complete)
        draft = Draft(description: description, pending: pending)
        return description
    }

    /// The offer's formats that we speak, in our order, which is the reason that RFC 3264 §6.1 asks for: what is
    /// preferred here is what both send.
    ///
    /// - Parameter isNumbered: whether packets carry the numbers that transport-wide reports are about; Janus offers
    ///   the reports without them.
    private func formats(
        answering offered: MediaSection, kind: MediaKind, isNumbered: Bool
    ) -> [MediaSectionComposer.Format] {
        let feedback = isNumbered ? FeedbackKinds.all : FeedbackKinds.all.subtracting(.transportWide)
        var formats: [MediaSectionComposer.Format] = []
        for format in offered.rtpFormats {
            guard let row = configuration.codecs.row(of: kind, matching: format),
                !formats.contains(where: { $0.row.codec == row.codec })
            else { continue }
            formats.append(
                MediaSectionComposer.Format(
                    row: row, payloadType: format.payloadType,
                    retransmission: row.retransmissionPayloadType == nil ? nil : format.retransmission,
                    feedback: row.feedback.intersection(feedback).intersection(
                        FeedbackKinds(names: format.feedback).union(row.assumedFeedback))))
        }
        let preference = configuration.codecs.rows.map(\.codec)
        return preference.compactMap { codec in formats.first { $0.row.codec == codec } }
    }

    /// The offer's extensions that we speak, each the other way round (RFC 8285 §6).
    private func extensions(answering offered: MediaSection, of offer: Session, kind: MediaKind) -> [ExtensionMap] {
        var maps: [ExtensionMap] = []
        for map in offer.extensionMaps(of: offered) {
            guard let known = HeaderExtension(uri: map.uri), known.serves(kind), map.id < 256,
                !maps.contains(where: { $0.uri == map.uri || $0.id == map.id })
            else { continue }
            maps.append(ExtensionMap(id: map.id, direction: map.direction?.reversed, uri: map.uri))
        }
        return maps
    }
}

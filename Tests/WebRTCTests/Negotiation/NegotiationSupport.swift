import Base
import DTLS
import ICE
import RTP
import SDP
import Testing

@testable import WebRTC

/// A negotiator whose randomness and certificate follow from `seed`.
func makeNegotiator(
    seed: UInt64 = 1, codecs: CodecTable = .standard, maximumMediaSections: Int = 256
) -> Negotiator {
    var configuration = Negotiator.Configuration(
        fingerprint: Fingerprint(
            algorithm: .sha256, bytes: Array(repeating: UInt8(truncatingIfNeeded: seed), count: 32)),
        cname: "cname\(seed)")
    configuration.codecs = codecs
    configuration.maximumMediaSections = maximumMediaSections
    return Negotiator(configuration, random: SeededRandom(seed: seed))
}

/// Hands a description over as text, as signalling does.
func overTheWire(_ description: SessionDescription) throws -> SessionDescription {
    try SessionDescription(type: description.type, sdp: description.sdp)
}

/// One whole exchange, each description going over the wire as text.
func negotiate(offerer: inout Negotiator, answerer: inout Negotiator, restartICE: Bool = false) throws {
    let offer = try offerer.createOffer(restartICE: restartICE)
    try offerer.setLocalDescription(offer)
    try answerer.setRemoteDescription(overTheWire(offer))
    let answer = try answerer.createAnswer()
    try answerer.setLocalDescription(answer)
    try offerer.setRemoteDescription(overTheWire(answer))
}

/// A description parsed from text.
func description(_ type: SessionDescription.Kind, _ sdp: String) throws -> SessionDescription {
    try SessionDescription(type: type, sdp: sdp)
}

/// What both ends took from an exchange must fit together, section by section.
func expectAgreement(
    _ left: Negotiator, _ right: Negotiator, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(left.signalingState == .stable && right.signalingState == .stable, sourceLocation: sourceLocation)
    let (here, there) = (try #require(left.transport), try #require(right.transport))
    #expect(here.remote?.credentials == there.local, sourceLocation: sourceLocation)
    #expect(there.remote?.credentials == here.local, sourceLocation: sourceLocation)
    #expect(Set([here.dtlsRole, there.dtlsRole]) == [.client, .server], sourceLocation: sourceLocation)
    #expect(here.iceRole != there.iceRole, sourceLocation: sourceLocation)
    #expect(here.generation == there.generation, sourceLocation: sourceLocation)
    #expect(left.media.map(\.mid) == right.media.map(\.mid), sourceLocation: sourceLocation)
    for (one, other) in zip(left.media, right.media) {
        #expect(one.index == other.index && one.kind == other.kind, sourceLocation: sourceLocation)
        #expect(one.direction == other.direction.reversed, sourceLocation: sourceLocation)
        try expectFlow(from: one, to: other, sourceLocation)
        try expectFlow(from: other, to: one, sourceLocation)
    }
}

private func expectFlow(from: NegotiatedMedia, to: NegotiatedMedia, _ location: SourceLocation) throws {
    #expect((from.send == nil) == (to.receive == nil), sourceLocation: location)
    guard let send = from.send, let receive = to.receive else { return }
    guard case .media(let codec, let clockRate, let retransmission, let feedback)? = receive.formats[send.payloadType]
    else {
        Issue.record("\(to.mid): payload type \(send.payloadType) is not expected", sourceLocation: location)
        return
    }
    #expect(codec == send.codec && clockRate == send.clockRate, sourceLocation: location)
    #expect(retransmission == send.retransmissionPayloadType, sourceLocation: location)
    #expect(feedback == send.feedback, sourceLocation: location)
    #expect(receive.extensions == send.extensions, sourceLocation: location)
    #expect(receive.sources.map(\.ssrc) == [send.ssrc], sourceLocation: location)
    #expect(receive.sources.first?.retransmissionSSRC == send.retransmissionSSRC, sourceLocation: location)
    #expect(receive.sources.first?.cname == send.cname, sourceLocation: location)
}

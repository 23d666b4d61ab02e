import Base
import DTLS
import ICE
import RTP
import SDP
import Testing

@testable import WebRTC

@Suite struct NegotiationBetweenNegotiatorsTests {
    @Test func sendersAndReceiversFitTogether() throws {
        var left = makeNegotiator(seed: 1)
        var right = makeNegotiator(seed: 2)
        let audio = left.addTransceiver(.audio, direction: .sendrecv, streamID: "room")
        let video = left.addTransceiver(.video, direction: .sendonly)
        _ = right.addTransceiver(.audio, direction: .sendrecv)
        try negotiate(offerer: &left, answerer: &right)
        try expectAgreement(left, right)

        #expect(left.media.map(\.transceiver) == [audio, video])
        #expect(left.media.map(\.direction) == [.sendrecv, .sendonly])
        #expect(left.transport?.dtlsRole == .server && right.transport?.dtlsRole == .client)
        #expect(left.transport?.iceRole == .controlling)
        #expect(right.transport?.remote?.fingerprints.first?.bytes == Array(repeating: 1, count: 32))
        // The audio transceiver of the answerer was taken, the video one made.
        #expect(right.transceivers.map(\.kind) == [.audio, .video])
        #expect(right.transceivers.map(\.currentDirection) == [.sendrecv, .recvonly])
        #expect(right.media[0].remoteStreamID == "room")

        let send = try #require(left.media[1].send)
        #expect(send.codec == .vp8 && send.payloadType == PayloadType(96))
        #expect(send.retransmissionPayloadType == PayloadType(97) && send.retransmissionSSRC != nil)
        #expect(send.feedback == [.nack, .pictureLoss, .fullIntraRequest, .remb, .transportWide])
        #expect(
            send.extensions == RTPExtensionMap(mid: 4, transportSequenceNumber: 3, absoluteSendTime: 2))
        let opus = try #require(left.media[0].send)
        #expect(opus.parameters == "minptime=10;useinbandfec=1" && opus.clockRate == 48_000)
        #expect(opus.retransmissionPayloadType == nil && opus.retransmissionSSRC == nil)
        #expect(opus.extensions.audioLevel == 1)
        #expect(!left.isNegotiationNeeded && !right.isNegotiationNeeded)
    }

    @Test func offersFollowTheRulesOfBundle() throws {
        var negotiator = makeNegotiator()
        _ = negotiator.addTransceiver(.audio, direction: .sendonly)
        _ = negotiator.addTransceiver(.video, direction: .sendonly)
        let host = "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host"
        let offer = try negotiator.createOffer(candidates: ["a=" + host], complete: true)
        let session = offer.session
        #expect(session.bundleGroups.first?.mids == ["0", "1"])
        #expect(session.media.allSatisfy { $0.attributes.hasRTCPMux && $0.attributes.setup == .actpass })
        #expect(
            session.media.map { session.iceUfrag(of: $0) }.allSatisfy { $0 == session.media[0].attributes.iceUfrag })
        // Candidates stand where the transport of the group is.
        #expect(session.media.map(\.attributes.candidates) == [["1 1 udp 2130706431 192.0.2.1 5000 typ host"], []])
        #expect(session.media.map(\.attributes.hasEndOfCandidates) == [true, false])
        #expect(try overTheWire(offer) == offer)
    }

    @Test func localDescriptionCarriesCandidatesGatheredLater() throws {
        var negotiator = makeNegotiator()
        _ = negotiator.addTransceiver(.audio, direction: .sendonly)
        #expect(negotiator.localDescription(candidates: [], complete: false) == nil)
        try negotiator.setLocalDescription(negotiator.createOffer())
        let late = negotiator.localDescription(
            candidates: ["candidate:1 1 udp 1 192.0.2.1 5000 typ host"], complete: true)
        #expect(late?.type == .offer)
        #expect(late?.session.media[0].attributes.candidates == ["1 1 udp 1 192.0.2.1 5000 typ host"])
        #expect(late?.session.media[0].attributes.hasEndOfCandidates == true)
    }

    @Test func eitherSideMayRenegotiate() throws {
        var left = makeNegotiator(seed: 3)
        var right = makeNegotiator(seed: 4)
        _ = left.addTransceiver(.audio, direction: .sendonly)
        try negotiate(offerer: &left, answerer: &right)
        let before = right.transport
        _ = right.addTransceiver(.video, direction: .sendonly)
        #expect(right.isNegotiationNeeded)
        try negotiate(offerer: &right, answerer: &left)
        try expectAgreement(left, right)
        #expect(left.media.map(\.direction) == [.sendonly, .recvonly])
        // One association, one ICE session, roles as they were.
        #expect(right.transport?.dtlsRole == .client && left.transport?.iceRole == .controlling)
        #expect(right.transport?.local == before?.local && right.transport?.isICERestart == false)
    }

    @Test func iceRestartsRenewBothCredentials() throws {
        var left = makeNegotiator(seed: 5)
        var right = makeNegotiator(seed: 6)
        _ = left.addTransceiver(.video, direction: .sendrecv)
        try negotiate(offerer: &left, answerer: &right)
        let (here, there) = (left.transport?.local, right.transport?.local)
        let offer = try left.createOffer(restartICE: true)
        try left.setLocalDescription(offer)
        #expect(left.transport?.remote == nil && left.transport?.isICERestart == true)
        try right.setRemoteDescription(overTheWire(offer))
        #expect(right.transport?.isICERestart == true)
        let answer = try right.createAnswer()
        try right.setLocalDescription(answer)
        try left.setRemoteDescription(overTheWire(answer))
        try expectAgreement(left, right)
        #expect(left.transport?.local != here && right.transport?.local != there)
        #expect(left.transport?.generation == 1)
        try negotiate(offerer: &right, answerer: &left)
        #expect(left.transport?.isICERestart == false && left.transport?.generation == 1)
    }

    @Test func directionsChangeWithoutNewSections() throws {
        var left = makeNegotiator(seed: 7)
        var right = makeNegotiator(seed: 8)
        let id = left.addTransceiver(.video, direction: .sendonly)
        try negotiate(offerer: &left, answerer: &right)
        let ssrc = left.media[0].send?.ssrc
        try left.setDirection(.inactive, of: id)
        #expect(left.isNegotiationNeeded)
        try negotiate(offerer: &left, answerer: &right)
        #expect(left.media[0].send == nil && right.media[0].receive == nil)
        #expect(right.media[0].direction == .inactive)
        try left.setDirection(.sendonly, of: id)
        try negotiate(offerer: &left, answerer: &right)
        try expectAgreement(left, right)
        #expect(left.media[0].send?.ssrc == ssrc)
    }

    @Test func stoppedSectionsAreUsedAgainForTheirKind() throws {
        var left = makeNegotiator(seed: 9)
        var right = makeNegotiator(seed: 10)
        let audio = left.addTransceiver(.audio, direction: .sendonly)
        var video = left.addTransceiver(.video, direction: .sendonly)
        try negotiate(offerer: &left, answerer: &right)
        var mids: Set<String> = Set(left.media.map(\.mid))
        for round in 0..<20 {
            try left.stop(video)
            try negotiate(offerer: &left, answerer: &right)
            try expectAgreement(left, right)
            #expect(left.media.map(\.transceiver) == [audio], "round \(round)")
            #expect(left.transceivers.count == 1 && right.transceivers.count == 1, "round \(round)")
            #expect(!left.isNegotiationNeeded)

            video = left.addTransceiver(.video, direction: .sendonly)
            try negotiate(offerer: &left, answerer: &right)
            try expectAgreement(left, right)
            #expect(left.media.map(\.index) == [0, 1], "round \(round)")
            #expect(mids.insert(left.media[1].mid).inserted, "mids are never used twice, round \(round)")
        }
        _ = left.addTransceiver(.audio, direction: .sendonly)
        try left.stop(video)
        try negotiate(offerer: &left, answerer: &right)
        // A refused video section is no place for audio.
        #expect(left.media.map(\.index) == [0, 2])
    }

    @Test func answererStopsWhatItDoesNotWant() throws {
        var left = makeNegotiator(seed: 11)
        var right = makeNegotiator(seed: 12)
        _ = left.addTransceiver(.audio, direction: .sendonly)
        _ = left.addTransceiver(.video, direction: .sendonly)
        let offer = try left.createOffer()
        try left.setLocalDescription(offer)
        try right.setRemoteDescription(overTheWire(offer))
        // The first of the group is refused: the transport moves to the next.
        try right.stop(right.transceivers[0].id)
        let answer = try right.createAnswer()
        #expect(answer.session.media.map(\.isRejected) == [true, false])
        #expect(answer.session.bundleGroups.map(\.mids) == [["1"]])
        try right.setLocalDescription(answer)
        try left.setRemoteDescription(overTheWire(answer))
        try expectAgreement(left, right)
        #expect(left.transceivers.count == 1 && left.media.map(\.kind) == [.video])
    }

    @Test func moreCodecsAreMoreRows() throws {
        let both = CodecTable([CodecTable.opus, CodecTable.vp9, CodecTable.vp8])
        var left = makeNegotiator(seed: 13, codecs: both)
        var right = makeNegotiator(seed: 14, codecs: both)
        _ = left.addTransceiver(.video, direction: .sendonly)
        try negotiate(offerer: &left, answerer: &right)
        try expectAgreement(left, right)
        #expect(left.media[0].send?.codec == .vp9 && left.media[0].send?.payloadType == PayloadType(98))
        #expect(right.media[0].receive?.formats.count == 4)

        var plain = makeNegotiator(seed: 15)
        var offerer = makeNegotiator(seed: 16, codecs: both)
        _ = offerer.addTransceiver(.video, direction: .sendonly)
        try negotiate(offerer: &offerer, answerer: &plain)
        try expectAgreement(offerer, plain)
        #expect(offerer.media[0].send?.codec == .vp8)
    }

    @Test func rollbackReturnsToTheLastAgreement() throws {
        var left = makeNegotiator(seed: 17)
        var right = makeNegotiator(seed: 18)
        _ = left.addTransceiver(.audio, direction: .sendrecv)
        try negotiate(offerer: &left, answerer: &right)
        let (media, transport) = (left.media, left.transport)

        let video = left.addTransceiver(.video, direction: .sendonly)
        let offer = try left.createOffer(restartICE: true)
        try left.setLocalDescription(offer)
        try right.setRemoteDescription(overTheWire(offer))
        #expect(right.transceivers.count == 2)
        try left.setLocalDescription(.rollback)
        try right.setRemoteDescription(.rollback)
        #expect(left.media == media && left.transport == transport)
        #expect(left.transceiver(video)?.mid == nil && right.transceivers.count == 1)
        // Ours was rolled back for theirs; then it comes again.
        try negotiate(offerer: &right, answerer: &left)
        try negotiate(offerer: &left, answerer: &right)
        try expectAgreement(left, right)
        #expect(left.media.map(\.kind) == [.audio, .video])
    }

    @Test func randomRenegotiationAlwaysAgrees() throws {
        for seed in 0..<12 as Range<UInt64> {
            var peers = [makeNegotiator(seed: 100 + seed), makeNegotiator(seed: 200 + seed)]
            var random = SeededRandom(seed: seed)
            _ = peers[0].addTransceiver(.audio, direction: .sendrecv)
            for _ in 0..<12 {
                let actor = Int.random(in: 0...1, using: &random)
                let directions = MediaDirection.allCases
                switch Int.random(in: 0..<4, using: &random) {
                case 0, 1:
                    _ = peers[actor].addTransceiver(
                        Bool.random(using: &random) ? .audio : .video,
                        direction: directions.randomElement(using: &random)!)
                case 2:
                    if let one = peers[actor].transceivers.randomElement(using: &random) {
                        try peers[actor].setDirection(directions.randomElement(using: &random)!, of: one.id)
                    }
                default:
                    if let one = peers[actor].transceivers.randomElement(using: &random) {
                        try peers[actor].stop(one.id)
                    }
                }
                guard !peers[actor].transceivers.isEmpty || peers[actor].transport != nil else { continue }
                var (offerer, answerer) = (peers[actor], peers[1 - actor])
                let restart = Int.random(in: 0..<5, using: &random) == 0
                try negotiate(offerer: &offerer, answerer: &answerer, restartICE: restart)
                (peers[actor], peers[1 - actor]) = (offerer, answerer)
                #expect(!offerer.isNegotiationNeeded, "seed \(seed)")
                #expect(offerer.media.map(\.direction) == answerer.media.map(\.direction.reversed), "seed \(seed)")
                guard offerer.transport?.remote != nil, !offerer.media.isEmpty else { continue }
                try expectAgreement(offerer, answerer)
            }
        }
    }
}

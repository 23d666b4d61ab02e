import DTLS
import ICE
import RTP
import SDP
import Testing

@testable import WebRTC

@Suite struct JanusNegotiationTests {
    @Test func publishes() throws {
        var negotiator = makeNegotiator()
        _ = negotiator.addTransceiver(.audio, direction: .sendonly)
        let video = negotiator.addTransceiver(.video, direction: .sendonly)
        let offer = try negotiator.createOffer()
        try negotiator.setLocalDescription(offer)
        let sections = offer.session.media
        #expect(sections.map { offer.session.direction(of: $0) } == [.sendonly, .sendonly])
        // Janus takes no msid of less than two words.
        #expect(sections.allSatisfy { $0.attributes.streamIdentifier?.track != nil })
        #expect(sections[1].attributes.sources.count == 4)

        try negotiator.setRemoteDescription(JanusRoom.answer(to: overTheWire(offer)))
        let transport = try #require(negotiator.transport)
        #expect(transport.remote?.credentials.ufrag == "jAnU")
        #expect(transport.remote?.candidates == ["candidate:1 1 udp 2015363327 203.0.113.5 20042 typ host"])
        #expect(transport.remote?.hasEndOfCandidates == true && transport.remote?.isLite == false)
        #expect(transport.dtlsRole == .server && transport.iceRole == .controlling)

        let media = negotiator.media
        #expect(media.map(\.direction) == [.sendonly, .sendonly] && media.allSatisfy { $0.receive == nil })
        let sender = try #require(media[1].send)
        #expect(sender.ssrc == negotiator.transceiver(video)?.ssrc)
        #expect(sender.cname == "cname1")
        // Janus takes no abs-send-time from publishers, and sequence numbers for video only.
        #expect(sender.extensions == RTPExtensionMap(mid: 4, transportSequenceNumber: 3))
        #expect(sender.feedback.contains(.transportWide))
        #expect(media[0].send?.extensions == RTPExtensionMap(mid: 4, audioLevel: 1))
        #expect(media[0].send?.feedback == [])
        #expect(!media[0].allowsReducedSizeRTCP)
    }

    @Test func subscribes() throws {
        var room = JanusRoom()
        room.subscribe(video: false, publisher: "7788")
        room.subscribe(video: true)
        var negotiator = makeNegotiator()
        try negotiator.setRemoteDescription(room.offer())
        #expect(negotiator.media.isEmpty)
        let answer = try negotiator.createAnswer()
        try negotiator.setLocalDescription(answer)
        #expect(answer.session.media.map { answer.session.direction(of: $0) } == [.recvonly, .recvonly])
        #expect(answer.session.media.allSatisfy { $0.attributes.setup == .active })
        #expect(answer.session.media.allSatisfy { $0.attributes.sources.isEmpty })
        #expect(answer.session.media[1].formats == ["96", "97"])

        let transport = try #require(negotiator.transport)
        #expect(transport.dtlsRole == .client && transport.iceRole == .controlled)
        #expect(transport.remote?.fingerprints.first?.bytes == Array(repeating: 0xC0, count: 32))

        let (audio, video) = (negotiator.media[0], negotiator.media[1])
        #expect(audio.remoteStreamID == "7788" && audio.remoteTrackID == "janus0")
        let receive = try #require(video.receive)
        #expect(
            receive.formats == [
                PayloadType(96): .media(
                    .vp8, clockRate: 90_000, retransmission: PayloadType(97),
                    feedback: [.nack, .pictureLoss, .fullIntraRequest, .remb, .transportWide]),
                PayloadType(97): .retransmission(of: PayloadType(96)),
            ])
        #expect(receive.sources == [.init(ssrc: SSRC(1010), retransmissionSSRC: SSRC(1011), cname: "janus")])
        #expect(receive.extensions == RTPExtensionMap(mid: 4, transportSequenceNumber: 3, absoluteSendTime: 2))
        #expect(audio.receive?.extensions == RTPExtensionMap(mid: 4, audioLevel: 1))
        // Janus offers reports on packets without numbers.
        #expect(answer.session.media[0].attributes.rtcpFeedback.isEmpty)
        #expect(video.localSSRC.rawValue != 0)
    }

    @Test func streamsComeAndGoOnTheirLines() throws {
        var room = JanusRoom()
        room.subscribe(video: false)
        room.subscribe(video: true)
        var negotiator = makeNegotiator()
        var identities: [Int: TransceiverID] = [:]
        for round in 0..<40 {
            if round % 3 == 2 {
                let leaving = round % room.streams.count
                room.streams[leaving].isActive = false
            } else {
                room.subscribe(video: round % 2 == 0, publisher: "publisher\(round)")
            }
            room.announcesSources = round % 5 != 0
            try negotiator.setRemoteDescription(room.offer())
            try negotiator.setLocalDescription(negotiator.createAnswer())
            #expect(negotiator.media.count == room.streams.count, "round \(round)")
            #expect(negotiator.transport?.generation == 0)
            for (index, stream) in room.streams.enumerated() {
                let media = negotiator.media[index]
                #expect(media.direction == (stream.isActive ? .recvonly : .inactive), "round \(round)")
                #expect((media.receive == nil) == !stream.isActive, "round \(round)")
                // The same line is the same transceiver, whoever publishes on it.
                #expect(identities[index] == nil || identities[index] == media.transceiver, "round \(round)")
                identities[index] = media.transceiver
                let announced = stream.isActive && room.announcesSources
                #expect(media.receive?.sources.count ?? 0 == (announced ? 1 : 0), "round \(round)")
                #expect(media.remoteTrackID == (announced ? "janus\(index)" : nil), "round \(round)")
            }
        }
        #expect(negotiator.transceivers.count == room.streams.count)
    }

    @Test func sixtyFourLinesAreFine() throws {
        var room = JanusRoom()
        for index in 0..<64 { room.subscribe(video: index % 2 == 1) }
        var negotiator = makeNegotiator()
        try negotiator.setRemoteDescription(room.offer())
        try negotiator.setLocalDescription(negotiator.createAnswer())
        #expect(negotiator.media.count == 64)
        #expect(negotiator.media.map(\.mid) == (0..<64).map { "\($0)" })
    }

    @Test func everybodyGoneKeepsTheTransport() throws {
        var room = JanusRoom()
        room.subscribe(video: true)
        var negotiator = makeNegotiator()
        try negotiator.setRemoteDescription(room.offer())
        try negotiator.setLocalDescription(negotiator.createAnswer())
        let before = negotiator.transport
        var offer = try room.offer()
        offer.session.media[0].port = 0
        offer.session.attributes.elements.removeAll { if case .group = $0 { true } else { false } }
        try negotiator.setRemoteDescription(offer)
        try negotiator.setLocalDescription(negotiator.createAnswer())
        #expect(negotiator.media.isEmpty && negotiator.transceivers.isEmpty)
        #expect(negotiator.transport == before)
        // The line comes back under a name of its own.
        var again = try room.offer()
        again.session.media[0].attributes.elements.removeAll { $0 == .mid("0") }
        again.session.media[0].attributes.append(.mid("9"))
        again.session.attributes.elements.removeAll { if case .group = $0 { true } else { false } }
        again.session.attributes.append(.group(Group("BUNDLE", ["9"])))
        try negotiator.setRemoteDescription(again)
        try negotiator.setLocalDescription(negotiator.createAnswer())
        #expect(negotiator.media.map(\.mid) == ["9"])
    }
}

import DTLS
import ICE
import RTP
import SDP
import Testing

@testable import WebRTC

/// Offers in the manner of browsers and of aiortc.
@Suite struct ForeignOfferTests {
    private static let fingerprint =
        "a=fingerprint:sha-256 " + Array(repeating: "AB", count: 32).joined(separator: ":")
    private static let head = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"

    private static func lines(_ lines: String...) -> String {
        lines.map { $0 + "\r\n" }.joined()
    }

    private static func transport(_ ufrag: String = "abcd", setup: String = "actpass") -> String {
        lines(
            "a=ice-ufrag:\(ufrag)", "a=ice-pwd:0123456789abcdefghijkl", "a=ice-options:trickle", fingerprint,
            "a=setup:\(setup)", "a=rtcp-mux")
    }

    private static var chrome: String {
        head + lines("a=group:BUNDLE 0 1 2", "a=extmap-allow-mixed", "a=msid-semantic: WMS s")
            + lines("m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0") + transport()
            + lines(
                "a=mid:0", "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
                "a=extmap:3/sendonly http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
                "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", "a=sendrecv", "a=msid:s a", "a=rtcp-rsize",
                "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1",
                "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111", "a=rtpmap:9 G722/8000", "a=rtpmap:0 PCMU/8000",
                "a=ssrc:11 cname:c")
            + lines("m=video 9 UDP/TLS/RTP/SAVPF 102 103 96 97 98 99") + transport()
            + lines(
                "a=mid:1", "a=extmap:15 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
                "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid", "a=sendrecv", "a=msid:- v",
                "a=rtpmap:102 H264/90000", "a=rtpmap:103 rtx/90000", "a=fmtp:103 apt=102", "a=rtpmap:96 VP8/90000",
                "a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli", "a=rtcp-fb:96 transport-cc", "a=rtpmap:97 rtx/90000",
                "a=fmtp:97 apt=96", "a=rtpmap:98 VP9/90000", "a=fmtp:98 profile-id=0", "a=rtpmap:99 rtx/90000",
                "a=fmtp:99 apt=98", "a=ssrc-group:FID 21 22", "a=ssrc:21 cname:c", "a=ssrc:22 cname:c")
            + lines("m=application 9 UDP/DTLS/SCTP webrtc-datachannel") + transport()
            + lines("a=mid:2", "a=sctp-port:5000")
    }

    @Test func chromeIsAnsweredWithWhatBothSpeak() throws {
        var negotiator = makeNegotiator()
        _ = negotiator.addTransceiver(.video, direction: .sendrecv)
        try negotiator.setRemoteDescription(description(.offer, ForeignOfferTests.chrome))
        let answer = try negotiator.createAnswer()
        try negotiator.setLocalDescription(answer)
        let media = answer.session.media
        #expect(media.map(\.isRejected) == [false, false, true])
        #expect(media.map(\.formats) == [["111"], ["96", "97", "98", "99"], ["webrtc-datachannel"]])
        #expect(media[2].transport == "UDP/DTLS/SCTP")
        #expect(answer.session.bundleGroups.map(\.mids) == [["0", "1"]])
        #expect(answer.session.attributes.allowsMixedExtensionMaps)
        #expect(media.map { answer.session.direction(of: $0) } == [.recvonly, .sendrecv, .inactive])
        #expect(media[0].attributes.extensionMaps.map(\.description).contains { $0.hasPrefix("3/recvonly ") })
        #expect(media[0].attributes.hasRTCPReducedSize && !media[1].attributes.hasRTCPReducedSize)
        #expect(media[1].rtpFormats[0].feedback == ["nack", "nack pli"])

        #expect(negotiator.media.map(\.kind) == [.audio, .video])
        // What the other only sends, we only receive.
        #expect(negotiator.media[0].receive?.extensions.transportSequenceNumber == 3)
        #expect(negotiator.media[1].send?.extensions == RTPExtensionMap(mid: 4, absoluteSendTime: 15))
        // Reports without numbers to report on are no feedback.
        #expect(negotiator.media[1].send?.feedback == [.nack, .pictureLoss])
        #expect(negotiator.media[1].remoteStreamID == nil && negotiator.media[1].remoteTrackID == "v")
    }

    @Test func laterOffersKeepTheNumbersOfThePeer() throws {
        let offer =
            ForeignOfferTests.head + ForeignOfferTests.lines("a=group:BUNDLE a v")
            + ForeignOfferTests.lines("m=audio 9 UDP/TLS/RTP/SAVPF 96") + ForeignOfferTests.transport()
            + ForeignOfferTests.lines(
                "a=mid:a", "a=rtpmap:96 opus/48000/2", "a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:mid",
                "a=extmap:1 urn:x")
            + ForeignOfferTests.lines("m=video 9 UDP/TLS/RTP/SAVPF 111 112") + ForeignOfferTests.transport()
            + ForeignOfferTests.lines(
                "a=mid:v", "a=rtpmap:111 VP8/90000", "a=rtpmap:112 H264/90000",
                "a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:mid")
        var negotiator = makeNegotiator()
        try negotiator.setRemoteDescription(description(.offer, offer))
        try negotiator.setLocalDescription(negotiator.createAnswer())
        _ = negotiator.addTransceiver(.audio, direction: .sendonly)
        _ = negotiator.addTransceiver(.video, direction: .sendonly)
        let ours = try negotiator.createOffer().session
        #expect(ours.media.map { $0.rtpFormats.map(\.payloadType) } == [[96], [111, 98], [96], [111, 98]])
        // 97 was free for retransmissions; ids 1 and 2 are taken.
        #expect(ours.media[1].rtpFormats[0].retransmission == 97)
        let ids = Dictionary(
            ours.media.flatMap(\.attributes.extensionMaps).map { ($0.uri, $0.id) },
            uniquingKeysWith: { first, _ in first })
        #expect(ids[RTPExtensionMap.midURI] == 2)
        #expect(ids[RTPExtensionMap.audioLevelURI] != 1 && ids[RTPExtensionMap.absoluteSendTimeURI] != 2)
        #expect(Set(ids.values).count == ids.count)
        #expect(Set(ours.media.compactMap(\.attributes.mid)).count == 4)
    }

    @Test func aiortcTransportIsThatOfTheFirstBundled() throws {
        let offer =
            ForeignOfferTests.head + ForeignOfferTests.lines("a=group:BUNDLE 0 1")
            + ForeignOfferTests.lines("m=audio 5000 UDP/TLS/RTP/SAVPF 96") + ForeignOfferTests.transport("one1")
            + ForeignOfferTests.lines(
                "a=mid:0", "a=rtpmap:96 opus/48000/2", "a=candidate:1 1 udp 1 192.0.2.20 5000 typ host",
                "a=end-of-candidates")
            + ForeignOfferTests.lines("m=video 5001 UDP/TLS/RTP/SAVPF 97 98") + ForeignOfferTests.transport("two2")
            + ForeignOfferTests.lines(
                "a=mid:1", "a=rtpmap:97 VP8/90000", "a=rtpmap:98 rtx/90000", "a=fmtp:98 apt=97",
                "a=candidate:1 1 udp 1 192.0.2.20 5001 typ host", "a=end-of-candidates")
        var negotiator = makeNegotiator()
        _ = negotiator.addTransceiver(.audio, direction: .sendrecv)
        try negotiator.setRemoteDescription(description(.offer, offer))
        try negotiator.setLocalDescription(negotiator.createAnswer())
        #expect(negotiator.transport?.remote?.credentials.ufrag == "one1")
        #expect(negotiator.transport?.remote?.candidates == ["candidate:1 1 udp 1 192.0.2.20 5000 typ host"])
        #expect(negotiator.media.map(\.direction) == [.sendrecv, .recvonly])
    }

    @Test func bundleOnlySectionsAreTaken() throws {
        let offer =
            ForeignOfferTests.head + ForeignOfferTests.fingerprint + "\r\n"
            + ForeignOfferTests.lines("a=group:BUNDLE 0 1", "a=ice-options:trickle", "a=ice-lite")
            + ForeignOfferTests.lines(
                "m=audio 9 UDP/TLS/RTP/SAVPF 109", "a=mid:0", "a=rtcp-mux", "a=rtpmap:109 opus/48000/2",
                "a=ice-ufrag:ffff", "a=ice-pwd:0123456789abcdefghijkl", "a=setup:passive",
                "m=video 0 UDP/TLS/RTP/SAVPF 120", "a=bundle-only", "a=mid:1", "a=rtcp-mux",
                "a=rtpmap:120 VP8/90000")
        var negotiator = makeNegotiator()
        try negotiator.setRemoteDescription(description(.offer, offer))
        let answer = try negotiator.createAnswer()
        try negotiator.setLocalDescription(answer)
        #expect(answer.session.media.map(\.port) == [9, 9])
        #expect(negotiator.media.count == 2)
        // A lite agent never controls.
        #expect(negotiator.transport?.iceRole == .controlling && negotiator.transport?.remote?.isLite == true)
        #expect(negotiator.transport?.dtlsRole == .client)
    }

    @Test func withoutBundleOnlyOneSectionIsTaken() throws {
        let section = { (kind: String, codec: String) in
            ForeignOfferTests.lines("m=\(kind) 9 UDP/TLS/RTP/SAVPF 100") + ForeignOfferTests.transport()
                + ForeignOfferTests.lines("a=rtpmap:100 \(codec)")
        }
        let offer = ForeignOfferTests.head + section("audio", "opus/48000/2") + section("video", "VP8/90000")
        var negotiator = makeNegotiator()
        try negotiator.setRemoteDescription(description(.offer, offer))
        let answer = try negotiator.createAnswer()
        try negotiator.setLocalDescription(answer)
        #expect(answer.session.media.map(\.isRejected) == [false, true])
        // No mids came, so none go.
        #expect(answer.session.media.allSatisfy { $0.attributes.mid == nil })
        #expect(answer.session.bundleGroups.isEmpty)
        #expect(negotiator.media.count == 1)
    }

    @Test(arguments: ["a=rtcp-mux", "a=rtpmap:100 VP8/90000", "m=video 9 UDP/TLS/RTP/SAVPF 100"])
    func sectionsWeCannotServeAreRefused(_ missing: String) throws {
        let text =
            ForeignOfferTests.head + ForeignOfferTests.lines("a=group:BUNDLE 0 1")
            + ForeignOfferTests.lines("m=audio 9 UDP/TLS/RTP/SAVPF 111") + ForeignOfferTests.transport()
            + ForeignOfferTests.lines("a=mid:0", "a=rtpmap:111 opus/48000/2")
            + ForeignOfferTests.lines("m=video 9 UDP/TLS/RTP/SAVPF 100")
            + ForeignOfferTests.lines("a=rtpmap:100 VP8/90000", "a=mid:1", "a=rtcp-mux")
        var offer = try description(.offer, text)
        switch missing {
        case "a=rtcp-mux": offer.session.media[1].attributes.elements.removeAll { $0 == .rtcpMux }
        case "a=rtpmap:100 VP8/90000":
            offer.session.media[1].attributes.elements.removeAll { if case .rtpMap = $0 { true } else { false } }
        default: offer.session.media[1].transport = "RTP/AVP"
        }
        var negotiator = makeNegotiator()
        try negotiator.setRemoteDescription(offer)
        let answer = try negotiator.createAnswer()
        try negotiator.setLocalDescription(answer)
        #expect(answer.session.media.map(\.isRejected) == [false, true])
        #expect(negotiator.media.count == 1 && negotiator.transceivers.count == 1)
    }

    /// The transport of a BUNDLE group stands in its first section, whether we take that or not.
    @Test(arguments: [false, true]) func theTransportOfARefusedBundleTagHolds(isBundleOnly: Bool) throws {
        let candidate = "1 1 udp 2130706431 192.0.2.7 7000 typ host"
        let offer =
            Self.head + Self.lines("a=group:BUNDLE d 0")
            + Self.lines("m=application 9 UDP/DTLS/SCTP webrtc-datachannel") + Self.transport()
            + Self.lines("a=mid:d", "a=sctp-port:5000", "a=candidate:" + candidate, "a=end-of-candidates")
            + Self.lines("m=audio \(isBundleOnly ? 0 : 9) UDP/TLS/RTP/SAVPF 111")
            + (isBundleOnly ? Self.lines("a=bundle-only", "a=rtcp-mux") : Self.transport())
            + Self.lines("a=mid:0", "a=rtpmap:111 opus/48000/2")
        var negotiator = makeNegotiator()
        try negotiator.setRemoteDescription(description(.offer, offer))
        let answer = try negotiator.createAnswer()
        try negotiator.setLocalDescription(answer)
        #expect(answer.session.media.map(\.isRejected) == [true, false])
        let remote = try #require(negotiator.transport?.remote)
        #expect(remote.credentials.ufrag == "abcd")
        #expect(remote.candidates == ["candidate:" + candidate])
        #expect(remote.hasEndOfCandidates)
    }

    /// Sections that were offered each with a transport of its own: that of a refused one leads nowhere.
    @Test func candidatesOfAnotherTransportAreNotTaken() throws {
        let offer =
            Self.head + Self.lines("a=group:BUNDLE d 0")
            + Self.lines("m=application 9 UDP/DTLS/SCTP webrtc-datachannel") + Self.transport("wxyz")
            + Self.lines("a=mid:d", "a=sctp-port:5000", "a=candidate:1 1 udp 1 192.0.2.7 7000 typ host")
            + Self.lines("m=audio 9 UDP/TLS/RTP/SAVPF 111") + Self.transport()
            + Self.lines("a=mid:0", "a=rtpmap:111 opus/48000/2", "a=candidate:2 1 udp 1 192.0.2.7 7002 typ host")
        var negotiator = makeNegotiator()
        try negotiator.setRemoteDescription(description(.offer, offer))
        let remote = try #require(negotiator.transport?.remote)
        #expect(remote.credentials.ufrag == "abcd")
        #expect(remote.candidates == ["candidate:2 1 udp 1 192.0.2.7 7002 typ host"])
    }
}

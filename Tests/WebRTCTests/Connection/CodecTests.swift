import Base
import SDP
import Testing

@testable import WebRTC

/// Which codec pictures are sent in, and what comes of the others.
@Suite struct CodecTests {
    private func negotiator(_ seed: UInt64, prefers codec: Codec) -> Negotiator {
        makeNegotiator(seed: seed, codecs: .standard.preferring(codec))
    }

    @Test func whoAnswersDecidesByItsOwnPreference() throws {
        for (offerer, answerer) in [(Codec.vp8, Codec.vp9), (.vp9, .vp8), (.vp9, .vp9)] {
            var near = negotiator(1, prefers: offerer)
            var far = negotiator(2, prefers: answerer)
            _ = near.addTransceiver(.video, direction: .sendrecv)
            _ = far.addTransceiver(.video, direction: .sendrecv)
            try negotiate(offerer: &near, answerer: &far)
            try expectAgreement(near, far)
            for end in [near, far] {
                #expect(end.media.first?.send?.codec == answerer)
                // Either may come, each with its retransmissions.
                #expect(end.media.first?.receive?.formats.count == 4)
            }
        }
    }

    @Test func anOfferNamesThePreferredCodecFirstWithItsProfileAndRetransmissions() throws {
        var near = negotiator(3, prefers: .vp9)
        _ = near.addTransceiver(.video, direction: .sendonly)
        let offer = try near.createOffer()
        #expect(offer.sdp.contains("m=video 9 UDP/TLS/RTP/SAVPF 98 99 96 97\r\n"))
        #expect(offer.sdp.contains("a=rtpmap:98 VP9/90000\r\n"))
        #expect(offer.sdp.contains("a=fmtp:98 profile-id=0\r\n"))
        #expect(offer.sdp.contains("a=fmtp:99 apt=98\r\n"))
    }

    @Test func anotherProfileIsNotTaken() throws {
        var near = negotiator(4, prefers: .vp9)
        _ = near.addTransceiver(.video, direction: .sendonly)
        let offer = try near.createOffer()
        let other = offer.sdp.replacing("profile-id=0", with: "profile-id=2")
        var far = negotiator(5, prefers: .vp9)
        try far.setRemoteDescription(SessionDescription(type: .offer, sdp: other))
        let answer = try far.createAnswer()
        #expect(answer.sdp.contains("m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n"))
    }

    @Test func picturesOfACodecThatWasNotAgreedOnAreRefusedAndAKeyFrameIsAskedFor() throws {
        var call = VirtualCall(seed: 31)
        let video = call.near.peer.addTransceiver(.video, direction: .sendonly)
        try call.negotiate()
        call.openSockets()
        call.connect()
        var picture = MediaPump.head(isKeyFrame: true)
        picture.append(bigEndian: 1 as UInt32)
        #expect(call.near.peer.negotiatedMedia.first?.send?.codec == .vp8)
        let isOtherTaken = call.near.peer.sendVideo(
            picture.span, codec: .vp9, isKeyFrame: true, on: video, timestamp: 0, captureTime: call.now, at: call.now)
        #expect(!isOtherTaken)
        call.run(for: .milliseconds(100))
        #expect(call.far.frames.isEmpty)
        #expect(call.near.events.contains(.keyFrameRequested(video)))
        let isTaken = call.near.peer.sendVideo(
            picture.span, codec: .vp8, isKeyFrame: true, on: video, timestamp: 3000, captureTime: call.now,
            at: call.now)
        #expect(isTaken)
        call.run(for: .milliseconds(100))
        #expect(call.far.frames.map(\.frame.codec) == [.vp8])
        let statistics = call.near.peer.statistics(at: call.now).outbound.first
        #expect(statistics?.framesDropped == 1 && statistics?.framesSent == 1)
    }
}

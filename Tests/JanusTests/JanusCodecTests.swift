import JSON
import Meeting
import Testing

@testable import Janus

/// The codec of our pictures, which the room's list may lack.
@Suite struct JanusCodecTests {
    private let answer: JSONValue = ["type": "answer", "sdp": "answer"]
    private let refusal: JSONValue = [
        "videoroom": "event", "error_code": 430, "error": "Video codec unavailable in this room",
    ]
    private let tracks = [
        LocalTrack(mid: "0", kind: .audio, isOpen: true), LocalTrack(mid: "1", kind: .video, isOpen: true),
    ]

    private func entered(_ codec: String? = "vp9") -> JanusHarness {
        var janus = JanusHarness(.test { $0.videoCodec = codec })
        janus.enterRoom()
        return janus
    }

    private func published(_ janus: JanusHarness) -> [JSONValue] {
        janus.requests.filter { $0["body"]?["request"] == "publish" }
    }

    @Test func asksForItsCodecWhereItSendsPictures() {
        var janus = entered()
        janus.handle(.publisherOffer(sdp: "offer", tracks: tracks))
        #expect(published(janus).last?["body"]?["videocodec"] == "vp9")
        var silent = entered()
        silent.handle(.publisherOffer(sdp: "offer", tracks: [tracks[0]]))
        #expect(published(silent).last?["body"]?["videocodec"] == nil)
        var open = entered(nil)
        open.handle(.publisherOffer(sdp: "offer", tracks: tracks))
        #expect(published(open).last?["body"]?["videocodec"] == nil)
    }

    @Test func leavesTheChoiceToARoomThatLacksTheCodec() {
        var janus = entered()
        janus.handle(.publisherOffer(sdp: "offer", tracks: tracks))
        janus.answer("publish", refusal)
        #expect(janus.failure == nil)
        // The connection of the refused offer goes first, or Janus takes no other.
        let words = janus.requests.compactMap { request in
            request["body"]?["request"]?.stringValue ?? request["janus"]?.stringValue
        }
        #expect(words.last == "hangup")
        // It says that it has hung up, as it was asked to: an offer that came sooner would meet what it takes down.
        #expect(published(janus).isEmpty)
        janus.server(["janus": "hangup", "session_id": 1, "sender": 11, "reason": "Janus API"])
        #expect(published(janus).count == 1)
        #expect(published(janus).last?["body"]?["videocodec"] == nil)
        #expect(published(janus).last?["jsep"]?["sdp"] == "offer")
        janus.answer("publish", ["videoroom": "event", "configured": "ok"], jsep: answer)
        #expect(janus.failure == nil)
        janus.server(["janus": "webrtcup", "sender": 11])
        janus.handle(.publisherConnected)
        #expect(janus.session.isJoined)
        // The next one is none that we asked for.
        janus.forget()
        janus.server(["janus": "hangup", "session_id": 1, "sender": 11, "reason": "ICE failed"])
        janus.advance(.seconds(1))
        #expect(janus.effects.contains(.makePublisherOffer))
        janus.handle(.publisherOffer(sdp: "again", tracks: tracks))
        #expect(published(janus).last?["body"]?["videocodec"] == nil, "the room will not have it now either")
    }

    @Test func aSecondRefusalIsAFailure() {
        var janus = entered()
        janus.handle(.publisherOffer(sdp: "offer", tracks: tracks))
        janus.answer("publish", refusal)
        janus.server(["janus": "hangup", "session_id": 1, "sender": 11, "reason": "Janus API"])
        janus.answer("publish", refusal)
        #expect(janus.failure == .rejectedByService)
    }

    @Test func aServerThatDoesNotSayThatItHasHungUpIsNotWaitedForLong() {
        var janus = entered()
        janus.handle(.publisherOffer(sdp: "offer", tracks: tracks))
        janus.answer("publish", refusal)
        janus.advance(.milliseconds(2999))
        #expect(published(janus).isEmpty)
        janus.advance(.milliseconds(1))
        #expect(published(janus).count == 1 && published(janus).last?["body"]?["videocodec"] == nil)
    }
}

import Base
import JSON
import Meeting
import Testing

@testable import Janus

@Suite struct JanusSubscribingTests {
    private func joined(_ list: [JSONValue]) -> JanusHarness {
        var janus = JanusHarness()
        janus.join(publishers: list)
        janus.succeed("attach", id: 22)
        return janus
    }

    private func attach(_ janus: inout JanusHarness, _ lines: JSONValue...) {
        janus.answer(
            "join", ["videoroom": "attached", "room": 1234, "streams": .array(lines)], sender: 22,
            jsep: ["type": "offer", "sdp": "offer 1"])
        janus.handle(.subscriberAnswer(sdp: "answer"))
        janus.answer("start", ["videoroom": "event", "started": "ok"], sender: 22)
    }

    @Test func receivesEverybodyOnOneConnection() {
        var janus = joined([publisher(5, "Anna"), publisher(6, "Bert")])
        let body = janus.requests.last?["body"]
        #expect(body?["ptype"] == "subscriber")
        #expect(body?["streams"]?.arrayValue?.count == 4)
        #expect(body?["private_id"] == 5)
        attach(&janus, line("a", 5, "0"), line("b", 5, "1"), line("c", 6, "0"), line("d", 6, "1"))
        #expect(janus.effects.contains(.answerSubscriberOffer(sdp: "offer 1")))
        let subscribed = janus.effects.compactMap { if case .subscribed(let tracks) = $0 { tracks } else { nil } }.last
        #expect(subscribed?.map(\.mid) == ["a", "b", "c", "d"])
        #expect(subscribed?.map(\.kind) == [.audio, .video, .audio, .video])
        #expect(janus.take("update") == nil)
    }

    @Test func coalescesWhatComesDuringANegotiation() {
        var janus = joined([publisher(5, "Anna")])
        janus.event(publishers(publisher(6, "Bert")))
        janus.event(publishers(publisher(7, "Carl")))
        #expect(janus.take("update") == nil)
        attach(&janus, line("a", 5, "0"), line("b", 5, "1"))
        let body = janus.take("update")?["body"]
        #expect(body?["subscribe"]?.arrayValue?.count == 4)
        #expect(body?["unsubscribe"] == nil)
        #expect(janus.take("update") == nil)
    }

    @Test func answersOffersThatNobodyAskedFor() {
        var janus = joined([publisher(5, "Anna"), publisher(6, "Bert")])
        attach(&janus, line("a", 5, "0"), line("b", 5, "1"), line("c", 6, "0"), line("d", 6, "1"))
        janus.forget()
        janus.event(["videoroom": "event", "room": 1234, "unpublished": 6])
        janus.event(
            [
                "videoroom": "updated", "room": 1234,
                "streams": [
                    line("a", 5, "0"), line("b", 5, "1"), ["mid": "c", "active": false], ["mid": "d", "active": false],
                ],
            ],
            sender: 22, jsep: ["type": "offer", "sdp": "offer 2"])
        #expect(janus.effects.contains(.answerSubscriberOffer(sdp: "offer 2")))
        #expect(janus.take("update") == nil)
        // Back before the answer is through: asked for once the server is free.
        janus.event(publishers(publisher(6, "Bert")))
        #expect(janus.take("update") == nil)
        janus.handle(.subscriberAnswer(sdp: "answer"))
        janus.answer("start", ["videoroom": "event", "started": "ok"], sender: 22)
        #expect(janus.take("update")?["body"]?["subscribe"]?.arrayValue?.count == 2)
    }

    @Test func waitsForAPostponedOffer() {
        var janus = joined([publisher(5, "Anna")])
        attach(&janus, line("a", 5, "0"), line("b", 5, "1"))
        janus.event(publishers(publisher(6, "Bert")))
        janus.answer("update", ["videoroom": "updating", "room": 1234], sender: 22)
        janus.event(publishers(publisher(7, "Carl")))
        #expect(janus.take("update") == nil)
        janus.event(
            [
                "videoroom": "updated",
                "streams": [line("a", 5, "0"), line("b", 5, "1"), line("c", 6, "0"), line("d", 6, "1")],
            ], sender: 22,
            jsep: ["type": "offer", "sdp": "offer 3"])
        janus.handle(.subscriberAnswer(sdp: "answer"))
        janus.answer("start", ["videoroom": "event", "started": "ok"], sender: 22)
        let body = janus.take("update")?["body"]
        #expect(body?["subscribe"] == [["feed": 7, "mid": "0"], ["feed": 7, "mid": "1"]])
    }

    @Test func oneVanishedFeedDoesNotSpoilTheOthers() {
        var janus = joined([publisher(5, "Anna"), publisher(6, "Bert")])
        janus.answer("join", ["videoroom": "event", "error_code": 428, "error": "No such feed (5)"], sender: 22)
        let first = janus.requests.last?["body"]
        #expect(first?["streams"] == [["feed": 5, "mid": "0"], ["feed": 5, "mid": "1"]])
        janus.answer("join", ["videoroom": "event", "error_code": 428, "error": "No such feed (5)"], sender: 22)
        #expect(janus.requests.last?["body"]?["streams"] == [["feed": 6, "mid": "0"], ["feed": 6, "mid": "1"]])
        attach(&janus, line("a", 6, "0"), line("b", 6, "1"))
        #expect(janus.take("update") == nil)
        #expect(janus.failure == nil)
    }

    @Test func asksOnlyForWhatItCanDecode() {
        let janus = joined([publisher(5, "Anna", video: ["codec": "h264"])])
        #expect(janus.requests.last?["body"]?["streams"] == [["feed": 5, "mid": "0"]])
    }

    @Test func unsubscribesAndComesBack() {
        var janus = joined([publisher(5, "Anna")])
        attach(&janus, line("a", 5, "0"), line("b", 5, "1"))
        janus.handle(.command(.unsubscribe(ParticipantID("5"), [.video]), JanusCommandID(rawValue: 1)))
        #expect(janus.requests.last?["body"] == ["request": "update", "unsubscribe": [["sub_mid": "b"]]])
        janus.answer(
            "update", ["videoroom": "updated", "streams": [line("a", 5, "0"), ["mid": "b", "active": false]]],
            sender: 22,
            jsep: ["type": "offer", "sdp": "offer 2"])
        janus.handle(.subscriberAnswer(sdp: "answer"))
        janus.answer("start", ["videoroom": "event", "started": "ok"], sender: 22)
        janus.handle(.command(.subscribe(ParticipantID("5"), [.video]), JanusCommandID(rawValue: 2)))
        #expect(janus.requests.last?["body"]?["subscribe"] == [["feed": 5, "mid": "1"]])
    }

    @Test func startsAnewWhenTheConnectionBreaks() {
        var janus = joined([publisher(5, "Anna")])
        attach(&janus, line("a", 5, "0"), line("b", 5, "1"))
        janus.forget()
        janus.server(["janus": "hangup", "sender": 22, "reason": "DTLS alert"])
        #expect(janus.effects.contains(.closeSubscriber))
        #expect(janus.effects.contains(.subscribed([])))
        #expect(janus.take("detach") != nil)
        janus.advance(.seconds(1))
        janus.succeed("attach", id: 23)
        #expect(janus.requests.last?["body"]?["ptype"] == "subscriber")
        #expect(janus.requests.last?["handle_id"] == 23)
        #expect(janus.failure == nil)
    }
}

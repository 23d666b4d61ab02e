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

    /// Answers the update under way with these lines, and takes our answer to the offer.
    private func update(_ janus: inout JanusHarness, _ lines: JSONValue...) {
        update(&janus, lines)
    }

    private func update(_ janus: inout JanusHarness, _ lines: [JSONValue]) {
        janus.answer(
            "update", ["videoroom": "updated", "room": 1234, "streams": .array(lines)], sender: 22,
            jsep: ["type": "offer", "sdp": "offer"])
        janus.handle(.subscriberAnswer(sdp: "answer"))
        janus.answer("start", ["videoroom": "event", "started": "ok"], sender: 22)
    }

    private func tracks(_ janus: JanusHarness) -> [SubscribedTrack] {
        janus.effects.compactMap { if case .subscribed(let tracks) = $0 { tracks } else { nil } }.last ?? []
    }

    @Test func receivesPicturesSeveralTimesAndOnceAgain() {
        var janus = joined([publisher(5, "Anna")])
        attach(&janus, line("a", 5, "0"), line("b", 5, "1"))
        janus.forget()
        janus.handle(.receivePictures(times: 3))
        #expect(
            janus.requests.last?["body"]?["subscribe"] == [["feed": 5, "mid": "1"], ["feed": 5, "mid": "1"]])
        update(&janus, line("a", 5, "0"), line("b", 5, "1"), line("c", 5, "1"), line("d", 5, "1"))
        #expect(tracks(janus).map(\.isCopy) == [false, false, true, true])
        #expect(janus.take("update") == nil, "there are as many as wanted")
        janus.handle(.receivePictures(times: 2))
        #expect(janus.requests.last?["body"]?["unsubscribe"] == [["sub_mid": "d"]])
        update(&janus, line("a", 5, "0"), line("b", 5, "1"), line("c", 5, "1"), ["mid": "d", "active": false])
        #expect(tracks(janus).map(\.mid) == ["a", "b", "c"])
        janus.handle(.receivePictures(times: 1))
        #expect(janus.take("update")?["body"]?["unsubscribe"] == [["sub_mid": "c"]])
    }

    /// A line that was free is used again, wherever it stands: what the stream came on so far stays what it comes on.
    @Test func aCopyOnAnEarlierLineStaysACopy() {
        var janus = joined([publisher(5, "Anna"), publisher(6, "Bert")])
        attach(&janus, line("a", 6, "0"), line("b", 6, "1"), line("c", 5, "0"), line("d", 5, "1"))
        janus.event(["videoroom": "event", "room": 1234, "leaving": 6])
        janus.event(
            [
                "videoroom": "updated", "room": 1234,
                "streams": [
                    ["mid": "a", "active": false], ["mid": "b", "active": false], line("c", 5, "0"), line("d", 5, "1"),
                ],
            ], sender: 22, jsep: ["type": "offer", "sdp": "offer 2"])
        janus.handle(.subscriberAnswer(sdp: "answer"))
        janus.answer("start", ["videoroom": "event", "started": "ok"], sender: 22)
        janus.handle(.receivePictures(times: 2))
        update(&janus, ["mid": "a", "active": false], line("b", 5, "1"), line("c", 5, "0"), line("d", 5, "1"))
        #expect(tracks(janus).filter { $0.kind == .video }.map(\.isCopy) == [true, false])
    }

    @Test func aServerThatGivesNoCopiesIsAskedOnce() {
        var janus = joined([publisher(5, "Anna")])
        attach(&janus, line("a", 5, "0"), line("b", 5, "1"))
        janus.handle(.receivePictures(times: 2))
        #expect(janus.requests.last?["body"]?["subscribe"] == [["feed": 5, "mid": "1"]])
        update(&janus, line("a", 5, "0"), line("b", 5, "1"))
        #expect(janus.take("update") == nil)

        var refusing = joined([publisher(5, "Anna")])
        attach(&refusing, line("a", 5, "0"), line("b", 5, "1"))
        refusing.handle(.receivePictures(times: 2))
        refusing.answer("update", ["videoroom": "event", "error_code": 429, "error": "twice"], sender: 22)
        refusing.forget()
        refusing.event(publishers(publisher(6, "Bert")))
        let asked = refusing.take("update")?["body"]?["subscribe"]
        #expect(asked == [["feed": 6, "mid": "0"], ["feed": 6, "mid": "1"]], "what is new comes all the same")
    }

    /// A limit of the server's own: one copy of the two that are wanted.
    @Test func aServerThatGivesFewerCopiesIsNotAskedForEver() {
        var janus = joined([publisher(5, "Anna")])
        attach(&janus, line("a", 5, "0"), line("b", 5, "1"))
        janus.handle(.receivePictures(times: 3))
        update(&janus, line("a", 5, "0"), line("b", 5, "1"), line("c", 5, "1"))
        #expect(janus.requests.last?["body"]?["subscribe"] == [["feed": 5, "mid": "1"]])
        janus.answer(
            "update",
            [
                "videoroom": "updated", "room": 1234,
                "streams": [line("a", 5, "0"), line("b", 5, "1"), line("c", 5, "1")],
            ], sender: 22)
        #expect(janus.take("update") == nil)
    }

    @Test func aServerThatDoesNotLetGoIsAskedOnce() {
        var janus = joined([publisher(5, "Anna")])
        attach(&janus, line("a", 5, "0"), line("b", 5, "1"))
        janus.handle(.receivePictures(times: 2))
        update(&janus, line("a", 5, "0"), line("b", 5, "1"), line("c", 5, "1"))
        janus.handle(.receivePictures(times: 1))
        #expect(janus.requests.last?["body"]?["unsubscribe"] == [["sub_mid": "c"]])
        janus.answer("update", ["videoroom": "event", "error_code": 428, "error": "no such feed"], sender: 22)
        janus.advance(.seconds(2))
        #expect(janus.take("update") == nil)
        #expect(janus.failure == nil)
    }

    /// While one feed at a time is asked for, only its copies are.
    @Test func copiesThatWereNotAskedForAreNotTakenForRefused() {
        var janus = joined([publisher(5, "Anna")])
        attach(&janus, line("a", 5, "0"), line("b", 5, "1"))
        janus.handle(.receivePictures(times: 2))
        update(&janus, line("a", 5, "0"), line("b", 5, "1"), line("c", 5, "1"))
        janus.event(publishers(publisher(6, "Bert"), publisher(7, "Carl"), publisher(8, "Dora")))
        janus.answer("update", ["videoroom": "event", "error_code": 428, "error": "no such feed 8"], sender: 22)
        let five = [line("a", 5, "0"), line("b", 5, "1"), line("c", 5, "1")]
        update(&janus, five + [line("d", 6, "0"), line("e", 6, "1")])
        update(&janus, five + [line("d", 6, "0"), line("e", 6, "1"), line("f", 7, "0"), line("g", 7, "1")])
        janus.answer("update", ["videoroom": "event", "error_code": 428, "error": "no such feed 8"], sender: 22)
        let asked = janus.requests.compactMap { $0["body"]?["subscribe"]?.arrayValue }.last
        #expect(asked?.contains(["feed": 6, "mid": "1"]) == true, "\(asked ?? [])")
    }

    @Test func manyPicturesComeOnceEach() {
        var janus = joined((1...13).map { publisher(Int64($0 + 100), "P\($0)") })
        let lines = (1...13).flatMap { number -> [JSONValue] in
            let feed = Int64(number + 100)
            return [line("a\(number)", feed, "0"), line("v\(number)", feed, "1")]
        }
        janus.answer(
            "join", ["videoroom": "attached", "room": 1234, "streams": .array(lines)], sender: 22,
            jsep: ["type": "offer", "sdp": "offer 1"])
        janus.handle(.subscriberAnswer(sdp: "answer"))
        janus.answer("start", ["videoroom": "event", "started": "ok"], sender: 22)
        janus.forget()
        janus.handle(.receivePictures(times: 3))
        #expect(janus.take("update") == nil)
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

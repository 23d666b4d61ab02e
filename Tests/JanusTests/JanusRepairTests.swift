import Base
import JSON
import Meeting
import Testing

@testable import Janus

/// What must hold across broken connections, and what must not be lost while the room is on its way in.
@Suite struct JanusRepairTests {
    private let anna = ParticipantID("5")
    private let room = ParticipantID("77")

    private func moderation(_ id: Int64, _ mid: String, _ word: String) -> JSONValue {
        ["videoroom": "event", "room": 1234, "id": .integer(id), "mid": .string(mid), "moderation": .string(word)]
    }

    private func moderations(_ janus: JanusHarness) -> [MeetingEvent] {
        janus.events.filter { if case .moderated = $0 { true } else { false } }
    }

    // MARK: - The host's block

    @Test func aBlockEndsWithTheConnectionThatItHeldBack() {
        var janus = joined()
        janus.event(moderation(77, "0", "muted"))
        #expect(janus.session.participants[room]?.microphone == .blocked)
        janus.forget()
        janus.server(["janus": "hangup", "sender": 11, "reason": "ICE failed"])
        #expect(moderations(janus) == [.moderated(.audio, blocked: false)])
        janus.advance(.seconds(1))
        janus.publish()
        #expect(janus.session.participants[room]?.microphone == .on)
        // And the next block is told again.
        janus.forget()
        janus.event(moderation(77, "0", "muted"))
        #expect(moderations(janus) == [.moderated(.audio, blocked: true)])
    }

    @Test func aBlockEndsWithTheSessionThatItHeldBack() {
        var first = joined()
        first.event(moderation(77, "0", "muted"))
        first.handle(.disconnected)
        var second = JanusHarness(continuing: first)
        second.join()
        #expect(second.events.first == .joined(first: false))
        #expect(moderations(second) == [.moderated(.audio, blocked: false)])
    }

    @Test func aBlockOnTheWayInIsToldWithTheJoin() {
        var janus = JanusHarness()
        janus.enterRoom()
        janus.handle(.publisherOffer(sdp: "offer", tracks: [LocalTrack(mid: "0", kind: .audio, isOpen: true)]))
        janus.answer("publish", ["videoroom": "event", "configured": "ok"], jsep: ["type": "answer", "sdp": "answer"])
        janus.event(moderation(77, "0", "muted"))
        #expect(janus.events.isEmpty)
        janus.server(["janus": "webrtcup", "sender": 11])
        janus.handle(.publisherConnected)
        #expect(janus.events.first == .joined(first: true))
        #expect(moderations(janus) == [.moderated(.audio, blocked: true)])
    }

    /// Who comes back believes that nothing is held back until it is told.
    @Test func aBlockThatIsPutUpAgainOnTheWayBackIsTold() {
        var first = joined()
        first.event(moderation(77, "0", "muted"))
        first.event(moderation(77, "1", "muted"))
        first.handle(.disconnected)
        var second = JanusHarness(continuing: first)
        second.enterRoom()
        second.handle(
            .publisherOffer(
                sdp: "offer",
                tracks: [
                    LocalTrack(mid: "0", kind: .audio, isOpen: true), LocalTrack(mid: "1", kind: .video, isOpen: true),
                ]))
        let answer: JSONValue = ["type": "answer", "sdp": "answer"]
        second.answer("publish", ["videoroom": "event", "configured": "ok"], jsep: answer)
        second.event(moderation(77, "0", "muted"))
        #expect(second.events.isEmpty)
        second.server(["janus": "webrtcup", "sender": 11])
        second.handle(.publisherConnected)
        #expect(second.events.first == .joined(first: false))
        #expect(moderations(second) == [.moderated(.audio, blocked: true), .moderated(.video, blocked: false)])
    }

    // MARK: - Mute-all

    @Test func muteAllHoldsBackAMicrophoneThatIsAddedLater() {
        var janus = joined([], secret: "s")
        janus.handle(.command(.moderateAll(.audio, blocked: true), JanusCommandID(rawValue: 1)))
        let camera: JSONValue = [
            "id": 5, "display": "Anna", "streams": [["type": "video", "mid": "1", "codec": "vp8"]],
        ]
        janus.event(publishers(camera))
        #expect(janus.take("moderate") == nil)
        janus.event(publishers(publisher(5, "Anna")))
        #expect(janus.take("moderate")?["body"]?["mid"] == "0")
        // What a host freed afterwards stays free, whatever else its owner changes.
        janus.event(moderation(5, "0", "muted"))
        janus.event(moderation(5, "0", "unmuted"))
        janus.event(publishers(publisher(5, "Anna", video: ["description": "camera (off)"])))
        #expect(janus.take("moderate") == nil)
    }

    @Test func whoMayUnmuteThemselvesIsHeldBackOnlyUntilTheyHaveClosedIt() {
        let open = publisher(5, "Anna", audio: ["description": "microphone"])
        let closed = publisher(5, "Anna", audio: ["description": "microphone (muted)"])
        let silent = publisher(6, "Bert", audio: ["description": "microphone (muted)"])
        // The two words may come in either order.
        for isClosedFirst in [true, false] {
            var janus = joined([open, silent], secret: "s")
            let id = JanusCommandID(rawValue: 1)
            janus.handle(.command(.moderateAll(.audio, blocked: true, selfUnmute: true), id))
            let request = janus.take("moderate")?["body"]
            #expect(request?["id"] == 5 && request?["mute"] == true)
            #expect(janus.take("moderate") == nil, "who is muted already needs no block")
            if isClosedFirst {
                janus.event(publishers(closed))
                #expect(janus.take("moderate") == nil)
                janus.event(moderation(5, "0", "muted"))
            } else {
                janus.event(moderation(5, "0", "muted"))
                #expect(janus.take("moderate") == nil)
                #expect(janus.session.participants[anna]?.microphone == .blocked)
                janus.event(publishers(closed))
            }
            let lift = janus.take("moderate")?["body"]
            #expect(lift?["id"] == 5 && lift?["mute"] == false)
            janus.event(moderation(5, "0", "unmuted"))
            #expect(janus.session.participants[anna]?.microphone == .off)
            janus.event(publishers(open))
            #expect(janus.session.participants[anna]?.microphone == .on, "they have opened it again by themselves")
            #expect(janus.take("moderate") == nil)
        }
    }

    @Test func aNewcomerToAMutedRoomMayUnmuteThemselvesToo() {
        var janus = joined([], secret: "s")
        janus.handle(.command(.moderateAll(.audio, blocked: true, selfUnmute: true), JanusCommandID(rawValue: 1)))
        janus.event(publishers(publisher(8, "Dora")))
        #expect(janus.take("moderate")?["body"]?["mute"] == true)
        // The stricter word, said later, holds.
        janus.handle(.command(.moderateAll(.audio, blocked: true), JanusCommandID(rawValue: 2)))
        _ = janus.take("moderate")
        janus.event(moderation(8, "0", "muted"))
        janus.event(publishers(publisher(8, "Dora", audio: ["description": "microphone (muted)"])))
        #expect(janus.take("moderate") == nil)
    }

    // MARK: - Offers that cannot be made

    @Test func anOfferThatCannotBeMadeIsTriedAgain() {
        var janus = joined()
        janus.server(["janus": "hangup", "sender": 11, "reason": "ICE failed"])
        janus.advance(.seconds(1))
        janus.forget()
        janus.handle(.peerFailed(.publisher))
        #expect(janus.effects.contains(.closePublisher))
        #expect(janus.take("hangup") == nil)
        janus.advance(.seconds(1))
        #expect(janus.effects.contains(.makePublisherOffer))
        janus.handle(.peerFailed(.publisher))
        janus.advance(.seconds(1))
        janus.handle(.peerFailed(.publisher))
        #expect(janus.failure == .unreachable)
    }

    @Test func anOfferThatCannotBeMadeOnTheWayInIsAFailure() {
        var janus = JanusHarness()
        janus.enterRoom()
        #expect(janus.effects.contains(.makePublisherOffer))
        janus.handle(.peerFailed(.publisher))
        #expect(janus.failure == .unreachable)
    }

    @Test func aConnectionThatTheServerClosesDuringTheFarewellIsNoLoss() {
        var janus = joined()
        janus.handle(.leave)
        janus.handle(.peerFailed(.publisher))
        janus.handle(.peerFailed(.subscriber))
        #expect(janus.failure == nil)
        janus.answer("leave", ["videoroom": "event", "room": 1234, "leaving": "ok"])
        janus.succeed("destroy")
        #expect(janus.effects.suffix(2) == [.event(.left(.left)), .closed])
    }

    // MARK: - Offers whose connection is gone

    /// Joined, with a repair of the connection under way whose offer the server has not answered.
    private func negotiating() throws -> (janus: JanusHarness, publish: JSONValue) {
        var janus = joined([])
        janus.server(["janus": "hangup", "sender": 11, "reason": "ICE failed"])
        janus.advance(.seconds(1))
        janus.handle(.publisherOffer(sdp: "old", tracks: [LocalTrack(mid: "0", kind: .audio, isOpen: true)]))
        let publish = janus.take("publish")
        return (janus, publish: try #require(publish))
    }

    @Test func nobodyWaitsForTheAnswerToAnOfferWhoseConnectionIsGone() throws {
        var janus = try negotiating().janus
        janus.server(["janus": "hangup", "sender": 11, "reason": "DTLS failed"])
        janus.advance(.seconds(1))
        janus.publish()
        janus.advance(.seconds(20))
        #expect(janus.failure == nil)
    }

    @Test func aLateAnswerIsNotAppliedToTheConnectionAfterIt() throws {
        var (janus, old) = try negotiating()
        janus.server(["janus": "hangup", "sender": 11, "reason": "DTLS failed"])
        janus.advance(.seconds(1))
        janus.handle(.publisherOffer(sdp: "new", tracks: [LocalTrack(mid: "0", kind: .audio, isOpen: true)]))
        janus.event(
            ["videoroom": "event", "configured": "ok"], jsep: ["type": "answer", "sdp": "to the old one"],
            transaction: old["transaction"])
        #expect(!janus.effects.contains(.applyPublisherAnswer(sdp: "to the old one")))
        janus.answer(
            "publish", ["videoroom": "event", "configured": "ok"], jsep: ["type": "answer", "sdp": "to the new one"])
        #expect(janus.effects.contains(.applyPublisherAnswer(sdp: "to the new one")))
        #expect(janus.failure == nil)
    }

    @Test func aLateRefusalOfAnOfferWhoseConnectionIsGoneIsNoLoss() throws {
        var (janus, old) = try negotiating()
        janus.handle(.peerFailed(.publisher))
        janus.event(
            ["videoroom": "event", "error_code": 436, "error": "no such thing"], transaction: old["transaction"])
        #expect(janus.failure == nil)
    }

    // MARK: - The subscriber's handle

    @Test func nobodyWaitsForAnswersOfAHandleThatIsGone() {
        var janus = JanusHarness()
        janus.join(publishers: [publisher(5, "Anna")])
        janus.succeed("attach", id: 22)
        #expect(janus.requests.last?["body"]?["ptype"] == "subscriber")
        // Its answer will never come.
        janus.server(["janus": "detached", "sender": 22])
        janus.forget()
        janus.advance(.seconds(1))
        janus.succeed("attach", id: 23)
        janus.answer(
            "join", ["videoroom": "attached", "room": 1234, "streams": [line("a", 5, "0"), line("b", 5, "1")]],
            sender: 23, jsep: ["type": "offer", "sdp": "offer"])
        janus.handle(.subscriberAnswer(sdp: "answer"))
        janus.answer("start", ["videoroom": "event", "started": "ok"], sender: 23)
        janus.advance(.seconds(20))
        #expect(janus.failure == nil)
    }

    @Test func aCommandOnAHandleThatIsGoneFailsAtOnce() {
        var janus = JanusHarness()
        janus.join(publishers: [publisher(5, "Anna")])
        janus.succeed("attach", id: 22)
        janus.answer(
            "join", ["videoroom": "attached", "room": 1234, "streams": [line("a", 5, "0"), line("b", 5, "1")]],
            sender: 22, jsep: ["type": "offer", "sdp": "offer"])
        janus.handle(.subscriberAnswer(sdp: "answer"))
        janus.answer("start", ["videoroom": "event", "started": "ok"], sender: 22)
        janus.handle(.command(.quality(anna, layer: 0), JanusCommandID(rawValue: 1)))
        janus.handle(.peerFailed(.subscriber))
        #expect(janus.effects.contains(.completed(JanusCommandID(rawValue: 1), .unreachable)))
        // A report that comes late concerns nobody.
        janus.forget()
        janus.handle(.peerFailed(.subscriber))
        #expect(janus.effects.isEmpty && janus.requests.isEmpty)
    }
}

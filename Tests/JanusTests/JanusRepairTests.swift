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

    private func muteAll(selfUnmute: Bool, _ id: UInt64 = 1) -> JanusInput {
        .command(.moderateAll(.audio, blocked: true, selfUnmute: selfUnmute), JanusCommandID(rawValue: id))
    }

    private func closed(_ id: Int64, _ name: String) -> JSONValue {
        publishers(publisher(id, name, audio: ["description": "microphone (muted)"]))
    }

    @Test func aNewcomerToAMutedRoomMayUnmuteThemselvesToo() {
        var janus = joined([], secret: "s")
        janus.handle(muteAll(selfUnmute: true))
        janus.event(publishers(publisher(8, "Dora")))
        #expect(janus.take("moderate")?["body"]?["mute"] == true)
        janus.event(moderation(8, "0", "muted"))
        janus.event(closed(8, "Dora"))
        #expect(janus.take("moderate")?["body"]?["mute"] == false)
    }

    @Test func theStricterWordSaidLaterHolds() {
        var janus = joined([], secret: "s")
        janus.handle(muteAll(selfUnmute: true))
        janus.event(publishers(publisher(8, "Dora")))
        _ = janus.take("moderate")
        janus.handle(muteAll(selfUnmute: false, 2))
        _ = janus.take("moderate")
        janus.event(moderation(8, "0", "muted"))
        janus.event(closed(8, "Dora"))
        #expect(janus.take("moderate") == nil)
        // Also when the lift was on its way already.
        janus.handle(muteAll(selfUnmute: true, 3))
        #expect(janus.take("moderate")?["body"]?["mute"] == false)
        janus.handle(muteAll(selfUnmute: false, 4))
        #expect(janus.take("moderate") == nil, "for all the server has said, it is held back")
        janus.event(moderation(8, "0", "unmuted"))
        #expect(janus.take("moderate")?["body"]?["mute"] == true)
    }

    @Test func theMilderWordSaidLaterFreesWhoHasObeyedTheStricter() {
        var janus = joined([publisher(5, "Anna")], secret: "s")
        janus.handle(muteAll(selfUnmute: false))
        _ = janus.take("moderate")
        janus.event(moderation(5, "0", "muted"))
        janus.event(closed(5, "Anna"))
        #expect(janus.take("moderate") == nil)
        janus.handle(muteAll(selfUnmute: true, 2))
        #expect(janus.take("moderate")?["body"]?["mute"] == false)
        #expect(janus.take("moderate") == nil)
        janus.event(moderation(5, "0", "unmuted"))
        #expect(janus.session.participants[anna]?.microphone == .off)
    }

    @Test func aMuteAllSaidTwiceHoldsNobodyBackForLonger() {
        var janus = joined([publisher(5, "Anna")], secret: "s")
        janus.handle(muteAll(selfUnmute: true))
        janus.event(closed(5, "Anna"))
        janus.handle(muteAll(selfUnmute: true, 2))
        #expect(janus.take("moderate")?["body"]?["mute"] == true)
        janus.event(moderation(5, "0", "muted"))
        #expect(janus.take("moderate")?["body"]?["mute"] == false)
    }

    @Test func whatTheHostSaidOfOneIsNotLiftedByAWordAboutAll() {
        var janus = joined([publisher(5, "Anna")], secret: "s")
        janus.handle(.command(.moderate(anna, .audio, blocked: true), JanusCommandID(rawValue: 1)))
        _ = janus.take("moderate")
        janus.event(moderation(5, "0", "muted"))
        janus.handle(muteAll(selfUnmute: true, 2))
        janus.event(closed(5, "Anna"))
        #expect(janus.take("moderate") == nil)
    }

    @Test func aStreamThatCarriesNothingKeepsNobodyHeldBack() {
        let inactive: JSONValue = ["type": "audio", "mid": "2", "disabled": true]
        var janus = joined([publisher(5, "Anna", more: [inactive])], secret: "s")
        janus.handle(muteAll(selfUnmute: true))
        #expect(janus.take("moderate")?["body"]?["mid"] == "0")
        #expect(janus.take("moderate") == nil)
        janus.event(moderation(5, "0", "muted"))
        let muted: JSONValue = ["description": "microphone (muted)"]
        janus.event(publishers(publisher(5, "Anna", audio: muted, more: [inactive])))
        #expect(janus.take("moderate")?["body"]?["mute"] == false)
    }

    @Test func aReturnHoldsBackOnlyWhomTheFormerSessionDid() {
        // Anna has closed and was freed, Bert is held back, Cem by a word about him alone.
        var first = joined([publisher(5, "Anna"), publisher(6, "Bert"), publisher(7, "Cem")], secret: "s")
        let cem = ParticipantID("7")
        first.handle(.command(.moderate(cem, .audio, blocked: true), JanusCommandID(rawValue: 1)))
        first.event(moderation(7, "0", "muted"))
        first.handle(muteAll(selfUnmute: true, 2))
        for id in [5, 6] as [Int64] { first.event(moderation(id, "0", "muted")) }
        first.event(closed(5, "Anna"))
        first.event(moderation(5, "0", "unmuted"))
        first.handle(.disconnected)
        var second = JanusHarness(.test { $0.roomSecret = "s" }, continuing: first)
        second.enterRoom(publishers: [publisher(5, "Anna"), publisher(6, "Bert"), publisher(7, "Cem")])
        second.succeed("listforwarders", plugin: ["videoroom": "success"])
        second.publish()
        let asked = second.requests.filter { $0["body"]?["request"] == "moderate" }.map { $0["body"] }
        #expect(asked.allSatisfy { $0?["id"] != 5 && $0?["id"] != 7 }, "\(asked)")
        second.forget()
        // Who closes now is freed; who was muted alone is not.
        second.event(closed(6, "Bert"))
        second.event(closed(7, "Cem"))
        let lifts = second.requests.filter { $0["body"]?["request"] == "moderate" }.map { $0["body"]?["id"] }
        #expect(lifts == [6])
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

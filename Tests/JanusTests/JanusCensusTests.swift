import Base
import JSON
import Meeting
import Testing

@testable import Janus

/// Who is in the room after a time in which nothing reached it, and what a host said of everybody.
@Suite struct JanusCensusTests {
    private func census(_ entries: [JSONValue]) -> JSONValue {
        ["videoroom": "participants", "participants": .array([["id": 77, "publisher": true]] + entries)]
    }

    private func sending(_ id: Int64) -> JSONValue { ["id": .integer(id), "publisher": true] }
    private func silent(_ id: Int64) -> JSONValue { ["id": .integer(id), "publisher": false] }

    private func lost(_ start: JanusHarness = receiving()) -> JanusHarness {
        var janus = start
        janus.handle(.linkLost)
        return janus
    }

    /// As the host who has muted everybody; Anna, who was there, is held back.
    private func muted(selfUnmute: Bool = false) -> JanusHarness {
        var janus = receiving(JanusHarness(.test { $0.roomSecret = "s" }))
        janus.handle(.command(.moderateAll(.audio, blocked: true, selfUnmute: selfUnmute), JanusCommandID(rawValue: 1)))
        janus.succeed("moderate", plugin: ["videoroom": "success"])
        janus.event(["videoroom": "event", "room": 1234, "id": 5, "mid": "0", "moderation": "muted"])
        janus.forget()
        return janus
    }

    // MARK: - Events while it is asked

    @Test func whoLeftWhileItWasAskedStaysAway() {
        var janus = lost()
        janus.handle(.linkAlive)
        janus.event(["videoroom": "event", "room": 1234, "leaving": 5])
        janus.succeed("listparticipants", plugin: census([sending(5)]))
        #expect(janus.session.participants[ParticipantID("5")] == nil)
        janus.advance(.seconds(5))
        #expect(janus.failure == nil)
    }

    @Test func whoCameWhileItWasAskedStays() {
        var janus = lost()
        janus.handle(.linkAlive)
        janus.event(["videoroom": "event", "room": 1234, "joining": ["id": 8, "display": "Dora"]])
        janus.event(publishers(publisher(9, "Emil")))
        janus.succeed("listparticipants", plugin: census([sending(5)]))
        #expect(janus.session.participants[ParticipantID("8")]?.name == "Dora")
        #expect(janus.session.participants[ParticipantID("9")]?.microphone == .on)
    }

    @Test func whoBeganToSendWhileItWasAskedSends() {
        var janus = lost(receiving(JanusHarness()))
        janus.handle(.linkAlive)
        janus.event(publishers(publisher(9, "Emil")))
        janus.succeed("listparticipants", plugin: census([sending(5), silent(9)]))
        #expect(janus.session.participants[ParticipantID("9")]?.microphone == .on)
    }

    @Test func oneThatIsNotAnsweredIsAskedAgain() {
        var janus = lost()
        janus.handle(.linkAlive)
        _ = janus.take("listparticipants")
        janus.advance(.seconds(12))
        #expect(janus.failure == nil && janus.take("listparticipants") != nil)
    }

    // MARK: - What a host said of everybody

    /// Their streams are known only after another join, where they are newcomers.
    @Test(arguments: [false, true]) func whoCameWithoutALinkIsMutedToo(selfUnmute: Bool) {
        var first = lost(muted(selfUnmute: selfUnmute))
        first.handle(.linkReplaced)
        first.succeed("claim")
        for _ in 0..<2 {
            first.succeed("listparticipants", plugin: census([sending(5), sending(8)]))
            first.advance(.seconds(1))
        }
        #expect(first.failure == .unreachable)
        var second = JanusHarness(.test { $0.roomSecret = "s" }, continuing: first)
        second.enterRoom(publishers: [publisher(5, "Anna"), publisher(8, "Dora")])
        second.succeed("listforwarders", plugin: ["videoroom": "forwarders"])
        second.publish()
        let blocked = second.requests.filter { $0["body"]?["request"] == "moderate" && $0["body"]?["mute"] == true }
        #expect(blocked.contains { $0["body"]?["id"] == 8 && $0["body"]?["mid"] == "0" })
        #expect(
            second.events.contains { if case .participantJoined(let one) = $0 { one.name == "Dora" } else { false } })
    }

    @Test func whoBeganToSendWithoutALinkIsMutedToo() {
        var first = muted(selfUnmute: true)
        first.event(["videoroom": "event", "room": 1234, "joining": ["id": 8, "display": "Dora"]])
        first.handle(.disconnected)
        var second = JanusHarness(.test { $0.roomSecret = "s" }, continuing: first)
        second.enterRoom(publishers: [publisher(5, "Anna"), publisher(8, "Dora")])
        second.succeed("listforwarders", plugin: ["videoroom": "forwarders"])
        #expect(second.requests.contains { $0["body"]?["request"] == "moderate" && $0["body"]?["id"] == 8 })
    }

    /// The server forgets a block with the streams, and who sends anew was perhaps told on the lost link.
    @Test func whatIsHeldBackIsSaidAgainOnTheNextLink() {
        var janus = lost(muted())
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        let again = janus.take("moderate")
        #expect(again?["body"]?["id"] == 5 && again?["body"]?["mid"] == "0" && again?["body"]?["mute"] == true)
        #expect(janus.take("moderate") == nil, "nobody's camera")
    }

    @Test func aCrowdIsMutedWithoutLosingTheMeeting() {
        var janus = joined((0..<400).map { publisher(1000 + $0, "x") }, secret: "s")
        let id = JanusCommandID(rawValue: 1)
        janus.handle(.command(.moderateAll(.audio, blocked: true), id))
        #expect(janus.failure == nil)
        var count = 0
        while let request = janus.take("moderate") {
            count += 1
            janus.server([
                "janus": "success", "transaction": request["transaction"] ?? .null,
                "plugindata": ["plugin": "janus.plugin.videoroom", "data": ["videoroom": "success"]],
            ])
        }
        #expect(count == 400)
        #expect(janus.effects.contains(.completed(id, nil)))
    }

    /// A crowd is waited for by the server's answers; who goes meanwhile is not held back any more, nor who comes under
    /// the same number.
    @Test(arguments: ["leaving", "unpublished", "kicked"])
    func whoGoesBeforeTheirTurnIsNotHeldBack(_ word: String) {
        var janus = joined((0..<100).map { publisher(1000 + $0, "x") }, secret: "s")
        let id = JanusCommandID(rawValue: 1)
        janus.handle(.command(.moderateAll(.audio, blocked: true), id))
        let asked = Set(janus.requests.compactMap { $0["body"]?["id"]?.integerValue })
        let waiting = Set(1000..<1100 as Range<Int64>).subtracting(asked)
        #expect(!waiting.isEmpty)
        let gone = waiting.prefix(10)
        for one in gone { janus.event(.object(["videoroom": "event", "room": 1234, word: .integer(one)])) }
        var moderated: [Int64] = []
        while let request = janus.take("moderate") {
            moderated += [request["body"]?["id"]?.integerValue ?? 0]
            janus.server([
                "janus": "success", "transaction": request["transaction"] ?? .null,
                "plugindata": ["plugin": "janus.plugin.videoroom", "data": ["videoroom": "success"]],
            ])
        }
        #expect(Set(moderated).isDisjoint(with: gone) && moderated.count == 100 - gone.count)
        #expect(janus.effects.contains(.completed(id, nil)), "everybody who is there is held back")
    }

    /// Nothing is left to be sent, so nothing will be answered.
    @Test func aWordAboutThoseWhoHaveAllGoneIsDone() {
        var janus = joined((0..<100).map { publisher(1000 + $0, "x") }, secret: "s")
        janus.handle(.command(.moderateAll(.audio, blocked: true), JanusCommandID(rawValue: 1)))
        let asked = Set(janus.requests.compactMap { $0["body"]?["id"]?.integerValue })
        let last = (1000..<1100 as Range<Int64>).first { !asked.contains($0) } ?? 0
        let id = JanusCommandID(rawValue: 2)
        janus.handle(.command(.moderate(ParticipantID("\(last)"), .video, blocked: true), id))
        #expect(!janus.effects.contains(.completed(id, nil)))
        janus.event(["videoroom": "event", "room": 1234, "leaving": .integer(last)])
        #expect(janus.effects.contains(.completed(id, nil)))
    }

    // MARK: - More than can be listed

    @Test func weAreInARoomWhoseListIsLong() {
        var janus = lost()
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        let crowd = (0..<3000).map { silent(10_000 + Int64($0)) }
        janus.succeed(
            "listparticipants",
            plugin: [
                "videoroom": "participants",
                "participants": .array(crowd + [sending(5), ["id": 77, "publisher": true]]),
            ])
        #expect(janus.failure == nil && !janus.events.contains(.left(.removed)))
        #expect(janus.session.participants[ParticipantID("5")] != nil, "who is at its end is there, too")
        #expect(janus.session.participants.participants.count <= Roster.limit)
        #expect(janus.session.ids.count <= Roster.limit)
    }

    @Test func whoSpeaksInACrowdIsHeard() {
        var janus = joined([])
        for id in 0..<1500 as Range<Int64> {
            janus.event(["videoroom": "event", "room": 1234, "joining": ["id": .integer(10_000 + id), "display": "x"]])
        }
        janus.event(publishers(publisher(9, "Emil")))
        #expect(janus.session.participants[ParticipantID("9")]?.microphone == .on)
        #expect(janus.take("attach") != nil)
    }

    @Test func whenACrowdThinsTheRestIsListed() {
        var janus = joined([])
        for id in 0..<1500 as Range<Int64> {
            janus.event(["videoroom": "event", "room": 1234, "joining": ["id": .integer(10_000 + id), "display": "x"]])
        }
        let listed = janus.session.participants.participants.count
        #expect(listed < 1501)
        for id in 0..<1400 as Range<Int64> {
            janus.event(["videoroom": "event", "room": 1234, "leaving": .integer(10_000 + id)])
        }
        janus.advance(.seconds(2))
        janus.succeed("listparticipants", plugin: census((1400..<1500).map { silent(10_000 + Int64($0)) }))
        #expect(janus.session.participants.participants.count == 101)
        janus.event(["videoroom": "event", "room": 1234, "leaving": 11_450])
        janus.advance(.seconds(60))
        #expect(janus.take("listparticipants") == nil, "everybody is listed now")
    }

    // MARK: - Half done

    @Test func aPromisedOfferThatWasLostIsNotWaitedFor() {
        var janus = receiving()
        janus.event(publishers(publisher(6, "Bert")))
        janus.answer("update", ["videoroom": "updating", "room": 1234], sender: 22)
        janus.handle(.linkLost)
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        #expect(janus.effects.contains(.closeSubscriber))
        janus.advance(.milliseconds(1))
        #expect(janus.take("attach") != nil)
    }

    @Test func aPromiseIsNotBelievedForever() {
        var janus = receiving()
        janus.event(publishers(publisher(6, "Bert")))
        janus.answer("update", ["videoroom": "updating", "room": 1234], sender: 22)
        janus.advance(.seconds(6))
        #expect(janus.effects.contains(.closeSubscriber))
    }

    @Test func whoLeavesWaitsForNoPromise() {
        var janus = JanusHarness(.test { $0.leaveTimeout = .seconds(8) })
        janus = receiving(janus)
        janus.event(publishers(publisher(6, "Bert")))
        janus.answer("update", ["videoroom": "updating", "room": 1234], sender: 22)
        janus.handle(.leave)
        janus.advance(.seconds(9))
        #expect(janus.effects.last == .closed)
    }

    @Test func moreModerationsThanMakeSenseAreRefused() {
        let crowd = (0..<250 as Range<Int64>).map { person -> JSONValue in
            let sounds = (2..<16).map { ["type": "audio", "mid": .string("\($0)"), "codec": "opus"] as JSONValue }
            return publisher(1000 + person, "x", more: sounds)
        }
        var janus = joined(crowd, secret: "s")
        for number in 1...2 as ClosedRange<UInt64> {
            janus.handle(.command(.moderateAll(.audio, blocked: true), JanusCommandID(rawValue: number)))
        }
        while let request = janus.take("moderate") {
            janus.server([
                "janus": "success", "transaction": request["transaction"] ?? .null,
                "plugindata": ["plugin": "janus.plugin.videoroom", "data": ["videoroom": "success"]],
            ])
        }
        #expect(janus.effects.contains(.completed(JanusCommandID(rawValue: 1), nil)))
        #expect(janus.effects.contains(.completed(JanusCommandID(rawValue: 2), .limitExceeded)))
        #expect(janus.failure == nil)
    }

    /// Asked for something else, the server would wait for the answer to an offer that never came.
    @Test func anOfferThatWasLostWithALeaveIsNotWaitedFor() {
        var janus = lost()
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        janus.succeed("listparticipants", plugin: census([]))
        janus.event(publishers(publisher(6, "Bert")))
        janus.answer("update", ["videoroom": "updating", "room": 1234], sender: 22)
        #expect(janus.effects.contains(.closeSubscriber))
    }

    /// Our connection was being made anew when the link was lost.
    private func connecting() -> JanusHarness {
        var janus = receiving()
        janus.server(["janus": "hangup", "sender": 11, "reason": "ICE failed"])
        janus.advance(.milliseconds(1))
        janus.handle(.publisherOffer(sdp: "offer", tracks: [LocalTrack(mid: "0", kind: .audio, isOpen: true)]))
        janus.answer("publish", ["videoroom": "event", "configured": "ok"], jsep: ["type": "answer", "sdp": "answer"])
        janus.forget()
        return janus
    }

    @Test func aConnectionThatWasBeingMadeIsMadeAnew() {
        var janus = lost(connecting())
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        #expect(janus.effects.contains(.closePublisher))
        janus.advance(.seconds(2))
        #expect(janus.effects.contains(.makePublisherOffer))
    }

    /// Only the server's word that it is up was lost.
    @Test func aConnectionThatCameUpWithoutALinkIsUp() {
        var janus = connecting()
        janus.handle(.publisherConnected)
        janus.handle(.linkLost)
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        janus.succeed("listparticipants", plugin: census([sending(5)]))
        #expect(!janus.effects.contains(.closePublisher))
        #expect(janus.session.participants.tracks(of: ParticipantID("77")) == [.audio])
    }

    @Test func aConnectionThatTheServerGaveUpWithoutALinkIsMadeAnew() {
        var janus = lost()
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        janus.succeed(
            "listparticipants",
            plugin: ["videoroom": "participants", "participants": [["id": 77, "publisher": false], sending(5)]])
        #expect(janus.effects.contains(.closePublisher) && janus.failure == nil)
    }
}

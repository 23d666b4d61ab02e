import Base
import JSON
import Meeting
import Testing

@testable import Janus

/// A WebSocket that falls silent, and the session on the one after it.
@Suite struct JanusLinkTests {
    private let everybody: JSONValue = [
        "videoroom": "participants",
        "participants": [["id": 77, "publisher": true], ["id": 5, "publisher": true]],
    ]

    /// Joined, with Anna received, and the link lost.
    private func lost() -> JanusHarness {
        var janus = receiving()
        janus.handle(.linkLost)
        return janus
    }

    @Test func waitsInSilenceAndClaimsTheSession() {
        var janus = lost()
        janus.advance(.seconds(40))
        #expect(janus.requests.isEmpty && janus.effects.isEmpty)
        janus.handle(.linkReplaced)
        #expect(janus.requests.count == 1)
        #expect(janus.requests.first?["janus"] == "claim" && janus.requests.first?["session_id"] == 1)
        janus.succeed("claim")
        #expect(janus.effects == [.linked])
        janus.succeed("listparticipants", plugin: everybody)
        janus.advance(.seconds(20))
        #expect(janus.failure == nil && janus.events.isEmpty)
        janus.advance(.seconds(20))
        #expect(janus.take("keepalive") != nil)
    }

    @Test func theSilentWebSocketMaySpeakAgain() {
        var janus = lost()
        janus.handle(.linkAlive)
        #expect(janus.effects == [.linked] && janus.take("claim") == nil)
        // Also while another is claiming.
        janus = lost()
        janus.handle(.linkReplaced)
        janus.handle(.linkAlive)
        #expect(janus.effects == [.linked])
        janus.advance(.seconds(15))
        #expect(janus.failure == nil, "nobody waits for the answer to the claim any more")
    }

    @Test func aSessionThatIsNoMoreIsLost() {
        var janus = lost()
        janus.handle(.linkReplaced)
        janus.refuse("claim", code: 458, "No such session")
        #expect(janus.failure == .unreachable)
    }

    @Test func aThirdWebSocketClaimsToo() {
        var janus = lost()
        janus.handle(.linkReplaced)
        _ = janus.take("claim")
        janus.handle(.linkReplaced)
        #expect(janus.take("claim") != nil)
    }

    @Test func onTheWayInSilenceIsALoss() {
        var janus = JanusHarness()
        janus.enterRoom()
        janus.handle(.linkLost)
        #expect(janus.failure == .unreachable)
    }

    @Test func commandsFailWithoutALinkButOurOwnSwitchesAreToldLater() {
        var janus = receiving()
        janus.handle(.command(.rename("x"), JanusCommandID(rawValue: 1)))
        janus.handle(.linkLost)
        janus.handle(.command(.rename("y"), JanusCommandID(rawValue: 2)))
        for id in [1, 2] as [UInt64] {
            #expect(janus.effects.contains(.completed(JanusCommandID(rawValue: id), .unreachable)))
        }
        janus.forget()
        janus.handle(.command(.setOpen(.audio, false), JanusCommandID(rawValue: 3)))
        #expect(janus.effects.contains(.completed(JanusCommandID(rawValue: 3), nil)) && janus.requests.isEmpty)
        #expect(janus.session.participants[ParticipantID("77")]?.microphone == .off)
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        #expect(
            janus.take("configure")?["body"]?["descriptions"]?.arrayValue?.first?["description"] == "microphone (muted)"
        )
    }

    @Test func leavingWithoutALinkWaitsForNobody() {
        var janus = lost()
        janus.handle(.leave)
        #expect(janus.take("destroy")?["session_id"] == 1)
        #expect(janus.effects == [.event(.left(.left)), .closed])
    }

    @Test func whoWentMeanwhileIsGoneAndWhoCameIsThere() {
        var janus = lost()
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        janus.succeed(
            "listparticipants",
            plugin: [
                "videoroom": "participants",
                "participants": [["id": 77, "publisher": true], ["id": 8, "display": "Dora", "publisher": false]],
            ])
        #expect(janus.events.contains(.participantLeft(ParticipantID("5"), .left)))
        #expect(janus.session.participants[ParticipantID("8")]?.name == "Dora")
        #expect(janus.failure == nil)
    }

    @Test func whoSendsWithoutHavingBeenAnnouncedMakesTheRoomJoinAgain() {
        var janus = lost()
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        let more: JSONValue = [
            "videoroom": "participants",
            "participants": [
                ["id": 77, "publisher": true], ["id": 5, "publisher": true], ["id": 8, "publisher": true],
            ],
        ]
        janus.succeed("listparticipants", plugin: more)
        // The announcement may be on its way.
        #expect(janus.failure == nil)
        janus.advance(.seconds(1))
        janus.succeed("listparticipants", plugin: more)
        #expect(janus.failure == .unreachable)
    }

    /// The session is alive, so it is no server that was started again.
    @Test func whoWasPutOutMeanwhileStaysOut() {
        var janus = lost()
        janus.handle(.linkAlive)
        janus.succeed(
            "listparticipants",
            plugin: ["videoroom": "participants", "participants": [["id": 5, "publisher": true]]])
        #expect(janus.failure == nil)
        #expect(janus.events.last == .left(.removed))
    }

    @Test func aMeetingThatWasEndedMeanwhileIsOver() throws {
        var janus = lost()
        janus.handle(.linkAlive)
        let taken = janus.take("listparticipants")
        let request = try #require(taken)
        janus.server([
            "janus": "success", "transaction": request["transaction"] ?? .null,
            "plugindata": [
                "plugin": "janus.plugin.videoroom",
                "data": ["videoroom": "event", "error_code": 426, "error": "No such room (1234)"],
            ],
        ])
        #expect(janus.failure == nil)
        #expect(janus.events.suffix(2) == [.ended(.host), .left(.ended)])
    }

    @Test func aClaimThatIsCutOffTooCostsNothing() {
        var janus = lost()
        janus.handle(.linkReplaced)
        janus.handle(.linkLost)
        janus.advance(.seconds(20))
        #expect(janus.failure == nil, "the claim waits for no answer any more")
        janus.forget()
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        #expect(janus.effects == [.linked])
    }

    /// Who comes back hurries on the way in only.
    @Test func aSlowServerHasItsTimeOnceTheRoomIsIn() {
        var first = receiving()
        first.handle(.disconnected)
        var second = receiving(JanusHarness(.test { $0.joinRequestTimeout = .seconds(4) }, continuing: first))
        while second.take("keepalive") == nil { second.advance(.milliseconds(100)) }
        second.advance(.milliseconds(9800))
        #expect(second.failure == nil)
        second.advance(.milliseconds(300))
        #expect(second.failure == .unreachable)
        var third = JanusHarness(.test { $0.joinRequestTimeout = .seconds(4) }, continuing: first)
        third.handle(.connected)
        third.advance(.seconds(4))
        #expect(third.failure == .timeout)
    }

    @Test func aNegotiationThatWasCutOffIsMadeAnew() {
        var janus = receiving()
        janus.event(publishers(publisher(6, "Bert")))
        #expect(janus.take("update") != nil)
        janus.handle(.linkLost)
        janus.forget()
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        #expect(janus.effects.contains(.closeSubscriber) && janus.take("detach") != nil)
        janus.advance(.milliseconds(1))
        #expect(janus.take("attach") != nil)
    }

    @Test func anAnswerThatIsReadyWithoutALinkIsNotWaitedFor() {
        var janus = receiving()
        janus.event(publishers(publisher(5, "Anna"), publisher(6, "Bert")))
        let streams = [line("a", 5, "0"), line("b", 5, "1"), line("c", 6, "0"), line("d", 6, "1")]
        janus.answer(
            "update", ["videoroom": "updated", "room": 1234, "streams": .array(streams)], sender: 22,
            jsep: ["type": "offer", "sdp": "more"])
        janus.handle(.linkLost)
        janus.handle(.subscriberAnswer(sdp: "late"))
        #expect(janus.take("start") == nil)
        janus.handle(.linkAlive)
        #expect(janus.effects.contains(.closeSubscriber))
    }

    // MARK: - Handles that are to be given back

    /// It was told on a link that was lost already, or by an answer that was lost with it.
    @Test(arguments: [true, false])
    func aHandleThatWasGivenUpAsTheLinkWasLostIsGivenBackOnTheNext(_ isUnlinked: Bool) {
        var janus = receiving()
        if isUnlinked { janus.handle(.linkLost) }
        janus.handle(.peerFailed(.subscriber))
        if !isUnlinked { janus.handle(.linkLost) }
        // Also a link that is lost again before it stands.
        janus.handle(.linkReplaced)
        janus.handle(.linkLost)
        janus.forget()
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        #expect(janus.requests.filter { $0["janus"] == "detach" }.map { $0["handle_id"] } == [22])
        janus.succeed("detach")
        janus.handle(.linkLost)
        janus.handle(.linkAlive)
        #expect(janus.take("detach") == nil, "once is enough")
        #expect(janus.failure == nil)
    }

    /// The link was silent already when the session gave up waiting, and nobody had noticed.
    @Test func aPromiseThatIsNotKeptOnASilentLinkLeavesNoHandleBehind() {
        var janus = receiving()
        janus.event(publishers(publisher(6, "Bert")))
        janus.answer("update", ["videoroom": "updating", "room": 1234], sender: 22)
        janus.advance(.seconds(6))
        #expect(janus.take("detach") != nil)
        janus.handle(.linkLost)
        janus.forget()
        janus.advance(.seconds(60))
        #expect(janus.effects.isEmpty && janus.requests.isEmpty)
        janus.handle(.linkReplaced)
        janus.succeed("claim")
        #expect(janus.requests.filter { $0["janus"] == "detach" }.map { $0["handle_id"] } == [22])
    }

    // MARK: - Restarts of ICE

    @Test func iceStartsAnewOnTheConnectionsThereAre() {
        var janus = receiving()
        janus.handle(.restart(.publisher))
        janus.handle(.restart(.subscriber))
        #expect(janus.effects == [.restartPublisherOffer])
        janus.handle(.publisherOffer(sdp: "again", tracks: janus.session.localTracks))
        #expect(janus.requests.contains { $0["body"]?["restart"] == true && $0["handle_id"] == 22 })
        let restart = janus.requests.firstIndex { $0["body"]?["restart"] == true }
        if let restart { janus.requests.swapAt(0, restart) }
        janus.answer(
            "configure", ["videoroom": "event", "configured": "ok"], sender: 22,
            jsep: ["type": "offer", "sdp": "other"])
        #expect(janus.effects.contains(.answerSubscriberOffer(sdp: "other")))
        janus.handle(.subscriberAnswer(sdp: "mine"))
        #expect(janus.take("start") != nil)
        #expect(janus.requests.first?["jsep"]?["sdp"] == "again")
        janus.answer(
            "configure", ["videoroom": "event", "configured": "ok"], jsep: ["type": "answer", "sdp": "yours"])
        #expect(janus.effects.contains(.applyPublisherAnswer(sdp: "yours")))
        #expect(janus.events.isEmpty, "nobody sees anything of it")
    }

    @Test func aRestartThatIsRefusedMakesTheConnectionAnew() {
        var janus = receiving()
        janus.handle(.restart(.subscriber))
        janus.answer("configure", ["videoroom": "event", "error_code": 428, "error": "No"], sender: 22)
        #expect(janus.effects.contains(.closeSubscriber))
    }

    @Test func firstRepairsComeAtOnceAndLaterOnesAfterAPause() {
        var janus = receiving()
        for (times, limits) in [0.0...0.0, 0.75...1.25].enumerated() {
            janus.server(["janus": "hangup", "sender": 11, "reason": "ICE failed"])
            let due = (janus.session.nextDeadline ?? .distantFuture) - janus.now
            #expect(limits.contains(due.inSeconds), "\(times)")
            janus.advance(.seconds(2))
            janus.publish()
        }
    }

    // MARK: - Ghosts

    @Test func theNextSessionEndsTheLastOneBeforeItJoins() {
        var first = receiving()
        first.handle(.disconnected)
        var second = JanusHarness(continuing: first)
        second.handle(.connected)
        second.succeed("create", id: 2)
        #expect(second.requests.map { $0["janus"] } == ["destroy", "attach"])
        #expect(second.take("destroy")?["session_id"] == 1)
        // One that got nowhere leaves both to the next.
        second.handle(.disconnected)
        var third = JanusHarness(continuing: second)
        third.handle(.connected)
        third.succeed("create", id: 3)
        #expect(third.take("destroy")?["session_id"] == 2)
    }

    @Test func ourGhostsAreNobody() {
        var first = receiving()
        first.handle(.disconnected)
        var second = JanusHarness(continuing: first)
        second.handle(.connected)
        second.succeed("create", id: 2)
        second.succeed("attach", id: 11)
        second.answer(
            "join", ["videoroom": "joined", "room": 1234, "id": 78, "publishers": [publisher(77, "Boardroom")]])
        second.publish()
        second.handle(.disconnected)
        var third = JanusHarness(continuing: second)
        third.handle(.connected)
        third.succeed("create", id: 3)
        third.succeed("attach", id: 11)
        third.answer(
            "join",
            [
                "videoroom": "joined", "room": 1234, "id": 79,
                "publishers": [publisher(77, "Boardroom"), publisher(78, "Boardroom"), publisher(5, "Anna")],
            ])
        third.publish()
        #expect(third.session.participants.participants.keys.map(\.rawValue).sorted() == ["5", "79"])
        // After Janus must have given them up, an id is anybody's.
        third.advance(.seconds(20))
        third.server(["janus": "ack"])
        #expect(third.session.remains.selves.count == 3)
    }
}

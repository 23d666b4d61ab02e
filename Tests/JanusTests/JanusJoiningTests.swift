import Base
import JSON
import Meeting
import Testing

@testable import Janus

@Suite struct JanusJoiningTests {
    private let anna = ParticipantID("5")

    @Test func isInOnlyWhenMediaCanFlow() {
        var janus = JanusHarness()
        janus.enterRoom(publishers: [publisher(5, "Anna")])
        #expect(janus.effects.contains(.makePublisherOffer))
        janus.handle(.publisherOffer(sdp: "offer", tracks: [LocalTrack(mid: "0", kind: .audio, isOpen: false)]))
        let published = janus.requests.last { $0["body"]?["request"] == "publish" }
        #expect(published?["body"]?["descriptions"]?[0]?["description"] == "microphone (muted)")
        janus.answer(
            "publish", ["videoroom": "event", "configured": "ok"], jsep: ["type": "answer", "sdp": "v=0 answer"])
        #expect(janus.effects.contains(.applyPublisherAnswer(sdp: "v=0 answer")))
        janus.server(["janus": "webrtcup", "sender": 11])
        #expect(janus.events.isEmpty)
        janus.handle(.publisherConnected)
        #expect(janus.events.first == .joined(first: true))
        #expect(janus.session.isJoined)
        let names = janus.events.compactMap { if case .participantJoined(let who) = $0 { who.name } else { nil } }
        #expect(names == ["Boardroom", "Anna"])
        #expect(janus.events.contains(.trackPublished(anna, .video)))
        #expect(janus.session.participants[ParticipantID("77")]?.microphone == .off)
    }

    @Test func sendsSecretsWhereTheyBelong() {
        var janus = JanusHarness(
            .test {
                $0.apiSecret = "api"
                $0.pin = "1 2"
                $0.token = "t"
            })
        janus.enterRoom()
        janus.publish()
        janus.advance(.seconds(30))
        janus.handle(.leave)
        for request in janus.requests { #expect(request["apisecret"] == "api") }
        var fresh = JanusHarness(.test { $0.pin = "1 2" })
        fresh.handle(.connected)
        fresh.succeed("create", id: 1)
        fresh.succeed("attach", id: 11)
        #expect(fresh.requests.last?["body"]?["pin"] == "1 2")
        #expect(fresh.requests.last?["body"]?["room"] == 1234)
    }

    @Test(arguments: [
        (426, "No such room (9)", MeetingError.meetingNotFound), (433, "Unauthorized (wrong pin)", .wrongPasscode),
        (429, "Missing mandatory element (pin)", .wrongPasscode),
        (433, "Unauthorized (not in the allowed list)", .invalidToken),
        (430, "Invalid element (room should be a number)", .meetingNotFound), (436, "User ID 7 already exists", .busy),
        (499, "?", .rejectedByService), (421, "?", .rejectedByService),
    ])
    func namesWhyJoiningFailed(_ code: Int64, _ reason: String, _ error: MeetingError) {
        var janus = JanusHarness(.test { $0.room = .existing("weekly") })
        janus.handle(.connected)
        janus.succeed("create", id: 1)
        janus.succeed("attach", id: 11)
        janus.answer("join", ["videoroom": "event", "error_code": .integer(code), "error": .string(reason)])
        #expect(janus.failure == error)
        #expect(janus.session.nextDeadline == nil)
    }

    @Test func namesCoreErrors() {
        var janus = JanusHarness()
        janus.handle(.connected)
        janus.refuse("create", code: 403, "Unauthorized request (wrong or missing secret/token)")
        #expect(janus.failure == .invalidToken)
        var other = JanusHarness()
        other.handle(.connected)
        other.succeed("create", id: 1)
        other.refuse("attach", code: 460, "No such plugin 'janus.plugin.videoroom'")
        #expect(other.failure == .unsupportedByService)
    }

    @Test func saysThatTheRoomIsFull() {
        var janus = JanusHarness()
        janus.enterRoom()
        janus.handle(.publisherOffer(sdp: "offer", tracks: []))
        janus.answer(
            "publish",
            ["videoroom": "event", "error_code": 432, "error": "Maximum number of publishers (3) already reached"])
        #expect(janus.failure == .meetingFull)
    }

    @Test func turnsToTextIDsWhenTheServerWantsThem() {
        var janus = JanusHarness()
        janus.handle(.connected)
        janus.succeed("create", id: 1)
        janus.succeed("attach", id: 11)
        janus.answer(
            "join",
            ["videoroom": "event", "error_code": 430, "error": "Invalid element type (room should be a string)"])
        #expect(janus.failure == nil)
        #expect(janus.requests.last?["body"]?["room"] == "1234")
    }

    @Test func givesUpWhenTheServerIsSilent() {
        var janus = JanusHarness()
        janus.handle(.connected)
        janus.advance(.milliseconds(9999))
        #expect(janus.failure == nil)
        janus.advance(.milliseconds(2))
        #expect(janus.failure == .timeout)
    }

    @Test func keepsTheSessionAlive() {
        var janus = JanusHarness()
        janus.join()
        janus.forget()
        for round in 1...10 {
            janus.advance(.seconds(25))
            #expect(janus.requests.filter { $0["janus"] == "keepalive" }.count == 1, "round \(round)")
            let transaction = janus.take("keepalive")?["transaction"] ?? .null
            janus.server(["janus": "ack", "session_id": 1, "transaction": transaction])
        }
        #expect(janus.failure == nil)
        janus.advance(.seconds(36))
        #expect(janus.failure == .unreachable)
    }

    @Test func makesARoomWhichItHosts() {
        var settings = RoomSettings()
        settings.secret = "s"
        settings.pin = "42"
        var janus = JanusHarness(
            .test {
                $0.room = .create(settings)
                $0.roomSecret = "s"
            })
        janus.handle(.connected)
        janus.succeed("create", id: 1)
        janus.succeed("attach", id: 11)
        let body = janus.requests.last?["body"]
        #expect(body?["audiolevel_event"] == true)
        #expect(body?["notify_joining"] == true)
        #expect(body?["opus_fec"] == true)
        #expect(body?["videocodec"] == "vp8,vp9")
        #expect(body?["bitrate"] == 0)
        let room = body?["room"]?.integerValue ?? 0
        #expect(room >= 1 << 40 && room < 1 << 53)
        janus.succeed("create", plugin: ["videoroom": "created", "room": .integer(room), "permanent": false])
        janus.answer("join", ["videoroom": "joined", "room": .integer(room), "id": 77, "publishers": []])
        janus.publish()
        #expect(!janus.session.isJoined)
        janus.succeed(
            "listforwarders", plugin: ["videoroom": "forwarders", "room": .integer(room), "rtp_forwarders": []])
        #expect(janus.session.isJoined)
        #expect(janus.session.participants[ParticipantID("77")]?.role == .host)
        #expect(janus.session.capabilities.end)
    }

    @Test func isNoHostWithAWrongSecret() {
        var janus = JanusHarness(.test { $0.roomSecret = "wrong" })
        janus.enterRoom()
        janus.succeed(
            "listforwarders", plugin: ["videoroom": "event", "error_code": 433, "error": "Unauthorized (wrong secret)"])
        janus.publish()
        #expect(janus.session.isJoined)
        #expect(!janus.session.capabilities.muteParticipant)
        janus.handle(.command(.kick(anna), JanusCommandID(rawValue: 1)))
        #expect(janus.effects.last == .completed(JanusCommandID(rawValue: 1), .notHost))
    }

    @Test func tellsOnlyTheDifferenceOnAReturn() {
        var first = JanusHarness()
        first.join(publishers: [publisher(5, "Anna"), publisher(6, "Bert")])
        first.handle(.disconnected)
        #expect(first.failure == .unreachable)
        var second = JanusHarness(former: first.session.remains)
        second.handle(.connected)
        second.succeed("create", id: 1)
        second.succeed("attach", id: 11)
        // Our own ghost, 77, has not been given up by the server yet.
        second.answer(
            "join",
            [
                "videoroom": "joined", "room": 1234, "id": 78,
                "publishers": [publisher(5, "Anna"), publisher(7, "Carl"), publisher(77, "Boardroom")],
            ])
        second.publish()
        #expect(second.events.first == .joined(first: false))
        #expect(second.events.contains(.participantLeft(ParticipantID("6"), .left)))
        let joined = second.events.compactMap {
            if case .participantJoined(let who) = $0 { who.id.rawValue } else { nil }
        }
        #expect(joined == ["78", "7"])
    }

    @Test func leavesPolitely() {
        var janus = JanusHarness()
        janus.join()
        janus.forget()
        janus.handle(.leave)
        janus.answer("leave", ["videoroom": "event", "room": 1234, "leaving": "ok"])
        #expect(janus.requests.last?["janus"] == "destroy")
        janus.succeed("destroy")
        #expect(janus.effects.suffix(2) == [.event(.left(.left)), .closed])
    }

    @Test func leavesInTimeEvenWhenNobodyAnswers() {
        var janus = JanusHarness()
        janus.join()
        janus.handle(.leave)
        janus.advance(.milliseconds(1500))
        #expect(janus.effects.last == .closed)
        janus.handle(.command(.record(true), JanusCommandID(rawValue: 9)))
        #expect(janus.effects.last == .completed(JanusCommandID(rawValue: 9), .notInMeeting))
    }

    @Test func tricklesOnlyAfterItsOffer() {
        var janus = JanusHarness()
        janus.enterRoom()
        janus.handle(.localCandidate(.publisher, candidate: "candidate:1", mid: "0"))
        #expect(janus.take("trickle") == nil)
        janus.handle(.publisherOffer(sdp: "offer", tracks: []))
        #expect(janus.take("trickle")?["candidate"]?["candidate"] == "candidate:1")
        janus.handle(.localCandidate(.publisher, candidate: nil, mid: nil))
        #expect(janus.take("trickle")?["candidate"]?["completed"] == true)
        janus.server(["janus": "trickle", "sender": 11, "candidate": ["candidate": "candidate:9", "sdpMid": "0"]])
        #expect(janus.effects.last == .remoteCandidate(.publisher, candidate: "candidate:9", mid: "0"))
    }

    @Test func repairsItsMediaAFewTimes() {
        var janus = JanusHarness()
        janus.join()
        for _ in 1...3 {
            janus.forget()
            janus.server(["janus": "hangup", "sender": 11, "reason": "ICE failed"])
            #expect(janus.effects.contains(.closePublisher))
            janus.advance(.seconds(1))
            #expect(janus.effects.contains(.makePublisherOffer))
            janus.publish()
            #expect(janus.failure == nil)
        }
        janus.server(["janus": "hangup", "sender": 11, "reason": "ICE failed"])
        #expect(janus.failure == .unreachable)
    }

    @Test func saysWhenNoMediaConnectionCanBeMade() {
        var janus = JanusHarness()
        janus.enterRoom()
        janus.handle(.publisherOffer(sdp: "offer", tracks: []))
        janus.answer("publish", ["videoroom": "event", "configured": "ok"], jsep: ["type": "answer", "sdp": "answer"])
        janus.handle(.peerFailed(.publisher))
        #expect(janus.failure == .unreachable)
    }
}

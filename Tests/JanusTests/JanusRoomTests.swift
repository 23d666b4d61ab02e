import Base
import JSON
import Meeting
import Testing

@testable import Janus

@Suite struct JanusRoomTests {
    private let anna = ParticipantID("5")

    @Test func tellsWhoComesAndGoes() {
        var janus = joined([])
        janus.event(["videoroom": "event", "room": 1234, "joining": ["id": 6, "display": "مرحبا"]])
        janus.event(publishers(publisher(6, "مرحبا")))
        janus.event(publishers(publisher(6, "مرحبا")))
        janus.event(["videoroom": "event", "room": 1234, "unpublished": 6])
        janus.event(["videoroom": "event", "room": 1234, "leaving": 6])
        janus.event(["videoroom": "event", "room": 1234, "leaving": 6])
        let bert = ParticipantID("6")
        let told = janus.events.filter { if case .participantUpdated = $0 { false } else { true } }
        #expect(
            told == [
                .participantJoined(Participant(id: bert, name: "مرحبا")), .trackPublished(bert, .audio),
                .trackPublished(bert, .video), .trackUnpublished(bert, .audio, .participant),
                .trackUnpublished(bert, .video, .participant), .participantLeft(bert, .left),
            ])
    }

    @Test func seesOthersMuted() {
        var janus = joined()
        janus.event(publishers(publisher(5, "Anna", audio: ["description": "microphone (muted)"])))
        #expect(janus.session.participants[anna]?.microphone == .off)
        #expect(janus.events.contains(.trackUnpublished(anna, .audio, .participant)))
        janus.event(publishers(publisher(5, "Anna", audio: ["description": "microphone"])))
        #expect(janus.session.participants[anna]?.microphone == .on)
        janus.event(publishers(publisher(5, "Anna", video: ["disabled": true])))
        #expect(janus.session.participants[anna]?.camera == .off)
        janus.event(["videoroom": "event", "room": 1234, "id": 5, "mid": "0", "moderation": "muted"])
        #expect(janus.session.participants[anna]?.microphone == .blocked)
        #expect(janus.events.contains(.trackUnpublished(anna, .audio, .host)))
        // Updates do not repeat the moderation of audio.
        janus.event(publishers(publisher(5, "Anna")))
        #expect(janus.session.participants[anna]?.microphone == .blocked)
        janus.event(["videoroom": "event", "room": 1234, "id": 5, "mid": "0", "moderation": "unmuted"])
        #expect(janus.session.participants[anna]?.microphone == .on)
    }

    @Test func showsItselfMuted() {
        var janus = joined()
        janus.handle(.command(.setOpen(.audio, false), JanusCommandID(rawValue: 1)))
        let body = janus.requests.last?["body"]
        #expect(body?["request"] == "configure")
        #expect(body?["descriptions"]?[0] == ["mid": "0", "description": "microphone (muted)"])
        #expect(!janus.effects.contains(.completed(JanusCommandID(rawValue: 1), nil)))
        janus.answer("configure", ["videoroom": "event", "configured": "ok"])
        #expect(janus.effects.contains(.completed(JanusCommandID(rawValue: 1), nil)))
        #expect(janus.session.participants[ParticipantID("77")]?.microphone == .off)
        // The same again is done at once and asks nobody.
        janus.forget()
        janus.handle(.command(.setOpen(.audio, false), JanusCommandID(rawValue: 2)))
        #expect(janus.effects == [.completed(JanusCommandID(rawValue: 2), nil)])
        #expect(janus.requests.isEmpty)
    }

    @Test func knowsAScreenByLabelOrPlace() {
        let screen: JSONValue = ["type": "video", "mid": "2", "codec": "vp8", "description": "Screen"]
        let janus = joined([
            publisher(5, "Anna", more: [screen]),
            publisher(6, "Bert", more: [["type": "video", "mid": "2", "codec": "vp8"]]),
        ])
        #expect(janus.session.participants[anna]?.isSharing == true)
        #expect(janus.session.participants[ParticipantID("6")]?.isSharing == true)
    }

    @Test func passesOnWhoTalks() {
        var janus = joined()
        janus.event(["videoroom": "talking", "room": 1234, "id": 5, "audio-level-dBov-avg": 30.5])
        #expect(janus.effects.contains(.talking(anna, true)))
        #expect(janus.session.participants[anna]?.isSpeaking == true)
        janus.event(["videoroom": "stopped-talking", "room": 1234, "id": 5])
        #expect(janus.effects.contains(.talking(anna, false)))
    }

    @Test func rename() {
        var janus = joined()
        janus.event(["videoroom": "event", "id": 5, "display": "Ångström"])
        #expect(janus.session.participants[anna]?.name == "Ångström")
    }

    @Test func isRemoved() {
        var janus = joined()
        janus.event(["videoroom": "event", "room": 1234, "leaving": "ok", "reason": "kicked"])
        #expect(janus.effects.suffix(2) == [.event(.left(.removed)), .closed])
    }

    @Test func seesOthersRemoved() {
        var janus = joined()
        janus.event(["videoroom": "event", "room": 1234, "kicked": 5])
        #expect(janus.events.last == .participantLeft(anna, .removed))
    }

    @Test func hearsTheEnd() {
        var janus = joined()
        janus.event(["videoroom": "destroyed", "room": 1234])
        #expect(janus.effects.suffix(3) == [.event(.ended(.host)), .event(.left(.ended)), .closed])
    }

    @Test func hearsThatAHostClosedItsMicrophone() {
        var janus = joined()
        janus.event(["videoroom": "event", "room": 1234, "id": 77, "mid": "0", "moderation": "muted"])
        #expect(janus.events.contains(.moderated(.audio, blocked: true)))
        #expect(janus.session.participants[ParticipantID("77")]?.microphone == .blocked)
    }

    // MARK: - As host

    @Test func mutesOne() {
        var janus = joined(secret: "s")
        janus.handle(.command(.moderate(anna, .audio, blocked: true), JanusCommandID(rawValue: 1)))
        #expect(
            janus.requests.last?["body"] == [
                "request": "moderate", "room": 1234, "secret": "s", "id": 5, "mid": "0", "mute": true,
            ])
        janus.event(["videoroom": "event", "room": 1234, "id": 5, "mid": "0", "moderation": "muted"])
        janus.succeed("moderate", plugin: ["videoroom": "success"])
        #expect(janus.effects.last == .completed(JanusCommandID(rawValue: 1), nil))
    }

    @Test func mutesAllAndWhoComesLater() {
        var janus = joined([publisher(5, "Anna"), publisher(6, "Bert")], secret: "s")
        janus.handle(.command(.moderateAll(.audio, blocked: true), JanusCommandID(rawValue: 1)))
        #expect(janus.requests.count == 2)
        janus.succeed("moderate", plugin: ["videoroom": "success"])
        #expect(janus.effects.last != .completed(JanusCommandID(rawValue: 1), nil))
        janus.succeed("moderate", plugin: ["videoroom": "success"])
        #expect(janus.effects.last == .completed(JanusCommandID(rawValue: 1), nil))
        janus.forget()
        janus.event(publishers(publisher(8, "Dora")))
        #expect(janus.take("moderate")?["body"]?["id"] == 8)
    }

    @Test func removesRecordsAndEnds() {
        var janus = joined(secret: "s")
        janus.handle(.command(.kick(anna), JanusCommandID(rawValue: 1)))
        janus.succeed("kick", plugin: ["videoroom": "success"])
        janus.handle(.command(.kick(ParticipantID("99")), JanusCommandID(rawValue: 2)))
        #expect(janus.effects.last == .completed(JanusCommandID(rawValue: 2), .unknownParticipant))
        janus.handle(.command(.record(true), JanusCommandID(rawValue: 3)))
        janus.succeed("enable_recording", plugin: ["videoroom": "success", "record": true])
        #expect(janus.effects.suffix(2) == [.event(.recordingStarted), .completed(JanusCommandID(rawValue: 3), nil)])
        janus.handle(.command(.destroyRoom, JanusCommandID(rawValue: 4)))
        // The room's event overtakes the answer.
        janus.event(["videoroom": "destroyed", "room": 1234])
        #expect(janus.effects.contains(.completed(JanusCommandID(rawValue: 4), nil)))
        #expect(janus.effects.last == .closed)
    }

    @Test func aCommandThatNobodyAnswersTimesOut() {
        var janus = joined([], secret: "s")
        janus.handle(.command(.record(true), JanusCommandID(rawValue: 1)))
        janus.advance(.seconds(10))
        #expect(janus.effects.contains(.completed(JanusCommandID(rawValue: 1), .timeout)))
        #expect(janus.failure == nil)
    }
}

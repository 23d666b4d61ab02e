import Base
import JSON
import Meeting

@testable import Janus

/// Plays the server for one session on virtual time.
struct JanusHarness {
    var session: JanusSession
    var now = Instant.zero
    var effects: [JanusEffect] = []
    /// Requests not yet looked at.
    var requests: [JSONValue] = []

    init(_ configuration: JanusConfiguration = .test(), former: FormerStay? = nil, seed: UInt64 = 1) {
        session = JanusSession(configuration, former: former, random: SeededRandom(seed: seed))
    }

    /// The session after one that was lost.
    init(_ configuration: JanusConfiguration = .test(), continuing earlier: JanusHarness) {
        self.init(configuration, former: earlier.session.remains)
    }

    mutating func handle(_ input: JanusInput) {
        session.handle(input, at: now)
        drain()
    }

    mutating func advance(_ duration: Duration) {
        let end = now + duration
        while let due = session.nextDeadline, due <= end {
            now = max(now, due)
            session.handleTimeout(at: now)
            drain()
        }
        now = end
        session.handleTimeout(at: now)
        drain()
    }

    mutating func server(_ message: JSONValue) {
        handle(.received(message.serialized()))
    }

    mutating func drain() {
        while let effect = session.pollEffect() {
            if case .send(let text) = effect, let request = try? JSONValue(parsing: text) {
                requests.append(request)
            } else {
                effects.append(effect)
            }
        }
    }

    /// The oldest request with this verb, or with this word of the plugin, taken out.
    mutating func take(_ word: String) -> JSONValue? {
        let index = requests.firstIndex {
            $0["janus"]?.stringValue == word || $0["body"]?["request"]?.stringValue == word
        }
        return index.map { requests.remove(at: $0) }
    }

    mutating func succeed(_ word: String, id: Int64? = nil, plugin: JSONValue? = nil) {
        guard let request = take(word) else { return }
        var answer: [String: JSONValue] = ["janus": "success", "transaction": request["transaction"] ?? .null]
        if let id { answer["data"] = ["id": .integer(id)] }
        if let plugin { answer["plugindata"] = ["plugin": "janus.plugin.videoroom", "data": plugin] }
        server(.object(answer))
    }

    mutating func refuse(_ word: String, code: Int64, _ reason: String) {
        guard let request = take(word) else { return }
        server([
            "janus": "error", "transaction": request["transaction"] ?? .null,
            "error": ["code": .integer(code), "reason": .string(reason)],
        ])
    }

    /// Acks, then answers by an event.
    mutating func answer(_ word: String, _ data: JSONValue, sender: Int64 = 11, jsep: JSONValue? = nil) {
        guard let request = take(word) else { return }
        server(["janus": "ack", "session_id": 1, "transaction": request["transaction"] ?? .null])
        event(data, sender: sender, jsep: jsep, transaction: request["transaction"])
    }

    mutating func event(
        _ data: JSONValue, sender: Int64 = 11, jsep: JSONValue? = nil, transaction: JSONValue? = nil
    ) {
        var message: [String: JSONValue] = [
            "janus": "event", "session_id": 1, "sender": .integer(sender),
            "plugindata": ["plugin": "janus.plugin.videoroom", "data": data],
        ]
        if let jsep { message["jsep"] = jsep }
        if let transaction { message["transaction"] = transaction }
        server(.object(message))
    }

    // MARK: - The usual way in

    mutating func enterRoom(publishers: [JSONValue] = [], attendees: [JSONValue] = []) {
        handle(.connected)
        succeed("create", id: 1)
        succeed("attach", id: 11)
        answer(
            "join",
            [
                "videoroom": "joined", "room": 1234, "description": "Demo", "id": 77, "private_id": 5,
                "publishers": .array(publishers), "attendees": .array(attendees),
            ])
    }

    mutating func publish() {
        handle(
            .publisherOffer(
                sdp: "offer",
                tracks: [
                    LocalTrack(mid: "0", kind: .audio, isOpen: true), LocalTrack(mid: "1", kind: .video, isOpen: true),
                ]))
        answer("publish", ["videoroom": "event", "configured": "ok"], jsep: ["type": "answer", "sdp": "answer"])
        server(["janus": "webrtcup", "sender": 11])
        handle(.publisherConnected)
    }

    mutating func join(publishers: [JSONValue] = []) {
        enterRoom(publishers: publishers)
        publish()
    }

    var events: [MeetingEvent] {
        effects.compactMap { if case .event(let event) = $0 { event } else { nil } }
    }

    var failure: MeetingError? {
        effects.compactMap { if case .failed(let error, _) = $0 { error } else { nil } }.first
    }

    mutating func forget() {
        effects = []
        requests = []
    }
}

extension JanusConfiguration {
    static func test(_ change: (inout JanusConfiguration) -> Void = { _ in }) -> JanusConfiguration {
        var configuration = JanusConfiguration(room: .existing("1234"), displayName: "Boardroom")
        change(&configuration)
        return configuration
    }
}

func publisher(_ id: Int64, _ name: String, audio: JSONValue = [:], video: JSONValue = [:], more: [JSONValue] = [])
    -> JSONValue
{
    func merged(_ base: JSONValue, _ more: JSONValue) -> JSONValue { base.applying(mergePatch: more) }
    return [
        "id": .integer(id), "display": .string(name),
        "streams": .array(
            [
                merged(["type": "audio", "mindex": 0, "mid": "0", "codec": "opus"], audio),
                merged(["type": "video", "mindex": 1, "mid": "1", "codec": "vp8"], video),
            ] + more),
    ]
}

func publishers(_ list: JSONValue...) -> JSONValue {
    ["videoroom": "event", "room": 1234, "publishers": .array(list)]
}

func line(_ mid: String, _ feed: Int64, _ feedMid: String) -> JSONValue {
    [
        "mid": .string(mid), "active": true, "feed_id": .integer(feed), "feed_mid": .string(feedMid),
        "feed_display": "x",
        "type": feedMid == "0" ? "audio" : "video",
    ]
}

/// A room that has joined and publishes; what it sent until then is forgotten.
func joined(_ list: [JSONValue] = [publisher(5, "Anna")], secret: String? = nil) -> JanusHarness {
    var janus = JanusHarness(.test { $0.roomSecret = secret })
    janus.enterRoom(publishers: list)
    janus.succeed("listforwarders", plugin: ["videoroom": "forwarders"])
    janus.publish()
    janus.forget()
    return janus
}

/// A room that publishes and receives Anna; what it sent until then is forgotten.
func receiving(_ start: JanusHarness = JanusHarness()) -> JanusHarness {
    var janus = start
    janus.enterRoom(publishers: [publisher(5, "Anna")])
    janus.succeed("listforwarders", plugin: ["videoroom": "forwarders"])
    janus.publish()
    janus.succeed("attach", id: 22)
    janus.answer(
        "join", ["videoroom": "attached", "room": 1234, "streams": [line("a", 5, "0"), line("b", 5, "1")]],
        sender: 22, jsep: ["type": "offer", "sdp": "offer"])
    janus.handle(.subscriberAnswer(sdp: "answer"))
    janus.answer("start", ["videoroom": "event", "started": "ok"], sender: 22)
    janus.forget()
    return janus
}

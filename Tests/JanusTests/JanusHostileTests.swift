import Base
import JSON
import Meeting
import Testing

@testable import Janus

@Suite struct JanusHostileTests {
    /// Takes sound server messages, breaks them in every way, and feeds them to a session in every state.
    @Test(arguments: UInt64(1)...40)
    func survivesAnyText(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var janus = JanusHarness(.test { $0.roomSecret = "s" }, seed: seed)
        let samples = Self.samples
        janus.handle(.connected)
        for _ in 0..<150 {
            switch random.next() % 8 {
            case 0: janus.succeed("create", id: 1)
            case 1: janus.succeed("attach", id: Int64(11 + random.next() % 12))
            case 2: janus.answer("join", samples[Int(random.next() % UInt64(samples.count))])
            case 3: janus.advance(.milliseconds(Int64(random.next() % 900)))
            case 4: janus.handle(.publisherOffer(sdp: "x", tracks: [LocalTrack(mid: "0", kind: .audio, isOpen: true)]))
            case 5: janus.handle(.subscriberAnswer(sdp: "y"))
            default:
                var data = samples[Int(random.next() % UInt64(samples.count))]
                for _ in 0..<random.next() % 4 { data = Self.broken(data, &random) }
                var message: JSONValue = [
                    "janus": "event", "sender": random.next() % 2 == 0 ? 11 : 22, "plugindata": ["data": data],
                ]
                if random.next() % 3 == 0 {
                    message = message.applying(mergePatch: ["jsep": ["type": "offer", "sdp": "z"]])
                }
                if random.next() % 5 == 0 { message = Self.broken(message, &random) }
                var text = message.serialized()
                if random.next() % 6 == 0, !text.isEmpty {
                    text[Int(random.next() % UInt64(text.count))] = UInt8(truncatingIfNeeded: random.next())
                }
                janus.handle(.received(text))
            }
            janus.effects.removeAll()
        }
        #expect(janus.session.participants.participants.count <= Roster.limit, "seed \(seed)")
    }

    @Test func boundsWhatAServerCanMakeItHold() {
        var janus = JanusHarness()
        janus.join()
        for block in Int64(0)..<30 {
            let list = (0..<100).map { publisher(1000 + block * 100 + $0, String(repeating: "n", count: 5000)) }
            janus.event(["videoroom": "event", "publishers": .array(list)])
            janus.forget()
        }
        #expect(janus.session.publishers.count <= Roster.limit)
        #expect(janus.session.ids.count <= Roster.limit + 1)
        #expect(janus.session.participants[ParticipantID("1000")]?.name.count == RoomPublisher.longestName)
    }

    @Test func boundsUnansweredRequests() {
        var janus = JanusHarness()
        janus.join()
        for index in 0..<400 { janus.handle(.localCandidate(.publisher, candidate: "c\(index)", mid: "0")) }
        #expect(janus.failure == .unreachable)
    }

    @Test func ignoresWhatIsNotJSON() {
        var janus = JanusHarness()
        janus.join()
        janus.forget()
        for text in ["", "{", "[]", "null", "{\"janus\":7}", String(repeating: "[", count: 5000)] {
            janus.handle(.received(Array(text.utf8)))
        }
        #expect(janus.failure == nil)
        #expect(janus.effects.count == 6)
        #expect(janus.session.isJoined)
    }

    private static let samples: [JSONValue] = [
        ["videoroom": "joined", "room": 1, "id": 77, "publishers": [publisher(5, "Anna")], "attendees": [["id": 9]]],
        publishers(publisher(5, "Anna"), publisher(6, "Bert")), ["videoroom": "event", "leaving": 5],
        ["videoroom": "event", "unpublished": 6], ["videoroom": "event", "joining": ["id": 8, "display": "D"]],
        ["videoroom": "event", "kicked": 6], ["videoroom": "talking", "id": 5],
        ["videoroom": "event", "id": 5, "mid": "0", "moderation": "muted"],
        ["videoroom": "attached", "streams": [line("a", 5, "0"), line("b", 5, "1")]],
        ["videoroom": "updated", "streams": [line("a", 5, "0")]], ["videoroom": "updated"], ["videoroom": "updating"],
        ["videoroom": "event", "started": "ok"], ["videoroom": "event", "configured": "ok"],
        ["videoroom": "event", "error_code": 428, "error": "No such feed"], ["videoroom": "slow_link"],
        ["videoroom": "event", "id": 5, "display": "E"],
    ]

    private static func broken(_ value: JSONValue, _ random: inout SeededRandom) -> JSONValue {
        let junk: [JSONValue] = [
            .null, -1, 1.5, "", "ok", [], [:], true, .integer(.max), .number(1e300), [[], [:], "x"],
        ]
        switch value {
        case .object(var members) where !members.isEmpty && random.next() % 4 != 0:
            let names = members.keys.sorted()
            let name = names[Int(random.next() % UInt64(names.count))]
            members[name] = broken(members[name] ?? .null, &random)
            return .object(members)
        case .array(var elements) where !elements.isEmpty && random.next() % 4 != 0:
            let index = Int(random.next() % UInt64(elements.count))
            elements[index] = broken(elements[index], &random)
            return .array(elements)
        default: return junk[Int(random.next() % UInt64(junk.count))]
        }
    }
}

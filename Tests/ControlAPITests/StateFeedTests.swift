import Base
import ControlAPI
import JSON
import Testing

@Suite struct StateFeedTests {
    private let client = ClientID(1)
    private let system = RoomState.System(version: "0.1", started: UTCTime(seconds: 0), pid: 7)

    private func blank() -> RoomState {
        RoomState(room: .init(name: "Boardroom", timezone: "Europe/Berlin"), system: system)
    }

    private func inMeeting() -> RoomState {
        var state = blank()
        var meeting = RoomState.Meeting(
            id: "1234", url: "janus+ws://127.0.0.1:8188/?room=1234", title: "Weekly", service: "corp", state: .joined)
        meeting.since = UTCTime(seconds: 60)
        meeting.elapsed = 5
        meeting.selfID = "1"
        meeting.participants = ["1": .init(name: "Boardroom", isSelf: true), "2": .init(name: "Ångström")]
        meeting.requests = ["r": .init(kind: "microphone", from: "2", to: "1", at: UTCTime(seconds: 61))]
        meeting.recording = .init(state: .recording, since: UTCTime(seconds: 62), place: .service)
        meeting.share = .init(participant: "2", since: UTCTime(seconds: 62))
        state.meeting = meeting
        state.camera = .init(
            enabled: true, state: .live, device: "pattern",
            format: .init(width: 1280, height: 720, frameRate: 30, pixelFormat: "YU12"))
        state.display.mode = .init(width: 1280, height: 720, refresh: 60)
        let event = RoomState.Event(
            id: "e", title: "Weekly", start: UTCTime(seconds: 60), end: UTCTime(seconds: 600), url: nil, state: .nolink,
            why: .init(code: "nolink", text: "No address."))
        state.schedule = .init(refreshed: UTCTime(seconds: 1), next: event, events: [event])
        state.health = .init(
            status: .degraded, problems: [.init(code: "a.b", text: "Broken.", since: UTCTime(seconds: 1))])
        return state
    }

    private func at(_ milliseconds: Int) -> Instant { .zero + .milliseconds(milliseconds) }

    private func drain(_ feed: inout StateFeed) -> [StateFeed.Notification] {
        var all: [StateFeed.Notification] = []
        while let next = feed.pollNotification() { all.append(next) }
        return all
    }

    @Test func theTreeFitsItsSchema() throws {
        try StateSchema.root.validate(blank().json)
        try StateSchema.root.validate(inMeeting().json)
    }

    @Test func everyPathOfTheTreeIsKnownAndNoOther() throws {
        func walk(_ value: JSONValue, _ path: String) throws {
            _ = try StatePath(path)
            for (name, inner) in value.objectValue ?? [:] { try walk(inner, path.isEmpty ? name : "\(path).\(name)") }
        }
        try walk(inMeeting().json, "")
        for path in [
            "metting", "meeting.x", "camera.state.x", "meeting.participants.1.x", ".", "meeting.", "schedule.events.0",
        ] {
            let error = #expect(throws: RPCError.self) { try StatePath(path) }
            #expect(error?.code == -32602 && error?.parameter == "path", "\(path)")
        }
        let error = #expect(throws: RPCError.self) { try StatePath("microphone.enbled") }
        #expect(error?.message == "The state has no \"enbled\" in \"microphone\". Did you mean \"enabled\"?")
    }

    @Test func aPathThroughNullGivesNull() throws {
        var feed = StateFeed()
        feed.publish(blank().json, at: at(0))
        #expect(feed.value(at: try StatePath("meeting.participants.7.name"), now: at(0)) == .null)
        #expect(feed.value(at: try StatePath("room.name"), now: at(0)) == "Boardroom")
        #expect(feed.value(at: .root, now: at(0)) == blank().json)
    }

    @Test func elapsedRunsOnForReadersAndIsNeverPatched() throws {
        var feed = StateFeed()
        var state = inMeeting()
        feed.publish(state.json, at: at(0))
        let (_, _, snapshot) = try feed.subscribe(client, to: [], at: at(2500))
        #expect(snapshot["meeting"]?["elapsed"] == 7.5)
        state.meeting?.elapsed = 9
        feed.publish(state.json, at: at(4000))
        #expect(drain(&feed).isEmpty)
        #expect(feed.value(at: try StatePath("meeting.elapsed"), now: at(5000)) == .number(10))
    }

    @Test func patchesAreFilteredToThePathsAndCountedByOne() throws {
        var feed = StateFeed()
        var state = inMeeting()
        feed.publish(state.json, at: at(0))
        let (subscription, revision, snapshot) = try feed.subscribe(
            client, to: [try StatePath("meeting.participants.2"), try StatePath("speaker.volume")], at: at(0))
        #expect(revision == 0)
        #expect(
            snapshot == [
                "meeting": ["participants": ["2": state.meeting!.participants["2"]!.json]], "speaker": ["volume": 50],
            ])
        state.meeting?.participants["1"]?.hand = true
        state.camera.enabled = false
        feed.publish(state.json, at: at(100))
        #expect(drain(&feed).isEmpty)
        state.meeting?.participants["2"]?.hand = true
        state.speaker.volume = 70
        feed.publish(state.json, at: at(200))
        var notifications = drain(&feed)
        #expect(notifications.map(\.revision) == [1])
        #expect(notifications.first?.subscription == subscription)
        #expect(
            notifications.first?.patch == [
                "meeting": ["participants": ["2": ["hand": true]]], "speaker": ["volume": 70],
            ])
        state.meeting?.participants["2"] = nil
        feed.publish(state.json, at: at(300))
        notifications = drain(&feed)
        #expect(notifications.map(\.patch) == [["meeting": ["participants": ["2": .null]]]])
        state.meeting = nil
        feed.publish(state.json, at: at(400))
        notifications = drain(&feed)
        #expect(notifications.map(\.patch) == [["meeting": .null]])
        #expect(notifications.map(\.revision) == [3])
    }

    @Test func changesThatFollowCloselyAreToldTogether() throws {
        var feed = StateFeed()
        var state = blank()
        feed.publish(state.json, at: at(0))
        _ = try feed.subscribe(client, to: [], at: at(0))
        state.camera.enabled = true
        feed.publish(state.json, at: at(1000))
        #expect(drain(&feed).map(\.patch) == [["camera": ["enabled": true]]], "the first is told at once")
        #expect(feed.nextDeadline == nil)
        for volume in 1...10 {
            state.speaker.volume = volume
            feed.publish(state.json, at: at(1000 + volume))
        }
        state.camera.enabled = false
        feed.publish(state.json, at: at(1011))
        #expect(drain(&feed).isEmpty)
        #expect(feed.value(at: try StatePath("speaker.volume"), now: at(1011)) == 10, "who reads gets the newest")
        let deadline = try #require(feed.nextDeadline)
        #expect(deadline == at(1000) + StateFeed.changeInterval)
        feed.handleTimeout(at: deadline)
        let notifications = drain(&feed)
        #expect(notifications.map(\.patch) == [["camera": ["enabled": false], "speaker": ["volume": 10]]])
        #expect(notifications.map(\.revision) == [2])
        #expect(feed.nextDeadline == nil)
        state.speaker.volume = 11
        feed.publish(state.json, at: at(2000))
        #expect(drain(&feed).count == 1)
    }

    @Test func aClientThatIsToBeAnsweredIsToldAtOnceAndTheOthersWhenItIsDue() throws {
        let other = ClientID(2)
        var feed = StateFeed()
        var state = blank()
        feed.publish(state.json, at: at(0))
        _ = try feed.subscribe(client, to: [], at: at(0))
        _ = try feed.subscribe(other, to: [], at: at(0))
        state.speaker.volume = 1
        feed.publish(state.json, at: at(1000))
        #expect(drain(&feed).count == 2)
        state.speaker.volume = 2
        state.speaker.level = -20
        feed.publish(state.json, at: at(1001))
        feed.flush(client)
        var notifications = drain(&feed)
        #expect(notifications.map(\.client) == [client])
        #expect(notifications.map(\.revision) == [2])
        #expect(notifications.map(\.patch) == [["speaker": ["volume": 2]]], "levels wait for their time")
        feed.flush(client)
        #expect(drain(&feed).isEmpty)
        state.speaker.volume = 3
        feed.publish(state.json, at: at(1002))
        feed.handleTimeout(at: try #require(feed.nextDeadline))
        notifications = drain(&feed)
        #expect(notifications.map(\.client) == [client, other])
        #expect(notifications.map(\.revision) == [3, 2])
        #expect(notifications.allSatisfy { $0.patch["speaker"]?["volume"] == 3 })
    }

    @Test func levelsChangeAtMostTenTimesASecondAndOtherThingsBetween() throws {
        var feed = StateFeed()
        var state = blank()
        feed.publish(state.json, at: at(0))
        _ = try feed.subscribe(client, to: [], at: at(0))
        var patches: [JSONValue] = []
        for step in 1...100 {
            state.microphone.level = -Double(step)
            feed.publish(state.json, at: at(1000 + step * 10))
            patches += drain(&feed).map(\.patch)
        }
        #expect((9...11).contains(patches.count), "\(patches.count) patches in a second")
        state.microphone.enabled = true
        feed.publish(state.json, at: at(2001))
        #expect(drain(&feed).map(\.patch) == [["microphone": ["enabled": true]]])
        let deadline = try #require(feed.nextDeadline)
        #expect(deadline <= at(2100))
        feed.handleTimeout(at: deadline)
        #expect(drain(&feed).map(\.patch) == [["microphone": ["level": -100.0]]])
        #expect(feed.nextDeadline == nil)
    }

    @Test func aClientThatAppliesEveryPatchHoldsTheFilteredState() throws {
        for seed in UInt64(1)...20 {
            var random = SeededRandom(seed: seed)
            var feed = StateFeed()
            var state = blank()
            feed.publish(state.json, at: at(0))
            let filters = [
                [], ["meeting"], ["meeting.participants.2.hand", "room"], ["microphone.level", "meeting.host"],
                ["meeting.participants", "meeting.participants.1"],
            ]
            var held: [Int: JSONValue] = [:]
            var revisions: [Int: Int] = [:]
            var paths: [Int: [String]] = [:]
            for filter in filters {
                let (number, revision, snapshot) = try feed.subscribe(
                    client, to: try filter.map { try StatePath($0) }, at: at(0))
                (held[number], revisions[number], paths[number]) = (snapshot, revision, filter)
            }
            var now = 0
            for _ in 0..<200 {
                now += Int.random(in: 1...60, using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0: state.meeting = nil
                case 1: state.meeting = inMeeting().meeting
                case 2: state.meeting?.participants["2"] = nil
                case 3: state.meeting?.participants["2"] = .init(name: "B", hand: Bool.random(using: &random))
                case 4: state.meeting?.host = Bool.random(using: &random) ? "1" : nil
                case 5: state.microphone.level = -Double.random(in: 0...100, using: &random)
                case 6: state.schedule.events = Bool.random(using: &random) ? [] : inMeeting().schedule.events
                default: state.room.name += "x"
                }
                feed.publish(state.json, at: at(now))
                switch Int.random(in: 0..<4, using: &random) {
                case 0: feed.flush(client)
                case 1: feed.handleTimeout(at: feed.nextDeadline ?? at(now))
                default: break
                }
                for notification in drain(&feed) {
                    #expect(notification.revision == (revisions[notification.subscription] ?? -9) + 1, "seed \(seed)")
                    revisions[notification.subscription] = notification.revision
                    held[notification.subscription] = held[notification.subscription]?
                        .applying(mergePatch: notification.patch)
                }
            }
            // First what changed, then, at the latest, levels.
            while let deadline = feed.nextDeadline {
                #expect(deadline <= at(now + 200), "seed \(seed)")
                feed.handleTimeout(at: deadline)
            }
            for notification in drain(&feed) {
                held[notification.subscription] = held[notification.subscription]?
                    .applying(mergePatch: notification.patch)
            }
            let (_, _, everything) = try feed.subscribe(client, to: [], at: at(now))
            for (number, filter) in paths {
                for path in filter.isEmpty ? ["meeting.participants", "room", "microphone"] : filter {
                    let path = try StatePath(path)
                    #expect(
                        strip(path.value(in: held[number] ?? .null)) == strip(path.value(in: everything)),
                        "seed \(seed), \(path.text)")
                }
            }
        }
    }

    /// Null and absent mean the same; `elapsed` is not patched.
    private func strip(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value else { return value }
        return .object(members.filter { $0.value != .null && $0.key != "elapsed" }.mapValues(strip))
    }

    @Test func onlyItsOwnerEndsASubscription() throws {
        var feed = StateFeed()
        let (subscription, _, _) = try feed.subscribe(client, to: [], at: at(0))
        #expect(throws: RPCError.self) { try feed.unsubscribe(subscription, by: ClientID(2)) }
        try feed.unsubscribe(subscription, by: client)
        feed.publish(blank().json, at: at(0))
        #expect(feed.pollNotification() == nil)
        for _ in 0..<StateFeed.subscriptionLimit { _ = try feed.subscribe(client, to: [], at: at(0)) }
        let error = #expect(throws: RPCError.self) { try feed.subscribe(client, to: [], at: at(0)) }
        #expect(error?.reason == .limitExceeded)
        feed.remove(client)
        _ = try feed.subscribe(client, to: [], at: at(0))
    }
}

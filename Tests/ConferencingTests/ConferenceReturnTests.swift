import JSON
import Logging
import Meeting
import Synchronization
import Testing

@testable import Conferencing

/// What a return into a lost meeting brings back.
@Suite(.timeLimit(.minutes(1))) struct ConferenceReturnTests {
    private static let media = LocalMedia(microphone: .open, camera: .open)
    private static let anna = ParticipantID("5")

    private func conference() -> Conference {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let quiet = logger
        return Conference(
            sender: ConferenceSender(), meter: LevelMeter(), reconnectFor: .seconds(20), logger: logger
        ) { request in
            JanusService(
                JanusService.Settings(request, seed: 1), makePeers: { FakePeers(connects: true, report: $0) },
                logger: quiet)
        }
    }

    private func address(_ janus: FakeJanus, room: String? = "1234") -> MeetingAddress {
        MeetingAddress(scheme: .janus, host: "127.0.0.1", port: UInt16(janus.port), room: room)
    }

    private func withJanus(_ body: (FakeJanus) async throws -> Void) async throws {
        let janus = FakeJanus()
        try await janus.start()
        do {
            try await body(janus)
        } catch {
            await janus.stop()
            throw error
        }
        await janus.stop()
    }

    private func announce(_ id: Int64, to janus: FakeJanus) {
        let audio: JSONValue = ["type": "audio", "mid": "0", "codec": "opus"]
        let video: JSONValue = ["type": "video", "mid": "1", "codec": "vp8"]
        janus.tell([
            "videoroom": "event", "publishers": [["id": .integer(id), "display": "x", "streams": [audio, video]]],
        ])
    }

    /// Reads on until the event comes.
    private func wait(
        _ reader: inout EventReader, for wanted: (MeetingEvent) -> Bool
    ) async throws {
        while let event = await reader.next() {
            if wanted(event) { return }
        }
        Issue.record("the events ended")
    }

    @Test func theMakerOfAMeetingIsItsHostAgain() async throws {
        try await withJanus { janus in
            let conference = conference()
            let meeting = try await conference.start(
                at: address(janus, room: nil), title: nil, passcode: nil, JoinOptions(displayName: "x"),
                media: Self.media)
            #expect(meeting.role == .host)
            var reader = EventReader(conference)
            janus.dropClients()
            try await wait(&reader) { $0 == .reconnected }
            #expect(await conference.meeting?.role == .host)
            try await conference.setRecording(true)
            await conference.leave()
        }
    }

    @Test func tellsThatItMayDoLessThanBefore() async throws {
        try await withJanus { janus in
            let conference = conference()
            _ = try await conference.join(
                address(janus), JoinOptions(displayName: "x", hostSecret: "s"), media: Self.media)
            var reader = EventReader(conference)
            janus.behaviour.withLock { $0.secret = "changed" }
            janus.dropClients()
            try await wait(&reader) { $0 == .reconnected }
            try await wait(&reader) { $0 == .capabilitiesChanged(Capabilities()) }
            try await wait(&reader) { if case .hostChanged(_, nil) = $0 { true } else { false } }
            await conference.leave()
        }
    }

    private func waitForSubscription(_ janus: FakeJanus) async throws {
        while !janus.requests.withLock({ $0.contains { $0["body"]?["ptype"] == "subscriber" } }) {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func newcomersAreMutedAndWishesKept() async throws {
        try await withJanus { janus in
            let conference = conference()
            _ = try await conference.join(
                address(janus), JoinOptions(displayName: "x", hostSecret: "s"), media: Self.media)
            var reader = EventReader(conference)
            announce(5, to: janus)
            try await wait(&reader) { $0 == .trackPublished(Self.anna, .video) }
            try await waitForSubscription(janus)
            try await conference.muteAll()
            // Freed by the host's own hand: stays free.
            for blocked in ["muted", "unmuted"] {
                janus.tell(["videoroom": "event", "id": 5, "mid": "0", "moderation": .string(blocked)])
            }
            try await wait(&reader) { $0 == .trackUnpublished(Self.anna, .audio, .host) }
            try await wait(&reader) { $0 == .trackPublished(Self.anna, .audio) }
            try await conference.unsubscribe(Self.anna, [.video])
            #expect(janus.count("moderate") == 1)
            janus.requests.withLock { $0 = [] }
            janus.behaviour.withLock {
                $0.publishers = [5, 6].map { id in
                    [
                        "id": .integer(id), "display": "x",
                        "streams": [
                            ["type": "audio", "mid": "0", "codec": "opus"],
                            ["type": "video", "mid": "1", "codec": "vp8"],
                        ],
                    ]
                }
            }
            janus.dropClients()
            try await wait(&reader) { $0 == .reconnected }
            try await wait(&reader) { $0 == .trackPublished(ParticipantID("6"), .video) }
            try await waitForSubscription(janus)
            let bodies = janus.requests.withLock { $0.compactMap { $0["body"] } }
            #expect(bodies.filter { $0["request"] == "moderate" }.map { $0["id"] } == [6])
            let streams = bodies.first { $0["ptype"] == "subscriber" }?["streams"]
            #expect(
                streams == [["feed": 5, "mid": "0"], ["feed": 6, "mid": "0"], ["feed": 6, "mid": "1"]])
            await conference.leave()
        }
    }

    @Test func nobodySpeaksAnyMoreWhenTheMeetingIsLost() async throws {
        try await withJanus { janus in
            let conference = conference()
            _ = try await conference.join(address(janus), JoinOptions(displayName: "x"), media: Self.media)
            var reader = EventReader(conference)
            announce(5, to: janus)
            janus.tell(["videoroom": "talking", "id": 5])
            try await wait(&reader) { $0 == .activeSpeaker(Self.anna) }
            #expect(await conference.participants.contains { $0.id == Self.anna && $0.isSpeaking })
            janus.behaviour.withLock {
                $0.publishers = [
                    ["id": 5, "display": "x", "streams": [["type": "audio", "mid": "0", "codec": "opus"]]]
                ]
            }
            janus.dropClients()
            try await wait(&reader) { $0 == .reconnected }
            #expect(await conference.activeSpeaker == nil)
            #expect(await conference.participants.allSatisfy { !$0.isSpeaking })
            await conference.leave()
        }
    }

    /// Keeps what is logged, as `level: message`.
    private struct KeptLog: LogHandler {
        final class Lines: Sendable {
            let all = Mutex<[String]>([])
        }

        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            lines.all.withLock { $0.append("\(event.level): \(event.message)\(details)") }
        }
    }

    @Test func anOutageIsLoggedOnceWhenItBeginsAndOnceWhenItEnds() async throws {
        let lines = KeptLog.Lines()
        let away = JoinFailure(.unreachable, detail: "example.org port 8188: connection refused")
        let (first, last) = (FakeService(), FakeService())
        let failing = [FakeService(failing: away), FakeService(failing: away), FakeService(failing: away)]
        let services = Mutex([last] + failing + [first])
        let conference = Conference(
            sender: ConferenceSender(), meter: LevelMeter(), reconnectFor: .seconds(20),
            logger: Logger(label: "test") { _ in KeptLog(lines: lines) }
        ) { _ in services.withLock { $0.popLast() } ?? FakeService() }
        // No pause between the attempts.
        for service in failing {
            await service.meanwhile {
                await conference.networkChanged()
            } performing: { _ in
            }
        }
        _ = try await conference.join(
            MeetingAddress("janus+ws://example.org/?room=1"), JoinOptions(displayName: "x"), media: Self.media)
        var reader = EventReader(conference)
        first.output.yield(.lost(.unreachable))
        first.output.finish()
        try await wait(&reader) { $0 == .reconnected }
        let wanted = " reason=unreachable: example.org port 8188: connection refused"
        #expect(
            lines.all.withLock { $0 } == [
                "notice: lost the meeting; coming back reason=unreachable",
                "warning: could not come back yet; trying on\(wanted)",
                "debug: could not come back yet; trying on\(wanted)",
                "debug: could not come back yet; trying on\(wanted)",
                "notice: back in the meeting after=0 s failures=3",
            ])
        await last.close()
        await conference.leave()
    }

    @Test func theReturnTellsWhatHoldsWhenItIsToldAndNotWhatHeldBefore() async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (first, second) = (FakeService(), FakeService())
        let services = Mutex([second, first])
        let conference = Conference(
            sender: ConferenceSender(), meter: LevelMeter(), reconnectFor: .seconds(20), logger: logger
        ) { _ in services.withLock { $0.popLast() } ?? FakeService() }
        let comingBack = Mutex<Task<Void, Never>?>(nil)
        await second.meanwhile {
            if case .reconnecting(_, let task) = await conference.state { comingBack.withLock { $0 = task } }
            try? await conference.setMicrophonePublished(false)
            try? await conference.setCameraPublished(false)
        } performing: { command in
            // While the microphone is being told, somebody switches the camera on again.
            if case .setOpen(.audio, _) = command { try? await conference.setCameraPublished(true) }
        }
        _ = try await conference.join(
            MeetingAddress("janus+ws://example.org/?room=1"), JoinOptions(displayName: "x"), media: Self.media)
        var reader = EventReader(conference)
        first.output.yield(.lost(.unreachable))
        first.output.finish()
        try await wait(&reader) { $0 == .reconnected }
        await comingBack.withLock { $0 }?.value
        let commands = await second.commands
        #expect(commands.contains(.setOpen(.audio, false)))
        #expect(commands.last { if case .setOpen(.video, _) = $0 { true } else { false } } == .setOpen(.video, true))
        await second.close()
        await conference.leave()
    }
}

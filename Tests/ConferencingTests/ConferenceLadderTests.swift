import JSON
import Janus
import Logging
import Meeting
import Synchronization
import Testing

@testable import Conferencing

/// The steps between the first silence and another join.
@Suite(.timeLimit(.minutes(1))) final class ConferenceLadderTests: Sendable {
    private let peers = Mutex<[FakePeers]>([])
    private let services = Mutex<[JanusService]>([])

    private func conference() -> Conference {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let quiet = logger
        return Conference(
            sender: ConferenceSender(), meter: LevelMeter(), reconnectFor: .seconds(20), logger: logger
        ) { request in
            let service = JanusService(
                JanusService.Settings(request, seed: 1),
                makePeers: { report in
                    let made = FakePeers(connects: true, report: report)
                    self.peers.withLock { $0.append(made) }
                    return made
                }, logger: quiet)
            self.services.withLock { $0.append(service) }
            return service
        }
    }

    private func withMeeting(
        publishers: [JSONValue] = [], _ change: (inout FakeJanus.Behaviour) -> Void = { _ in },
        _ body: (FakeJanus, Conference, inout EventReader) async throws -> Void
    ) async throws {
        var behaviour = FakeJanus.Behaviour()
        behaviour.publishers = publishers
        let janus = FakeJanus(behaviour)
        try await janus.start()
        let conference = conference()
        do {
            let address = MeetingAddress(scheme: .janus, host: "127.0.0.1", port: UInt16(janus.port), room: "1234")
            _ = try await conference.join(
                address, JoinOptions(displayName: "x"), media: LocalMedia(microphone: .open, camera: .open))
            var reader = EventReader(conference)
            janus.behaviour.withLock { change(&$0) }
            janus.seen.withLock { $0 = [] }
            try await body(janus, conference, &reader)
        } catch {
            await janus.stop()
            throw error
        }
        await conference.leave()
        await janus.stop()
    }

    private func events(_ reader: inout EventReader, until last: MeetingEvent) async -> [MeetingEvent] {
        var events: [MeetingEvent] = []
        while let event = await reader.next() {
            events.append(event)
            if event == last { break }
        }
        return events
    }

    @Test func anotherAddressKeepsTheSessionAndStartsICEAnew() async throws {
        try await withMeeting { janus, conference, reader in
            await peers.withLock { $0[0] }.move()
            await conference.networkChanged()
            let events = await events(&reader, until: .reconnected)
            #expect(events.contains(.reconnecting) && !events.contains(.joined(first: false)))
            #expect(janus.count("claim") == 1 && janus.count("create") == 0 && janus.count("publish") == 0)
            #expect(await peers.withLock { $0[0] }.restarts == 1)
            // And commands work again.
            try await conference.setMicrophonePublished(false)
        }
    }

    @Test func anAddressThatWeDoNotUseChangesNothing() async throws {
        try await withMeeting { janus, conference, _ in
            await conference.networkChanged()
            try await conference.setMicrophonePublished(false)
            #expect(janus.count("claim") == 0)
        }
    }

    @Test func aSessionThatIsNoMoreIsJoinedAnewAndTheOldOneEnded() async throws {
        try await withMeeting {
            $0.claimError = (458, "No such session")
        } _: { janus, conference, reader in
            await peers.withLock { $0[0] }.move()
            await conference.networkChanged()
            let events = await events(&reader, until: .joined(first: false))
            #expect(events.filter { $0 == .reconnecting || $0 == .reconnected } == [.reconnecting, .reconnected])
            let words = janus.seen.withLock { $0 }
            let (create, destroy, join) = (
                words.firstIndex(of: "create"), words.firstIndex(of: "destroy"), words.firstIndex(of: "join")
            )
            #expect(create.map { $0 < destroy ?? -1 } == true && destroy.map { $0 < join ?? -1 } == true, "\(words)")
        }
    }

    /// With somebody to be received, so that both connections are used.
    private func withAnna(_ body: (FakeJanus, Conference, FakePeers, inout EventReader) async throws -> Void)
        async throws
    {
        let anna: JSONValue = [
            "id": 5, "display": "Anna", "streams": [["type": "audio", "mid": "0", "codec": "opus"]],
        ]
        try await withMeeting(publishers: [anna]) { janus, conference, reader in
            let peers = peers.withLock { $0[0] }
            while !janus.requests.withLock({ $0.contains { $0["body"]?["request"] == "start" } }) { await Task.yield() }
            // Answered after it.
            try await conference.setMicrophonePublished(false)
            try await body(janus, conference, peers, &reader)
        }
    }

    @Test func onlyTheConnectionThatFellSilentBeginsAnew() async throws {
        try await withAnna { janus, conference, peers, reader in
            await peers.tell(.disconnected(.subscriber))
            let events = await events(&reader, until: .reconnected)
            #expect(events.contains(.reconnecting))
            #expect(await peers.restarts == 0)
            #expect(await peers.publishers == 1)
            #expect(janus.requests.withLock { $0.contains { $0["body"]?["restart"] == true } })
            // Asked for before the event, and done by the task that works on the connections.
            while await peers.refreshed == 0 { await Task.yield() }
        }
    }

    @Test func whatIsHeardOnOneConnectionSaysNothingOfTheOther() async throws {
        try await withAnna { janus, conference, peers, reader in
            janus.behaviour.withLock { $0.silent = ["configure"] }
            await peers.move()
            await conference.networkChanged()
            while await peers.restarts == 0 { await Task.yield() }
            // The publisher is well again, and nobody is received until the subscriber is made anew.
            let joins = janus.count("attach")
            let events = await events(&reader, until: .reconnected)
            #expect(events.contains(.reconnecting) && janus.count("attach") > joins)
            #expect(await peers.publishers == 1)
        }
    }

    /// Janus hangs up while the restart is under way, and the session makes another connection by itself.
    @Test func whatTheSessionMakesAnewStandsOnTheLadderAsMadeAnew() async throws {
        try await withAnna { janus, _, peers, _ in
            janus.behaviour.withLock { $0.silent = ["configure", "attach"] }
            janus.seen.withLock { $0 = [] }
            await peers.tell(.disconnected(.subscriber))
            try await janus.waitFor("configure")
            let service = services.withLock { $0[0] }
            guard case .mending(let before) = await service.way else { Issue.record("nothing is mended"); return }
            #expect(before.step(of: .subscriber) == .restarted)
            janus.send(["janus": "hangup", "sender": 22, "reason": "ICE failed"])
            try await janus.waitFor("attach")
            guard case .mending(let after) = await service.way else { Issue.record("nothing is mended"); return }
            #expect(after.step(of: .subscriber) == .remade)
        }
    }
}

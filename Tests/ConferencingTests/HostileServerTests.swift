import JSON
import Janus
import Logging
import Meeting
import Testing

@testable import Conferencing

/// A server that breaks the rules in the middle of a join: what it did is said, not only that the connection is gone.
@Suite(.timeLimit(.minutes(1))) struct HostileServerTests {
    private let janus = FakeJanus(.init(silent: ["publish"]))
    private let peers = PeersInHand()
    private let conference: Conference

    /// What the service made for its media.
    private final class PeersInHand: Sendable {
        let peers: FakePeers
        private let reports: AsyncStream<PeerEvent>
        private let report: AsyncStream<PeerEvent>.Continuation

        init() {
            let (reports, report) = AsyncStream.makeStream(of: PeerEvent.self)
            (self.reports, self.report) = (reports, report)
            peers = FakePeers(connects: true) { report.yield($0) }
        }

        func forward(to service: @escaping @Sendable (PeerEvent) -> Void) -> FakePeers {
            Task { for await event in reports { service(event) } }
            return peers
        }
    }

    init() {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (quiet, peers) = (logger, peers)
        conference = Conference(
            sender: ConferenceSender(), meter: LevelMeter(), reconnectFor: .seconds(20), logger: logger
        ) { request in
            JanusService(JanusService.Settings(request, seed: 1), makePeers: { peers.forward(to: $0) }, logger: quiet)
        }
    }

    /// Joins, has `harm` done when the server is asked to take the media, and returns how the join failed.
    private func failure(of harm: @escaping @Sendable (FakeJanus, FakePeers) async -> Void) async throws -> JoinFailure?
    {
        try await janus.start()
        let (janus, peers) = (janus, peers.peers)
        let harming = Task {
            try await janus.waitFor("publish")
            await harm(janus, peers)
        }
        var failure: JoinFailure?
        do throws(JoinFailure) {
            let address = MeetingAddress(scheme: .janus, host: "127.0.0.1", port: UInt16(janus.port), room: "1234")
            _ = try await conference.join(
                address, JoinOptions(displayName: "x"), media: LocalMedia(microphone: .closed, camera: .open))
        } catch {
            failure = error
        }
        try await harming.value
        await janus.stop()
        return failure
    }

    @Test func aMessageThatIsTooLargeIsNamed() async throws {
        let failure = try #require(
            await failure { janus, _ in
                janus.send(["janus": "event", "padding": .string(String(repeating: "x", count: 2 << 20))])
            })
        #expect(failure.reason == .rejectedByService)
        #expect(failure.detail?.contains("limit") == true, "\(failure.detail ?? "nothing")")
    }

    @Test func aMediaConnectionThatBreaksInTheJoinSaysWhy() async throws {
        let failure = try #require(
            await failure { _, peers in await peers.tell(.failed(.publisher, "somebody may be in between")) })
        #expect(failure.reason == .unreachable)
        #expect(failure.detail?.hasSuffix("somebody may be in between") == true, "\(failure.detail ?? "nothing")")
    }
}

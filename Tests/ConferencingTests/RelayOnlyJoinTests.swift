import Janus
import Logging
import Meeting
import Synchronization
import Testing

@testable import Conferencing

/// Joins for which nothing but relays may be used, and that come to nothing.
@Suite(.timeLimit(.minutes(1))) struct RelayOnlyJoinTests {
    /// Joins in vain.
    /// - Parameters:
    ///   - problem: why there is no relay.
    ///   - ending: what ends it once our offer has been taken.
    private func failure(
        _ problem: String?,
        patience: @escaping JanusService.Patience = { _ in try await Task.sleep(for: .seconds(1000)) },
        ending: (FakePeers) async -> Void = { _ in }
    ) async throws -> JoinFailure? {
        let janus = FakeJanus()
        try await janus.start()
        let made = Made()
        let conference = Conference(
            sender: ConferenceSender(), meter: LevelMeter(), reconnectFor: .zero,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { request in
            JanusService(
                JanusService.Settings(request, seed: 1),
                makePeers: { report in
                    let peers = FakePeers(connects: false, report: report)
                    made.peers.withLock { $0 = peers }
                    return peers
                }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                patience: { duration in
                    try await janus.waitFor("publish")
                    try await patience(duration)
                })
        }
        let address = MeetingAddress(scheme: .janus, host: "127.0.0.1", port: UInt16(janus.port), room: "1234")
        let options = JoinOptions(displayName: "x", relays: RelayOptions(isRequired: true, problem: { _ in problem }))
        async let failure = #expect(throws: JoinFailure.self) {
            try await conference.join(address, options, media: LocalMedia(microphone: .open, camera: .none))
        }
        try await janus.waitFor("publish")
        if let peers = made.peers.withLock({ $0 }) { await ending(peers) }
        let told = await failure
        await janus.stop()
        return told
    }

    private final class Made: Sendable {
        let peers = Mutex<FakePeers?>(nil)
    }

    @Test func tellWhyThereIsNoRelay() async throws {
        let told = try await failure("“turn:t”: it does not answer", patience: { _ in })
        #expect(told?.reason == .unreachable)
        #expect(
            told?.detail?.hasSuffix(
                "; media may go through relays only (ice_policy), and there is none: “turn:t”: it does not answer")
                == true,
            "\(told?.detail ?? "")")
        #expect(told?.detail?.contains("UDP") == false)
    }

    @Test func tellThatARelayReachesNothing() async throws {
        let told = try await failure(nil, patience: { _ in })
        #expect(
            told?.detail?.hasSuffix("(ice_policy): does the TURN server reach it?") == true, "\(told?.detail ?? "")")
    }

    @Test func tellItAlsoWhenICEGivesUp() async throws {
        let told = try await failure(
            "“turn:t”: wrong password", ending: { await $0.tell(.failed(.publisher, "ICE or DTLS failed")) })
        #expect(told?.reason == .unreachable)
        #expect(told?.detail?.contains("ICE or DTLS failed; media may go through relays only") == true)
        #expect(told?.detail?.hasSuffix("“turn:t”: wrong password") == true, "\(told?.detail ?? "")")
    }
}

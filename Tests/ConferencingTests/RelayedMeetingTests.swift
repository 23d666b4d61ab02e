import Base
import DTLS
import Digests
import Foundation
import ICE
import Logging
import Media
import Meeting
import RTP
import Synchronization
import Testing
import Transport
import WebRTC

@testable import Conferencing

/// Against the Janus and the coturn of `tools/test`.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["ROOMD_TEST_JANUS"] != nil
            && ProcessInfo.processInfo.environment["ROOMD_TEST_TURN"] != nil),
    .serialized, .timeLimit(.minutes(1)))
struct RelayedMeetingTests {
    private final class Counter: ConferenceMediaSink {
        let audio = Atomic(0)

        func audio(_ participant: ParticipantID, _ packet: ReceivedAudioPacket, payload: Span<UInt8>) {
            audio.add(1, ordering: .relaxed)
        }

        func video(_: ParticipantID, _: TrackKind, _: ReceivedVideoFrame, bytes: inout [UInt8]) {}
        func ended(_: ParticipantID, _: TrackKind) {}
        func keyFrameRequested(_: TrackKind) {}
        func targetBitrate(_: Int) {}
    }

    private final class Box: Sendable {
        let conference: Conference
        let sink = Counter()
        let thread = MediaThread()
        let reports = Mutex<[RelayReport]>([])

        init() throws {
            try thread.start()
            let certificate = try Certificate(at: MonotonicClock.wallTime)
            conference = Conference(
                ConferenceConfiguration {
                    PeerConnection.Configuration(
                        certificate: certificate, seed: SecureRandom.seed(), iceEntropy: SecureRandom.bytes(24),
                        cname: "relayed", wallTime: MonotonicClock.wallTime, wallTimeAt: MonotonicClock.now)
                }, thread: thread, sink: sink, logger: Logger(label: "relayed"))
        }

        func options(_ servers: [TURNServer], isRequired: Bool, trust: TLSTrust? = nil) -> JoinOptions {
            JoinOptions(
                displayName: "relayed",
                relays: RelayOptions(
                    servers: { _ in servers }, isRequired: isRequired, trust: trust,
                    report: { [self] _, report in reports.withLock { $0.append(report) } }))
        }

        /// Until it is cancelled.
        func talk() async throws {
            var step: UInt32 = 0
            while true {
                let payload: [UInt8] = [0xFC] + (0..<80).map { UInt8(truncatingIfNeeded: $0 &* step) }
                conference.sender.audio(
                    payload.span, timestamp: step &* 960, level: RTP.AudioLevel(isVoice: true, minusDecibels: 20),
                    captureTime: MonotonicClock.now)
                step &+= 1
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        func end() async {
            await conference.leave()
            thread.stop()
        }
    }

    private static let media = LocalMedia(microphone: .open, camera: .none)

    private func variable(_ name: String) throws -> String {
        try #require(ProcessInfo.processInfo.environment[name], "\(name)")
    }

    private func server(_ transport: TURNServer.Transport, credential: String = "secret") throws -> TURNServer {
        let text = try variable(transport == .tls ? "ROOMD_TEST_TURN_TLS" : "ROOMD_TEST_TURN")
        return TURNServer(
            address: try #require(SocketAddress(text)), transport: transport, name: "turn.example.org",
            username: "room", credential: credential)
    }

    private func eventually(_ what: String, _ condition: () async -> Bool) async throws {
        for _ in 0..<300 {
            if await condition() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("never: \(what)")
    }

    @Test(arguments: [TURNServer.Transport.udp, .tcp, .tls])
    func aMeetingThroughRelaysOnlyIsHeardBothWays(_ transport: TURNServer.Transport) async throws {
        let address = try MeetingAddress(try variable("ROOMD_TEST_JANUS"))
        let (relayed, direct) = (try Box(), try Box())
        let trust = try TLSTrust(caFiles: [try variable("ROOMD_TEST_TURN_CA")])
        _ = try await relayed.conference.join(
            address, relayed.options([try server(transport)], isRequired: true, trust: trust), media: Self.media)
        _ = try await direct.conference.join(address, direct.options([], isRequired: false), media: Self.media)
        let talking = [Task { try await relayed.talk() }, Task { try await direct.talk() }]
        try await eventually("sound both ways") {
            relayed.sink.audio.load(ordering: .relaxed) > 20 && direct.sink.audio.load(ordering: .relaxed) > 20
        }
        let statistics = await relayed.conference.connections.statistics()
        for connection in [statistics.publisher, statistics.subscriber] {
            #expect(connection?.transport.selectedPair?.localKind == .relayed)
        }
        let plain = await direct.conference.connections.statistics()
        #expect(plain.publisher?.transport.selectedPair?.localKind == .host)
        #expect(relayed.reports.withLock { $0 }.contains { $0.state == .ready && $0.transport == transport })
        for task in talking { task.cancel() }
        await relayed.end()
        await direct.end()
    }

    @Test func aServerThatRefusesIsToldAndTheMeetingGoesOnWithoutIt() async throws {
        let address = try MeetingAddress(try variable("ROOMD_TEST_JANUS"))
        let box = try Box()
        _ = try await box.conference.join(
            address, box.options([try server(.udp, credential: "wrong")], isRequired: false), media: Self.media)
        let reason = "\(TURNFailure.wrongCredentials(code: 401))"
        try await eventually("the refusal is told") {
            box.reports.withLock { $0 }.contains { $0.state == .refused(reason) }
        }
        let statistics = await box.conference.connections.statistics()
        #expect(statistics.publisher?.transport.selectedPair?.localKind == .host)
        await box.end()
    }
}

import Base
import Foundation
import ICE
import Media
import RTP
import Testing
import Transport
import WebRTC

/// Against a real coturn: `ROOMD_TEST_TURN` names its address and port; user `room`, password `secret`, realm
/// `example.org`, and peers on its own machine are allowed.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["ROOMD_TEST_TURN"] != nil), .serialized,
    .timeLimit(.minutes(1)))
struct RelayedCallTests {
    private func server(credential: String = "secret") throws -> TURNServer {
        let text = try #require(ProcessInfo.processInfo.environment["ROOMD_TEST_TURN"])
        let address = try #require(SocketAddress(text), "ROOMD_TEST_TURN is an address and port, not \(text)")
        return TURNServer(address: address, username: "room", credential: credential)
    }

    @Test func aCallGoesFromRelayToRelay() async throws {
        let thread = MediaThread()
        try thread.start()
        let server = try server()
        let call = try await Call(on: thread) {
            $0.turnServers = [server]
            $0.candidatePolicy = .relayed
        }
        for end in [call.near, call.far] {
            let pair = try await thread.with(end) { peer, _ in peer.selectedPair }
            #expect(pair?.localKind == .relayed && pair?.remoteKind == .relayed)
            #expect(pair?.local.ip == server.address.ip)
        }
        let candidates = call.nearSink.record.events.compactMap { event in
            if case .localCandidate(let line) = event { line } else { nil }
        }
        #expect(!candidates.isEmpty && candidates.allSatisfy { $0.contains("typ relay raddr") })

        let audio = try await thread.audioQueue(for: call.near, on: call.audio)
        let video = try await thread.videoQueue(for: call.near, on: call.video)
        let (payload, picture) = (Payloads.opus, Payloads.keyFrame(bytes: 20_000))
        try await Payloads.onThreadOfTheirOwn {
            for index in 0..<5 {
                audio.push(
                    payload.span, timestamp: UInt32(index) * 960,
                    level: AudioLevel(isVoice: true, minusDecibels: 20), captureTime: MonotonicClock.now)
            }
            var frame = picture
            video.push(swapping: &frame, isKeyFrame: true, timestamp: 90_000, captureTime: MonotonicClock.now)
        }
        await call.farSink.wait { $0.audio.count >= 5 && !$0.video.isEmpty }
        #expect(call.farSink.record.audio.allSatisfy { $0 == payload })
        #expect(call.farSink.record.video.first == picture)
        // The farewell goes through the relay, too, before that is given back.
        try await thread.close(call.near)
        await call.farSink.wait { $0.events.contains(where: Call.isClosed) }
        thread.stop()
    }

    @Test func aDirectWayIsPreferred() async throws {
        let thread = MediaThread()
        try thread.start()
        let server = try server()
        let call = try await Call(on: thread) { $0.turnServers = [server] }
        let pair = try await thread.with(call.near) { peer, _ in peer.selectedPair }
        #expect(pair?.localKind == .host)
        thread.stop()
    }

    @Test func aWrongPasswordIsReported() async throws {
        let thread = MediaThread()
        try thread.start()
        let server = try server(credential: "wrong")
        let call = try await Call(on: thread) { $0.turnServers = [server] }
        for _ in 0..<100 {
            let event = try await thread.with(call.near) { peer, _ in peer.pollNetworkEvent() }
            if let event {
                #expect(event == .relayFailed(server, .wrongCredentials(code: 401)))
                thread.stop()
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("nothing was reported within two seconds")
        thread.stop()
    }
}

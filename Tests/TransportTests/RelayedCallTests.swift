import Base
import Foundation
import ICE
import Media
import RTP
import Testing
import Transport
import WebRTC

/// Against the coturn of `tools/test`.
@Suite(.enabled(if: RelayServer.isThere), .serialized, .timeLimit(.minutes(1)))
struct RelayedCallTests {
    private let thread = MediaThread()

    init() throws {
        try thread.start()
    }

    /// A call in which both ends have only relays of these servers.
    private func relayedCall(_ servers: TURNServer..., trust: TLSTrust? = nil) async throws -> Call {
        try await Call(on: thread, trust: trust) {
            $0.turnServers = servers
            $0.candidatePolicy = .relayed
        }
    }

    /// Sends sound and a picture from the near to the far end.
    private func send(_ call: Call, times: Int = 5) async throws {
        let audio = try await thread.audioQueue(for: call.near, on: call.audio)
        let video = try await thread.videoQueue(for: call.near, on: call.video)
        let (payload, picture) = (Payloads.opus, Payloads.keyFrame(bytes: 20_000))
        try await Payloads.onThreadOfTheirOwn {
            for index in 0..<times {
                audio.push(
                    payload.span, timestamp: UInt32(index) * 960,
                    level: AudioLevel(isVoice: true, minusDecibels: 20), captureTime: MonotonicClock.now)
            }
            var frame = picture
            video.push(
                swapping: &frame, codec: .vp8, isKeyFrame: true, timestamp: 90_000, captureTime: MonotonicClock.now)
        }
    }

    @Test func aSTUNServerThatAnswersIsTold() async throws {
        let server = try RelayServer.server(.udp).address
        let call = try await Call(on: thread) { $0.stunServers = [server] }
        await call.nearSink.wait { $0.stunServers[server] != nil }
        #expect(call.nearSink.record.stunServers == [server: true])
        thread.stop()
    }

    @Test(arguments: [TURNServer.Transport.udp, .tcp, .tls])
    func aCallGoesFromRelayToRelay(_ transport: TURNServer.Transport) async throws {
        let server = try RelayServer.server(transport)
        let call = try await relayedCall(server, trust: try TLSTrust(caFiles: [RelayServer.authority()]))
        for end in [call.near, call.far] {
            let pair = try await thread.with(end) { peer, _ in peer.selectedPair }
            #expect(pair?.localKind == .relayed && pair?.remoteKind == .relayed)
            #expect(pair?.local.ip == server.address.ip)
        }
        let candidates = call.nearSink.record.events.compactMap { event in
            if case .localCandidate(let line) = event { line } else { nil }
        }
        #expect(!candidates.isEmpty && candidates.allSatisfy { $0.contains("typ relay raddr") })
        #expect(
            call.nearSink.record.relays.contains(
                RelayReport(server: server.address, transport: transport, state: .ready)))

        try await send(call)
        await call.farSink.wait { $0.audio.count >= 5 && !$0.video.isEmpty }
        #expect(call.farSink.record.audio.allSatisfy { $0 == Payloads.opus })
        #expect(call.farSink.record.video.first == Payloads.keyFrame(bytes: 20_000))
        let statistics = try await thread.statistics()
        #expect(statistics.streamDrops == 0 && statistics.streamFailures == 0)
        // The farewell goes through the relay, too, before that is given back.
        try await thread.close(call.near)
        await call.farSink.wait { $0.events.contains(where: Call.isClosed) }
        thread.stop()
    }

    @Test func aDirectWayIsPreferred() async throws {
        let server = try RelayServer.server(.udp)
        let call = try await Call(on: thread) { $0.turnServers = [server] }
        let pair = try await thread.with(call.near) { peer, _ in peer.selectedPair }
        #expect(pair?.localKind == .host)
        thread.stop()
    }

    @Test(arguments: [TURNServer.Transport.udp, .tcp])
    func aWrongPasswordIsReported(_ transport: TURNServer.Transport) async throws {
        let server = try RelayServer.server(transport, credential: "wrong")
        let call = try await Call(on: thread) { $0.turnServers = [server] }
        let reason = "\(TURNFailure.wrongCredentials(code: 401))"
        await call.nearSink.wait { $0.relays.contains { $0.state == .refused(reason) } }
        #expect(!call.nearSink.record.relays.contains { "\($0)".contains("wrong") && !"\($0)".contains(reason) })
        thread.stop()
    }

    @Test(arguments: [TURNServer.Transport.tcp, .tls])
    func aServerThatIsNotThereIsReported(_ transport: TURNServer.Transport) async throws {
        var server = try RelayServer.server(transport)
        server.address.port = 9
        let dead = server
        let call = try await Call(on: thread) { $0.turnServers = [dead] }
        await call.nearSink.wait { $0.relays.contains { Self.reason($0)?.contains("Connection refused") == true } }
        thread.stop()
    }

    @Test func aCertificateForAnotherNameIsReported() async throws {
        let server = try RelayServer.server(.tls, name: "other.example.org")
        let trust = try TLSTrust(caFiles: [RelayServer.authority()])
        let call = try await Call(on: thread, trust: trust) { $0.turnServers = [server] }
        await call.nearSink.wait {
            $0.relays.contains {
                Self.reason($0) == "its certificate cannot be trusted for “other.example.org”: hostname mismatch"
            }
        }
        thread.stop()
    }

    @Test func anAuthorityThatIsNotKnownIsReported() async throws {
        let server = try RelayServer.server(.tls)
        let call = try await Call(on: thread) { $0.turnServers = [server] }
        await call.nearSink.wait {
            $0.relays.contains { Self.reason($0)?.contains("self-signed certificate") == true }
        }
        thread.stop()
    }

    @Test func theCallGoesOnByAnotherRelayWhenItsServerGoesAway() async throws {
        let servers = [try RelayServer.Own(.tcp, port: 3490), try RelayServer.Own(.tcp, port: 3491)]
        defer { for server in servers { server.end() } }
        for server in servers { try await Listening.wait(for: server.server.address) }
        let call = try await relayedCall(servers[0].server, servers[1].server)
        try await send(call)
        await call.farSink.wait { $0.audio.count >= 5 }
        let before = try await thread.with(call.near) { peer, _ in peer.selectedPair }
        let used = try #require(
            servers.first { server in before.map { server.ports.contains($0.local.port) } ?? false })
        used.end()
        let address = used.server.address
        await call.nearSink.wait {
            $0.relays.contains { $0.server == address && Self.reason($0)?.isEmpty == false }
        }
        // Sound that is heard again came by the other relay: nothing else is left.
        let (near, audio, farSink) = (call.near, call.audio, call.farSink)
        let heard = farSink.record.audio.count
        let queue = try await thread.audioQueue(for: near, on: audio)
        let talk = Task {
            var timestamp: UInt32 = 96_000
            while !Task.isCancelled {
                let (now, payload) = (timestamp, Payloads.opus)
                try await Payloads.onThreadOfTheirOwn {
                    queue.push(
                        payload.span, timestamp: now, level: AudioLevel(isVoice: true, minusDecibels: 20),
                        captureTime: MonotonicClock.now)
                }
                timestamp += 960
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        await farSink.wait { $0.audio.count > heard + 5 }
        talk.cancel()
        let after = try await thread.with(near) { peer, _ in peer.selectedPair }
        #expect(after.map { !used.ports.contains($0.local.port) } ?? false)
        thread.stop()
    }

    private static func reason(_ report: RelayReport) -> String? {
        switch report.state {
        case .ready: nil
        case .refused(let reason), .lost(let reason): reason
        }
    }
}

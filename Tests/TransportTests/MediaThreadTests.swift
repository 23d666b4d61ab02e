import Base
import Media
import RTP
import Testing
import Transport
import WebRTC

@Suite(.timeLimit(.minutes(1))) struct MediaThreadTests {
    @Test func iceStartsAnewOnALivingConnection() async throws {
        let thread = MediaThread()
        try thread.start()
        let call = try await Call(on: thread)
        let pulse = try await thread.pulse(of: call.far)
        let before = try #require(pulse.heardAt)
        // No address has come, so no socket does either.
        try await thread.addSockets(to: call.near, includeLoopback: true)
        let offer = try await thread.with(call.near) { peer, now in
            let offer = try peer.createOffer(restartICE: true, at: now)
            try peer.setLocalDescription(offer, at: now)
            return peer.localDescription ?? offer
        }
        let answer = try await thread.with(call.far) { peer, now in
            try peer.setRemoteDescription(offer, at: now)
            let answer = try peer.createAnswer(at: now)
            try peer.setLocalDescription(answer, at: now)
            return peer.localDescription ?? answer
        }
        try await thread.with(call.near) { peer, now in try peer.setRemoteDescription(answer, at: now) }
        while pulse.heardAt.map({ $0 <= before }) ?? true {
            try Task.checkCancellation()
            await Task.yield()
        }
        thread.stop()
    }

    @Test func connectsTwoPeersOverLoopbackAndCarriesMedia() async throws {
        let thread = MediaThread()
        try thread.start()
        let call = try await Call(on: thread)
        let audio = try await thread.audioQueue(for: call.near, on: call.audio)
        let video = try await thread.videoQueue(for: call.near, on: call.video)

        let payload = Payloads.opus
        try await Payloads.onThreadOfTheirOwn {
            for index in 0..<5 {
                audio.push(
                    payload.span, timestamp: UInt32(index) * 960,
                    level: AudioLevel(isVoice: true, minusDecibels: 20), captureTime: MonotonicClock.now)
            }
        }
        await call.farSink.wait { $0.audio.count >= 5 }
        #expect(call.farSink.record.audio.allSatisfy { $0 == payload })
        #expect(audio.dropped == 0)

        let picture = Payloads.keyFrame(bytes: 900)
        try await Payloads.onThreadOfTheirOwn {
            var frame = picture
            let taken = video.push(
                swapping: &frame, codec: .vp8, isKeyFrame: true, timestamp: 90_000, captureTime: MonotonicClock.now)
            #expect(taken && frame.isEmpty)
        }
        await call.farSink.wait { !$0.video.isEmpty }
        #expect(call.farSink.record.video.first == picture)

        let statistics = try await thread.statistics()
        #expect(statistics.received > 6 && statistics.sent > 6)
        #expect(statistics.oversized == 0 && statistics.receiveFailures == 0)
        #expect(statistics.audioSend.count == 5 && statistics.videoSend.count == 1)
        #expect(statistics.audioSend.longest > .zero && statistics.audioSend.longest < .seconds(5))
        #expect(Set(statistics.buffers.map(\.name)) == ["outgoingAudio", "outgoingVideo"])
        thread.stop()
    }

    @Test func flushesTheFarewellOfAClosedConnection() async throws {
        let thread = MediaThread()
        try thread.start()
        let call = try await Call(on: thread)
        let queue = try await thread.audioQueue(for: call.near, on: call.audio)
        try await thread.close(call.near)
        await call.farSink.wait { $0.events.contains(where: Call.isClosed) }
        #expect(queue.isClosed)
        let payload = Payloads.opus
        let taken = queue.push(payload.span, timestamp: 0, level: .silence, captureTime: .zero)
        #expect(!taken)
        await #expect(throws: TransportError.noSuchConnection(call.near)) { try await thread.close(call.near) }
        await #expect(throws: TransportError.noSuchConnection(call.near)) {
            try await thread.with(call.near) { _, _ in }
        }
        thread.stop()
    }

    @Test func refusesWorkBeforeTheStartAndAfterTheStop() async throws {
        let thread = MediaThread()
        await #expect(throws: TransportError.stopped) { try await thread.statistics() }
        try thread.start()
        _ = try await thread.statistics()
        thread.stop()
        await #expect(throws: TransportError.stopped) { try await thread.statistics() }
        await #expect(throws: TransportError.stopped) {
            try await thread.open(Call.configuration(seed: 1), includeLoopback: true, sink: Recorder())
        }
        thread.stop()
    }

    @Test func stopAnswersEverythingThatWasPosted() async throws {
        let thread = MediaThread()
        try thread.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                // Each either runs or is refused; none hangs.
                group.addTask { _ = try? await thread.statistics() }
            }
            group.addTask { thread.stop() }
            try await group.waitForAll()
        }
    }

    @Test func runsClosuresOnItsOwnThread() async throws {
        let thread = MediaThread()
        try thread.start()
        let id = try await thread.open(Call.configuration(seed: 1), includeLoopback: true, sink: Recorder())
        let name = try await thread.with(id) { _, _ in DeviceThread.currentName }
        #expect(name == "media")
        struct Refusal: Error {}
        await #expect(throws: Refusal.self) { try await thread.with(id) { _, _ in throw Refusal() } }
        thread.stop()
    }

    @Test func bindsWithinThePortRange() async throws {
        let thread = MediaThread(options: SocketOptions(ports: 40_500...40_563, dscp: .assuredForwarding41))
        try thread.start()
        let call = try await Call(on: thread)
        #expect(call.near != call.far)
        thread.stop()
    }
}

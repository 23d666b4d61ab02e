import Base
import Codecs
import Media
import Testing

@testable import AudioPipeline

/// The way from packets to the speaker, stepped by the test.
@Suite struct AudioEnginePlayingTests {
    private let time = VirtualTime()

    private func engine(_ speaker: FakeSpeaker) throws -> AudioEngine {
        try AudioEngine(microphone: nil, speaker: speaker, clock: time.clock, output: { _, _ in })
    }

    /// Steps the engine while each stream's packets come punctually.
    private func play(
        _ engine: AudioEngine, _ loop: inout AudioLoop, _ streams: [(PlayoutStream, TestStream)], blocks: Range<Int>
    ) {
        for block in blocks {
            if block % 2 == 0 {
                for (stream, source) in streams {
                    let packet = source.packets[block / 2]
                    stream.push(
                        packet.payload.span,
                        PlayoutPacket(
                            sequence: packet.sequence, timestamp: packet.timestamp, arrival: time.now,
                            captureTime: packet.captureTime))
                }
            }
            engine.step(&loop)
        }
    }

    @Test func mixesItsStreamsAndReportsThem() throws {
        let speaker = FakeSpeaker(time: time)
        let engine = try engine(speaker)
        var loop = engine.makeLoop()
        let streams = try (0..<3).map { index in
            (
                try PlayoutStream(name: "\(index)"),
                TestStream(Sounds.tone(200 + 150 * Double(index), amplitude: 0.1, count: 48_000), seconds: 6)
            )
        }
        for (stream, _) in streams { engine.add(stream) }
        #expect(engine.playing.map(\.name) == ["0", "1", "2"])
        play(engine, &loop, streams, blocks: 0..<300)
        // Each tone has −23 dBFS, three of them −18.2.
        for (stream, _) in streams {
            #expect(abs(stream.decibels + 23) <= 1)
            #expect(stream.statistics.concealedSamples == 0)
            #expect(stream.depth > .zero)
        }
        #expect(abs(engine.status.speakerDecibels + 18) <= 1)
        let heard = speaker.state.withLock { $0.heard }
        #expect(heard.count == 300 * 480)

        // What is heard now was captured that long ago on the sender's clock: its delay, and the speaker's.
        let offset = try #require(streams[0].0.playoutOffset)
        let playedAt = engine.playout.at.nanoseconds
        let age = Double(playedAt - offset - TestStream.senderEpoch) / 1e9
        #expect((2.85...2.99).contains(age))
        #expect(engine.playout.samples == 299 * 480)

        engine.remove(streams[0].0)
        engine.remove(streams[1].0)
        play(engine, &loop, [streams[2]], blocks: 300..<400)
        #expect(abs(engine.status.speakerDecibels + 23) <= 1)
        #expect(engine.playing.count == 1)
    }

    @Test func theVolumeFollowsItsCurve() throws {
        let speaker = FakeSpeaker(time: time)
        let engine = try engine(speaker)
        var loop = engine.makeLoop()
        let stream = (
            try PlayoutStream(name: "a"), TestStream(Sounds.tone(300, amplitude: 0.1, count: 48_000), seconds: 20)
        )
        engine.add(stream.0)
        play(engine, &loop, [stream], blocks: 0..<100)
        var next = 100
        for (volume, decibels) in [(50, -23.0), (25, -35), (100, -11), (0, -127), (70, -17.2), (400, -11), (-5, -127)] {
            engine.setSpeaker(volume: volume, isMuted: false)
            play(engine, &loop, [stream], blocks: next..<next + 20)
            next += 20
            #expect(abs(Double(engine.status.speakerDecibels) - decibels) <= 1.1, "volume \(volume)")
            #expect(engine.status.volume == min(max(volume, 0), 100))
        }
        engine.setSpeaker(volume: 50, isMuted: true)
        play(engine, &loop, [stream], blocks: next..<next + 2)
        #expect(engine.status.isSpeakerMuted)
        #expect(engine.status.speakerDecibels == -127)
        // Muted or not, time goes on: the stream is where it should be.
        #expect(stream.0.statistics.concealedSamples == 0)
    }

    @Test func withoutTheSpeakerTheClockGoesOn() throws {
        let speaker = FakeSpeaker(time: time)
        let engine = try engine(speaker)
        var loop = engine.makeLoop()
        let stream = (try PlayoutStream(name: "a"), TestStream(Sounds.voice(count: 48_000), seconds: 20))
        engine.add(stream.0)
        play(engine, &loop, [stream], blocks: 0..<100)
        for round in 1...3 {
            speaker.state.withLock { $0.isLost = true }
            let before = time.now
            play(engine, &loop, [stream], blocks: round * 200 - 100..<round * 200)
            #expect(engine.status.speakerLost)
            #expect(time.now - before == .seconds(1))
            #expect(engine.playout.samples == Int64(round * 100 - 1) * 480)
            speaker.state.withLock { $0.isLost = false }
            play(engine, &loop, [stream], blocks: round * 200..<round * 200 + 100)
            #expect(!engine.status.speakerLost)
        }
        #expect(stream.0.statistics.concealedSamples == 0)
        #expect(stream.0.statistics.overflowedPackets == 0)
    }

    @Test func theSendersClockIsForgottenWhenNoSoundComes() throws {
        let speaker = FakeSpeaker(time: time)
        let engine = try engine(speaker)
        var loop = engine.makeLoop()
        let stream = (try PlayoutStream(name: "a"), TestStream(Sounds.voice(count: 48_000), seconds: 1))
        engine.add(stream.0)
        play(engine, &loop, [stream], blocks: 0..<100)
        #expect(stream.0.playoutOffset != nil)
        play(engine, &loop, [], blocks: 0..<400)
        #expect(stream.0.playoutOffset != nil)
        play(engine, &loop, [], blocks: 0..<200)
        #expect(stream.0.playoutOffset == nil)
    }

    @Test func aRingThatRunsOverIsCounted() throws {
        let stream = try PlayoutStream(name: "a")
        let packet = TestStream(Sounds.voice(count: 960), seconds: 0.02).packets[0]
        for index in 0..<100 {
            stream.push(
                packet.payload.span,
                PlayoutPacket(sequence: Int64(index), timestamp: Int64(index) * 960, arrival: time.now))
        }
        #expect(stream.statistics.overflowedPackets == 36)
        #expect(stream.playoutOffset == nil)
    }
}

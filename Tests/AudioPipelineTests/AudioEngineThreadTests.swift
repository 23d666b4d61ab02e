import Base
import Media
import Synchronization
import Testing

@testable import AudioPipeline

/// The engine on its own threads; the speaker lets it go on block by block.
@Suite struct AudioEngineThreadTests {
    private final class MediaThread: Sendable {
        let isDone = Atomic<Bool>(false)
        let pushed = Monitor(0)
    }

    @Test func streamsComeAndGoWhileItRuns() throws {
        let time = VirtualTime()
        let speaker = FakeSpeaker(time: time, isStepped: true, keepsSound: false)
        let sent = SentPackets()
        let engine = try AudioEngine(
            microphone: FakeMicrophone(Sounds.voice(count: 48_000)), speaker: speaker, clock: time.clock,
            output: sent.output)
        try engine.start { _ in }
        engine.setSending(true)
        let source = TestStream(Sounds.voice(count: 48_000), seconds: 4)

        // The media thread pushes, the control plane adds, removes and looks, the audio thread plays.
        let streams = try (0..<6).map { try PlayoutStream(name: "\($0)") }
        let media = MediaThread()
        let thread = try DeviceThread(name: "media") {
            for (index, packet) in source.packets.enumerated() {
                // As fast as the audio thread plays, so that both are always at work.
                let isDue = speaker.state.wait(until: MonotonicClock.now + .seconds(20)) { state in
                    state.isStopped || media.isDone.load(ordering: .acquiring) || state.blocks >= index ? true : nil
                }
                guard isDue == true, !media.isDone.load(ordering: .acquiring) else { return }
                for stream in streams {
                    stream.push(
                        packet.payload.span,
                        PlayoutPacket(
                            sequence: packet.sequence, timestamp: packet.timestamp, arrival: time.now,
                            captureTime: packet.captureTime))
                }
                media.pushed.update { $0 += 1 }
            }
        }
        for round in 0..<100 {
            // Neither thread runs away from the other, however the machine is loaded.
            let keepsUp = media.pushed.wait(until: MonotonicClock.now + .seconds(20)) { $0 > 2 * round ? true : nil }
            #expect(keepsUp == true)
            engine.add(streams[round % 6])
            engine.setMicrophone(isOpen: round % 2 == 0)
            engine.setSpeaker(volume: round, isMuted: round % 3 == 0)
            #expect(speaker.play(2))
            _ = engine.status
            _ = engine.playout
            _ = streams.map { ($0.statistics, $0.decibels, $0.isVoice, $0.depth, $0.playoutOffset) }
            if round >= 3 { engine.remove(streams[(round - 3) % 6]) }
            #expect(engine.playing.count <= 6)
        }
        media.isDone.store(true, ordering: .releasing)
        speaker.state.wakeAll()
        thread.join()
        engine.stop()
        engine.stop()
        #expect(media.pushed.withLock { $0 } >= 199)
        #expect(sent.all.count == 100)
        #expect(engine.deadlinesMissed == 0)
    }

    @Test func observersHearOfEveryChange() throws {
        let time = VirtualTime()
        let speaker = FakeSpeaker(time: time, isStepped: true, keepsSound: false)
        let microphone = FakeMicrophone(Sounds.voice(count: 48_000))
        let engine = try AudioEngine(
            microphone: microphone, speaker: speaker, clock: time.clock, output: { _, _ in })
        let seen = Monitor<[AudioEngine.Status]>([])
        try engine.start { status in seen.update { $0.append(status) } }

        func sees(_ condition: (AudioEngine.Status) -> Bool) -> Bool {
            seen.wait(until: MonotonicClock.now + .seconds(10)) { $0.contains(where: condition) ? true : nil } ?? false
        }
        #expect(speaker.play(1))
        #expect(sees { !$0.isMicrophoneOpen && $0.volume == 50 })
        engine.setMicrophone(isOpen: true)
        #expect(speaker.play(1))
        #expect(sees { $0.isMicrophoneOpen })
        engine.setSpeaker(volume: 30, isMuted: true)
        #expect(speaker.play(1))
        #expect(sees { $0.volume == 30 && $0.isSpeakerMuted })
        microphone.isLost.store(true, ordering: .releasing)
        #expect(speaker.play(1))
        #expect(sees { $0.microphoneLost })
        // Levels come ten times a second.
        let before = seen.withLock { $0.count }
        for _ in 0..<3 { #expect(speaker.play(10)) }
        #expect(seen.wait(until: MonotonicClock.now + .seconds(10)) { $0.count > before ? true : nil } ?? false)
        // Without the speaker, too, changes are told.
        speaker.state.update { $0.isLost = true }
        #expect(sees { $0.speakerLost })
        engine.setSpeaker(volume: 31, isMuted: false)
        #expect(sees { $0.speakerLost && $0.volume == 31 })
        speaker.state.update { $0.isLost = false }
        #expect(speaker.play(1))
        #expect(sees { !$0.speakerLost && $0.volume == 31 })
        engine.stop()
    }
}

import Base
import Codecs
import Synchronization
import Testing

@testable import AudioPipeline

/// The way from the microphone to packets, stepped by the test.
@Suite struct AudioEngineSendingTests {
    private let time = VirtualTime()
    private let sent = SentPackets()

    private func engine(_ microphone: FakeMicrophone?) throws -> AudioEngine {
        let speaker = FakeSpeaker(time: time, keepsSound: false)
        return try AudioEngine(microphone: microphone, speaker: speaker, clock: time.clock, output: sent.output)
    }

    private func step(_ engine: AudioEngine, _ loop: inout AudioLoop, _ count: Int) {
        for _ in 0..<count { engine.step(&loop) }
    }

    /// Loudest sample of a packet decoded by itself.
    private func loudest(_ packet: [UInt8]) throws -> Float {
        var decoder = try OpusDecoder()
        var samples = [Float](repeating: 0, count: 960)
        try samples.withUnsafeMutableBufferPointer { samples in
            _ = try packet.withUnsafeBufferPointer { try decoder.decode($0, into: samples) }
        }
        return samples.map(abs).max() ?? 0
    }

    @Test(arguments: [100, 101])
    func afterAMuteNothingOfTheRoomLeaves(blocks: Int) throws {
        let engine = try engine(FakeMicrophone(Sounds.voice(count: 96_000)))
        var loop = engine.makeLoop()
        engine.setMicrophone(isOpen: true)
        engine.setSending(true)
        step(engine, &loop, blocks)
        #expect(engine.status.isMicrophoneOpen)
        let speaking = sent.take()
        #expect(speaking.count == blocks / 2)
        #expect(try speaking.suffix(20).map { try loudest($0.payload) }.max()! > 0.05)
        #expect(speaking.contains { $0.about.isVoice && $0.about.decibels > -40 })

        engine.setMicrophone(isOpen: false)
        #expect(engine.status.isMicrophoneOpen, "not before the audio thread has obeyed")
        step(engine, &loop, 20)
        #expect(!engine.status.isMicrophoneOpen)
        let muted = sent.take()
        #expect(muted.count >= 10)
        // To the byte they are what an encoder makes that never heard anything: neither the look-ahead nor the copy for
        // error correction holds more.
        var deaf = try OpusEncoder()
        let silence = [Float](repeating: 0, count: OpusEncoder.frameSize)
        for packet in muted {
            var expected: [UInt8] = []
            try deaf.encode(silence, appendingTo: &expected)
            #expect(packet.payload == expected)
            #expect(try loudest(packet.payload) < 1e-4)
            #expect(packet.payload.withUnsafeBufferPointer { OpusPacket($0)?.hasErrorCorrection } == false)
            #expect(packet.about.decibels == -127)
            #expect(!packet.about.isVoice)
        }
        #expect(speaking.contains { $0.payload.withUnsafeBufferPointer { OpusPacket($0)?.hasErrorCorrection } == true })

        // The room still sees that somebody speaks into a closed microphone.
        var loudestHeard = -127
        for _ in 0..<30 {
            step(engine, &loop, 1)
            loudestHeard = max(loudestHeard, engine.status.microphoneDecibels)
        }
        #expect(loudestHeard > -40)
        let stillMuted = sent.take()

        engine.setMicrophone(isOpen: true)
        step(engine, &loop, 60)
        let again = sent.take()
        #expect(try again.map { try loudest($0.payload) }.max()! > 0.05)
        // The clock counted on without a hole.
        let timestamps = (speaking + muted + stillMuted + again).map { $0.about.timestamp }
        #expect(zip(timestamps, timestamps.dropFirst()).allSatisfy { $1 == $0 + 960 })
    }

    @Test func theFirstPacketOfAMeetingHoldsNothingFromBeforeIt() throws {
        let loud = Sounds.tone(300, count: 48_000)
        // The tone stops at 480 ms; sending begins 10 ms later, in the middle of a packet.
        let microphone = FakeMicrophone(Array(loud[..<23_040]) + [Float](repeating: 0, count: 480_000))
        let engine = try engine(microphone)
        var loop = engine.makeLoop()
        engine.setMicrophone(isOpen: true)
        step(engine, &loop, 47)
        #expect(sent.take().isEmpty)
        step(engine, &loop, 2)
        engine.setSending(true)
        step(engine, &loop, 10)
        for packet in sent.take() { #expect(try loudest(packet.payload) < 1e-4) }
    }

    @Test func opensWithoutAClick() throws {
        let engine = try engine(FakeMicrophone([Float](repeating: 0.5, count: 480)))
        var loop = engine.makeLoop()
        step(engine, &loop, 1)
        loop.block.update(repeating: 0.5)
        loop.open(true)
        #expect(loop.block[0] == 0 && loop.block[479] > 0.49)
        loop.block.update(repeating: 0.5)
        loop.open(true)
        #expect(loop.block.allSatisfy { $0 == 0.5 })
    }

    @Test func captureTimesAreThoseOfTheMicrophone() throws {
        let engine = try engine(FakeMicrophone(Sounds.tone(300, count: 48_000)))
        var loop = engine.makeLoop()
        engine.setMicrophone(isOpen: true)
        engine.setSending(true)
        let began = time.now
        step(engine, &loop, 6)
        let expected = (0..<3).map { began + .milliseconds(10 + 20 * $0 - 12) }
        #expect(sent.all.map(\.about.captureTime) == expected)
    }

    @Test func aLostMicrophoneIsSilenceAndComesBack() throws {
        let microphone = FakeMicrophone(Sounds.voice(count: 96_000))
        let engine = try engine(microphone)
        var loop = engine.makeLoop()
        engine.setMicrophone(isOpen: true)
        engine.setSending(true)
        step(engine, &loop, 100)
        #expect(!engine.status.microphoneLost)
        microphone.isLost.store(true, ordering: .releasing)
        step(engine, &loop, 100)
        #expect(engine.status.microphoneLost)
        #expect(engine.status.microphoneDecibels == -127)
        #expect(sent.all.count == 100)
        #expect(sent.all[60...].allSatisfy { $0.about.decibels == -127 })
        microphone.isLost.store(false, ordering: .releasing)
        step(engine, &loop, 100)
        #expect(!engine.status.microphoneLost)
        #expect(sent.all[100...].contains { $0.about.isVoice })
    }

    @Test func aRoomWithoutMicrophoneSendsSilence() throws {
        let engine = try engine(nil)
        var loop = engine.makeLoop()
        engine.setMicrophone(isOpen: true)
        engine.setSending(true)
        step(engine, &loop, 10)
        #expect(!engine.status.isMicrophoneOpen)
        #expect(sent.all.count == 5)
        engine.setSending(false)
        step(engine, &loop, 10)
        #expect(sent.all.count == 5)
    }
}

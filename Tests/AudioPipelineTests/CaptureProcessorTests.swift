import Base
import Glibc
import Media
import Testing

@testable import AudioPipeline

/// Switching, and what the engine does with the processor.
@Suite struct CaptureProcessorTests {
    private let time = VirtualTime()
    private let sent = SentPackets()

    /// A microphone in front of the loudspeaker: it hears each block 40 ms after it was written.
    private final class NearMicrophone: Microphone, @unchecked Sendable {
        let device = DeviceDescription(id: "near", kind: .microphone, name: "Near", bus: "test")
        let channels = 1
        private let speaker: FakeSpeaker
        init(_ speaker: FakeSpeaker) { self.speaker = speaker }

        func read(into block: UnsafeMutableBufferPointer<Float>, at now: Instant) throws(DeviceError) -> Instant? {
            speaker.state.withLock { state in
                let start = state.heard.count - 480 - 1920
                for index in block.indices { block[index] = start < 0 ? 0 : state.heard[start + index] * 0.5 }
            }
            return now - .milliseconds(10)
        }

        func stop() {}
    }

    private func process(_ processor: CaptureProcessor, _ block: inout [Float]) {
        let silence = [Float](repeating: 0, count: 480)
        silence.withUnsafeBufferPointer { processor.analyze($0) }
        block.withUnsafeMutableBufferPointer { processor.process($0, delay: .milliseconds(40)) }
    }

    @Test func whatIsSwitchedOffLeavesSoundAsItIs() throws {
        let processor = try CaptureProcessor([])
        let sound = Sounds.voice(count: 480)
        var block = sound
        process(processor, &block)
        #expect(block == sound)
        #expect(processor.latency == .zero)
        processor.components = .all
        process(processor, &block)
        #expect(block != sound)
        #expect(abs(processor.latency.inMilliseconds - 8) < 0.1)
        #expect(processor.delay == .milliseconds(40))
        processor.components = []
        block = sound
        process(processor, &block)
        #expect(block == sound)
    }

    @Test func everyCombinationIsTakenInRunning() throws {
        let processor = try CaptureProcessor()
        let sound = Sounds.voice(count: 48_000)
        for components in UInt32(0)..<32 {
            processor.components = CaptureProcessing(rawValue: components)
            for start in stride(from: 0, to: 4800, by: 480) {
                var block = Array(sound[start..<start + 480])
                process(processor, &block)
                #expect(block.allSatisfy { abs($0) <= 1 })
            }
        }
    }

    @Test func damageInTheSoundDoesNotStay() throws {
        let processor = try CaptureProcessor()
        let sound = Sounds.voice(count: 96_000)
        var loudest: Float = 0
        for start in stride(from: 0, to: 96_000, by: 480) {
            var block = Array(sound[start..<start + 480])
            if start == 4800 { block[7] = .nan }
            if start == 9600 { block[8] = .infinity }
            if start == 14_400 { block[9] = 1e30 }
            process(processor, &block)
            #expect(block.allSatisfy { $0.isFinite })
            if start > 48_000 { loudest = max(loudest, block.map(abs).max()!) }
        }
        #expect(loudest > 0.01)
    }

    @Test func aWrongBlockIsLeftAlone() throws {
        let processor = try CaptureProcessor()
        var short = [Float](repeating: 0.5, count: 100)
        short.withUnsafeMutableBufferPointer { block in
            processor.analyze(UnsafeBufferPointer(block))
            processor.process(block, delay: .seconds(-1))
        }
        #expect(short.allSatisfy { $0 == 0.5 })
    }

    /// Loudness of what the room sends while the other side speaks.
    private func sentDecibels(processor: CaptureProcessor?) throws -> Int {
        let speaker = FakeSpeaker(time: time)
        let engine = try AudioEngine(
            microphone: NearMicrophone(speaker), speaker: speaker, processor: processor, clock: time.clock,
            output: sent.output)
        var loop = engine.makeLoop()
        engine.setMicrophone(isOpen: true)
        engine.setSending(true)
        let source = TestStream(Sounds.voice(count: 48_000), seconds: 6)
        let stream = try PlayoutStream(name: "far")
        engine.add(stream)
        for block in 0..<600 {
            if block % 2 == 0 {
                let packet = source.packets[block / 2]
                stream.push(
                    packet.payload.span,
                    PlayoutPacket(
                        sequence: packet.sequence, timestamp: packet.timestamp, arrival: time.now,
                        captureTime: packet.captureTime))
            }
            engine.step(&loop)
        }
        if let processor, !processor.components.isEmpty {
            // From the speaker's latency of 20 ms and the microphone's of 10.
            #expect(processor.delay == .milliseconds(30))
        }
        let packets = sent.take().suffix(150)
        #expect(packets.count == 150)
        return packets.map(\.about.decibels).max()!
    }

    @Test func theRoomDoesNotSendBackWhatItHears() throws {
        let raw = try sentDecibels(processor: nil)
        let clean = try sentDecibels(processor: CaptureProcessor())
        let off = try sentDecibels(processor: CaptureProcessor([]))
        #expect(raw > -40)
        #expect(clean < raw - 20, "\(raw) to \(clean) dBFS")
        #expect(off == raw)
    }

    @Test func captureTimesAllowForTheProcessing() throws {
        func first(_ processor: CaptureProcessor?) throws -> (Instant, Instant) {
            let engine = try AudioEngine(
                microphone: FakeMicrophone(Sounds.tone(300, count: 48_000)), speaker: FakeSpeaker(time: time),
                processor: processor, clock: time.clock, output: sent.output)
            var loop = engine.makeLoop()
            engine.setMicrophone(isOpen: true)
            engine.setSending(true)
            let began = time.now
            for _ in 0..<4 { engine.step(&loop) }
            return (began, sent.take()[0].about.captureTime)
        }
        let plain = try first(nil)
        let processed = try first(CaptureProcessor())
        let difference = (plain.1 - plain.0) - (processed.1 - processed.0)
        #expect(abs(difference.inMilliseconds - 8) < 0.1)
    }

    @Test func withoutASpeakerTheRoomIsStillHeard() throws {
        let speaker = FakeSpeaker(time: time, keepsSound: false)
        speaker.state.update { $0.isLost = true }
        let engine = try AudioEngine(
            microphone: FakeMicrophone(Sounds.voice(count: 96_000)), speaker: speaker, processor: CaptureProcessor(),
            clock: time.clock, output: sent.output)
        var loop = engine.makeLoop()
        engine.setMicrophone(isOpen: true)
        engine.setSending(true)
        for _ in 0..<200 { engine.step(&loop) }
        #expect(sent.all.contains { $0.about.decibels > -40 })
    }
}

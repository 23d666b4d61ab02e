import Base
import Glibc
import Media
import TestSupport
import Testing

@testable import AudioPipeline

/// In steady state the audio thread allocates nothing.
///
/// Every Swift object made is counted. Of C's heap only what a step leaves behind or takes away is seen: a `malloc` that
/// is freed in the same step is not.
@Suite struct AllocationTests {
    /// A process of its own, because the heap's books are the whole process's. Threads of the test runner that end
    /// meanwhile free memory of theirs (1840 bytes, seen on a loaded machine), so it is played twice: the steps are the
    /// same both times, what other threads do is not.
    @Test func aStepAllocatesNothing() async {
        await #expect(processExitsWith: .success) {
            let first = try Self.play()
            let second = try Self.play()
            let isClean = zip(first, second).allSatisfy { one, other in
                one.objects == 0 && other.objects == 0 && (one.bytes == 0 || other.bytes == 0)
            }
            exit(isClean && first.count == 1500 ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }

    /// What each of 1500 steps with eight streams allocates, after 400 to warm up. Packets are lost and come unevenly, so
    /// that repair, concealment and stretching are in it.
    private static func play() throws -> [AllocationCount] {
        let time = VirtualTime()
        let speaker = FakeSpeaker(time: time, keepsSound: false)
        let processor = try CaptureProcessor()
        let engine = try AudioEngine(
            microphone: FakeMicrophone(Sounds.voice(count: 48_000)), speaker: speaker, processor: processor,
            clock: time.clock, output: { _, _ in })
        engine.setMicrophone(isOpen: true)
        engine.setSending(true)
        var loop = engine.makeLoop()
        let source = TestStream(Sounds.voice(count: 96_000), seconds: 20)
        let streams = try (0..<8).map { try PlayoutStream(name: "\($0)", delays: engine.playoutDelays) }
        for stream in streams { engine.add(stream) }
        var random = SeededRandom(seed: 1)
        var counts: [AllocationCount] = []
        for block in 0..<1900 {
            for stream in streams where block % 2 == 0 {
                guard Int.random(in: 0..<10, using: &random) > 0 else { continue }
                let packet = source.packets[block / 2]
                stream.push(
                    packet.payload.span,
                    PlayoutPacket(
                        sequence: packet.sequence, timestamp: packet.timestamp,
                        arrival: time.now - .milliseconds(Int.random(in: 0..<9, using: &random)),
                        captureTime: packet.captureTime))
            }
            // Components come and go meanwhile.
            if block % 100 == 50 { processor.components = CaptureProcessing(rawValue: UInt32(block / 100 * 7 % 16)) }
            var count = AllocationCount()
            count.measure { engine.step(&loop) }
            if block >= 400 { counts.append(count) }
        }
        let isVaried = streams.map(\.statistics).allSatisfy {
            $0.recoveredPackets > 0 && $0.concealedSamples > 0 && $0.removedSamples + $0.insertedSamples > 0
        }
        precondition(isVaried, "the streams were to be repaired, concealed and stretched")
        return counts
    }

    /// The measure itself: it sees what is there to be seen.
    @Test func theCountSeesAllocations() async {
        await #expect(processExitsWith: .success) {
            var count = AllocationCount()
            var kept: [[Int]] = []
            count.measure { kept.append(Array(repeating: 1, count: Int.random(in: 5000...6000))) }
            exit(count.objects > 0 && count.bytes > 20_000 && kept.count == 1 ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }
}

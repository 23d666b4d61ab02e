import Base
import CTestSupport
import Glibc
import Media
import Synchronization
import Testing

@testable import AudioPipeline

/// The audio thread waits for no lock, whatever the other threads do with the engine meanwhile.
///
/// A lock that is free costs no system call and is not seen; one that another thread holds is a wait on a futex, for which
/// the kernel is told to end the process. So the others do all that they can do, at full speed, for as long as the thread
/// plays.
@Suite struct LockTests {
    @Test func theAudioThreadWaitsForNoLockThatOthersHold() async {
        await #expect(processExitsWith: .success) {
            try Self.play(blocks: 1000, afterwards: 300)
        }
    }

    /// The measure itself.
    @Test func aWaitForALockIsSeen() async {
        await #expect(processExitsWith: .signal(SIGSYS)) {
            let lock = Mutex(0)
            try lock.withLock { _ in
                try DeviceThread(name: "waits") {
                    guard ctestsupport_forbid_lock_waits() == 0 else { exit(EXIT_FAILURE) }
                    lock.withLock { _ in }
                }.join()
            }
            exit(EXIT_SUCCESS)
        }
    }

    /// Paces nobody, and holds no lock.
    private final class FreeSpeaker: Speaker, Sendable {
        let device = DeviceDescription(id: "free", kind: .speaker, name: "Free", bus: "test")
        let time: VirtualTime
        init(_ time: VirtualTime) { self.time = time }

        func waitForBlock() throws(DeviceError) -> Instant {
            time.advance(to: time.now + AudioFormat.blockDuration)
            return time.now + .milliseconds(20)
        }
        func write(_ block: UnsafeBufferPointer<Float>) throws(DeviceError) {}
        func stop() {}
    }

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    /// Does not return: the process ends well when everything was played.
    private static func play(blocks: Int, afterwards warm: Int) throws {
        let time = VirtualTime()
        let processor = try CaptureProcessor()
        let sent = Atomic<Int>(0)
        let engine = try AudioEngine(
            microphone: FakeMicrophone(Sounds.voice(count: 48_000)), speaker: FreeSpeaker(time), processor: processor,
            clock: time.clock, output: { _, _ in sent.wrappingAdd(1, ordering: .relaxed) })
        engine.setMicrophone(isOpen: true)
        engine.setSending(true)
        let streams = try (0..<4).map { try PlayoutStream(name: "\($0)", delays: engine.playoutDelays) }
        let source = TestStream(Sounds.voice(count: 48_000), seconds: 2)
        let (played, rounds) = (Counter(), Counter())
        let end = MonotonicClock.now + .seconds(60)

        let audio = try DeviceThread(name: "audio") {
            var loop = engine.makeLoop()
            func play(_ blocks: Int, until isDone: () -> Bool) {
                let goal = played.value.load(ordering: .relaxed) + blocks
                while played.value.load(ordering: .relaxed) < goal || !isDone() {
                    // However the machine is loaded, everybody gets to work in that time.
                    guard MonotonicClock.now < end else { _exit(EXIT_FAILURE) }
                    engine.step(&loop)
                    played.value.wrappingAdd(1, ordering: .releasing)
                }
            }
            play(warm) { streams.contains { $0.statistics.samples > 0 } && sent.load(ordering: .relaxed) > 0 }
            guard ctestsupport_forbid_lock_waits() == 0 else { _exit(EXIT_FAILURE) }
            let before = rounds.value.load(ordering: .relaxed)
            play(blocks) { rounds.value.load(ordering: .relaxed) - before > 2000 }
            // Here and now: the end of a thread waits for others.
            _exit(EXIT_SUCCESS)
        }
        let control = try DeviceThread(name: "control") {
            var round = 0
            while true {
                round += 1
                rounds.value.store(round, ordering: .relaxed)
                engine.add(streams[round % 4])
                engine.setSpeaker(volume: round % 100, isMuted: round % 7 == 0)
                engine.setMicrophone(isOpen: round % 50 != 0)
                if round % 100 == 0 { engine.playChime() }
                processor.components = CaptureProcessing(rawValue: UInt32(round / 1000 % 16))
                _ = (engine.status, engine.playout, engine.playing, processor.delay, processor.echoDelay)
                _ = streams.map { ($0.statistics, $0.decibels, $0.isVoice, $0.depth, $0.playoutOffset) }
                if round % 3 == 0 { engine.remove(streams[(round + 1) % 4]) }
            }
        }
        let media = try DeviceThread(name: "media") {
            var sequence = 0
            while true {
                // As many as are played, so that they are.
                guard sequence < played.value.load(ordering: .acquiring) / 2 else { continue }
                let packet = source.packets[sequence % source.packets.count]
                for stream in streams {
                    stream.push(
                        packet.payload.span,
                        PlayoutPacket(
                            sequence: Int64(sequence), timestamp: Int64(sequence) * 960, arrival: time.now,
                            captureTime: packet.captureTime))
                }
                sequence += 1
            }
        }
        for thread in [audio, control, media] { thread.join() }
    }
}

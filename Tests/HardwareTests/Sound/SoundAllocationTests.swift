import Base
import Glibc
import Media
import TestSupport
import Testing

@testable import Hardware

/// On the audio thread a card's driver allocates nothing: not in running, not when a card stumbles, not when it is gone.
@Suite struct SoundAllocationTests {
    @Test func runningAllocatesNothing() async {
        await #expect(processExitsWith: .success) {
            let first = try Self.run()
            let second = try Self.run()
            exit(Self.isClean(first, second) && first.count == 900 ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }

    @Test func stumblingAllocatesNothing() async {
        await #expect(processExitsWith: .success) {
            let first = try Self.stumble()
            let second = try Self.stumble()
            exit(Self.isClean(first, second) && first.count == 2 * 300 ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }

    @Test func libasoundAllocatesNothing() async {
        await #expect(processExitsWith: .success) {
            let first = try Self.useLibasound()
            let second = try Self.useLibasound()
            exit(Self.isClean(first, second) && first.count == 200 ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }

    /// Twice the same, because what other threads of the test runner free meanwhile is in the books, too.
    private static func isClean(_ first: [AllocationCount], _ second: [AllocationCount]) -> Bool {
        zip(first, second).allSatisfy { one, other in
            one.objects == 0 && other.objects == 0 && (one.bytes == 0 || other.bytes == 0)
        }
    }

    /// Cards of other rates and clocks, so that resampling and its changes are in it.
    private static func run() throws -> [AllocationCount] {
        let bench = try SoundBench { bench in
            bench.playback.rates = [44_100]
            bench.capture.formats = [.packed24]
            bench.capture.millionths = 300
        }
        return measure(bench, 1500, from: 600) { _ in }
    }

    private static func stumble() throws -> [AllocationCount] {
        // The test library looks at every error that is thrown, and allocates for that.
        for watcher in ["_swift_willThrow", "_swift_willThrowTypedImpl"] {
            dlsym(dlopen(nil, RTLD_NOW), watcher)?.assumingMemoryBound(to: UnsafeRawPointer?.self).pointee = nil
        }
        var counts: [AllocationCount] = []
        for isSleeping in [false, true] {
            let bench = try SoundBench()
            counts += measure(bench, 400, from: 100) { step in
                if isSleeping, step % 50 == 20 { (bench.playback.sleep, bench.capture.sleep) = (-EAGAIN, -EAGAIN) }
                if isSleeping, step % 50 == 25 { (bench.playback.sleep, bench.capture.sleep) = (0, -ENOSYS) }
                if !isSleeping, step % 50 == 20 { bench.time.advance(by: .milliseconds(500)) }
                if !isSleeping, step == 380 { (bench.playback.isGone, bench.capture.isGone) = (true, true) }
            }
        }
        return counts
    }

    private static func measure(
        _ bench: SoundBench, _ count: Int, from first: Int, _ prepare: (Int) -> Void
    ) -> [AllocationCount] {
        var counts: [AllocationCount] = []
        for step in 0..<count {
            prepare(step)
            var count = AllocationCount()
            count.measure { do throws(DeviceError) { try bench.step() } catch {} }
            if step >= first { counts.append(count) }
        }
        return counts
    }

    private static func useLibasound() throws -> [AllocationCount] {
        let configuration = "pcm.test { type null }\n"
        let time = FakeTime()
        let speaker = try ALSASpeaker(
            pcm: SystemPCM(name: "test", isCapture: false, configuration: configuration), name: "test",
            device: SoundBench.description(.speaker), channels: .all, counters: SoundCounters(), now: { time.now })
        let microphone = try ALSAMicrophone(
            pcm: SystemPCM(name: "test", isCapture: true, configuration: configuration), name: "test",
            device: SoundBench.description(.microphone), channels: .all, counters: SoundCounters())
        let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: 480)
        block.initialize(repeating: 0)
        defer { block.deallocate() }
        var counts: [AllocationCount] = []
        for step in 0..<250 {
            time.advance(by: .milliseconds(10))
            var count = AllocationCount()
            count.measure {
                do {
                    _ = try speaker.waitForBlock()
                    try speaker.write(UnsafeBufferPointer(block))
                    _ = try microphone.read(into: block, at: time.now)
                } catch {}
            }
            if step >= 50 { counts.append(count) }
        }
        return counts
    }
}

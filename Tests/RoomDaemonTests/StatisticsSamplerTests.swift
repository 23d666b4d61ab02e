import Base
import Compositor
import Synchronization
import Testing

@testable import RoomDaemon

@Suite struct StatisticsSamplerTests {
    /// Counters that grow, and samples of them that take differently long.
    private final class Counters: Sendable {
        private struct State {
            var random: SeededRandom
            var frames: UInt64 = 0
        }

        private let state: Mutex<State>

        init(seed: UInt64) {
            state = Mutex(State(random: SeededRandom(seed: seed)))
        }

        var frames: UInt64 { state.withLock(\.frames) }

        private func count() -> (frames: UInt64, pause: Int) {
            state.withLock { state in
                state.frames += 1
                return (state.frames, Int.random(in: 0...40, using: &state.random))
            }
        }

        func sample() async -> StatisticsSample {
            let (first, pause) = count()
            var sample = StatisticsSample(
                at: Instant(nanoseconds: Int64(first)), process: ProcessUsage(cpu: .zero, memory: 0))
            sample.deadlinesMissed = Int64(first)
            for _ in 0..<pause { await Task.yield() }
            let (second, rest) = count()
            sample.decoding = [.camera("Anna"): VideoDecoding.Statistics(frames: second)]
            for _ in 0..<rest { await Task.yield() }
            return sample
        }
    }

    private func counter(_ name: String, in text: String) -> Int? {
        text.split(separator: "\n").first { $0.hasPrefix(name) }.flatMap { Int($0.split(separator: " ")[1]) }
    }

    /// Two who control the room, Prometheus, and the sampler itself.
    @Test func whatIsReadForSeveralAtOnceIsCountedOnce() async {
        for seed in 0..<20 as Range<UInt64> {
            let counters = Counters(seed: seed)
            let sampler = StatisticsSampler(take: counters.sample)
            await withTaskGroup { group in
                for _ in 0..<16 { group.addTask { _ = await sampler.report() } }
            }
            let text = await sampler.metrics()
            #expect(
                counter("roomd_frames_decoded_total{kind=\"video\"}", in: text) == Int(counters.frames), "seed \(seed)")
        }
    }

    @Test func noCounterJumpsBackForWhoeverReadsItTwice() async {
        for seed in 0..<20 as Range<UInt64> {
            let sampler = StatisticsSampler(take: Counters(seed: seed).sample)
            await withTaskGroup { group in
                for _ in 0..<16 {
                    group.addTask {
                        var texts = [await sampler.metrics()]
                        for _ in 0..<100 { await Task.yield() }
                        texts.append(await sampler.metrics())
                        for name in ["roomd_audio_deadlines_missed_total", "roomd_frames_decoded_total"] {
                            let values = texts.map { counter(name, in: $0) ?? -1 }
                            #expect(values[0] <= values[1], "\(name), seed \(seed)")
                        }
                    }
                }
            }
        }
    }

    @Test func whoAsksOftenCostsLittle() async {
        let taken = Mutex(0)
        let sampler = StatisticsSampler {
            taken.withLock { $0 += 1 }
            return StatisticsSample(at: .zero + .seconds(1), process: .current())
        }
        let first = await sampler.metrics()
        for _ in 0..<20 { #expect(await sampler.metrics() == first) }
        #expect(taken.withLock { $0 } <= 3, "of one moment the text is made once")
    }
}

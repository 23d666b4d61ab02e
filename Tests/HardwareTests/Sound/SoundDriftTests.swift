import Base
import Media
import Testing

@testable import Hardware

/// Two cards with clocks of their own.
@Suite struct SoundDriftTests {
    /// Every sample, through the real path: a minute and a half to settle, and as much to look at.
    @Test(arguments: [-200.0, 200, -35, 500])
    func aMicrophoneWithAnotherClockIsFollowed(millionths: Double) throws {
        let bench = try SoundBench { bench in
            bench.playback.millionths = -millionths / 2
            bench.capture.millionths = millionths / 2
            bench.capture.channelCounts = [1]
            bench.playback.channelCounts = [1]
            bench.capture.hardwareDelay = 48
        }
        for _ in 0..<9000 { try bench.step() }
        let settled = bench.microphone.statistics
        var least = Duration.seconds(1)
        var most = Duration.zero
        for _ in 0..<9000 {
            #expect(try bench.step().capturedAt != nil)
            let delay = bench.microphone.statistics.delay
            (least, most) = (min(least, delay), max(most, delay))
        }
        let end = bench.microphone.statistics
        #expect(end.missedBlocks == settled.missedBlocks && end.xruns == 0)
        #expect(end.droppedSamples == 0)
        #expect(most - least < .milliseconds(1), "\(least) to \(most)")
        #expect(most < .milliseconds(25))
        #expect(abs(Double(end.drift) - millionths) < 20, "\(end.drift)")
        #expect(bench.speaker.statistics.xruns == 0)
        #expect(abs(Double(bench.speaker.statistics.drift) + millionths / 2) < 3)
    }

    /// The controller by itself for an hour: what the microphone does with it, without the samples.
    @Test(arguments: [-200.0, 200])
    func theLatencyIsConstantForAnHour(millionths: Double) {
        var loop = DriftLoop()
        var random = SeededRandom(seed: 7)
        var fill = 0.0
        var ratio = 0.0
        var (least, most) = (Double.infinity, -Double.infinity)
        for block in 0..<360_000 {
            fill += 0.01 * (millionths - ratio) / 1_000_000
            // Up to 1 ms of unrest, and now and then a thread that is held up.
            let unrest = Double.random(in: -0.001...0.001, using: &random) + (block % 997 == 0 ? 0.008 : 0)
            loop.take(lateness: fill + unrest)
            // In steps, as the resampler takes them.
            if block % 32 == 0 { ratio = (loop.correction / 15.26).rounded() * 15.26 }
            if block > 12_000 { (least, most) = (min(least, fill), max(most, fill)) }
        }
        #expect(most - least < 0.001 && abs(most) < 0.001)
        #expect(abs(loop.drift - millionths) < 30)
    }

    @Test func instantsAreSmoothedWithoutBeingLate() {
        var clock = BlockClock()
        var random = SeededRandom(seed: 3)
        let start = Instant(nanoseconds: 5_000_000_000)
        var largest = 0.0
        for block in 0..<30_000 {
            let truth = start + .nanoseconds(Int64(Double(block) * 10_000_000 * (1 - 100e-6)))
            let unrest = Int64.random(in: -500_000...500_000, using: &random)
            let smooth = clock.take(truth + .nanoseconds(unrest))
            if block > 3000 { largest = max(largest, abs((smooth - truth).inMilliseconds)) }
        }
        #expect(largest < 0.15)
        #expect(abs(clock.millionths - 100) < 10)
        // A card that was started anew is another time, at once.
        let later = start + .seconds(1000)
        #expect(clock.take(later) == later)
    }
}

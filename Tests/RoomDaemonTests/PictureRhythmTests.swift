import Base
import Testing

@testable import RoomDaemon

@Suite struct PictureRhythmTests {
    private struct Stream {
        var rhythm = PictureRhythm()
        private(set) var now = Instant.zero + .seconds(1)
        private var timestamp: Int64 = 0

        /// Pictures so many milliseconds apart as they came, and as they were made.
        mutating func pictures(_ count: Int, every gap: Int, made: Int? = nil) {
            for _ in 0..<count {
                now += .milliseconds(gap)
                timestamp += Int64(made ?? gap) * 90
                rhythm.note(arrival: now, timestamp: timestamp)
            }
        }
    }

    @Test func regularPicturesNeverStandStillHoweverFewTheyAre() {
        for gap in [16, 33, 200, 1000, 3000] {
            var stream = Stream()
            stream.pictures(100, every: gap)
            #expect(stream.rhythm.stillness(at: stream.now + .milliseconds(gap + 149)) == .zero, "\(gap) ms")
            #expect(stream.rhythm.late == .zero)
        }
    }

    @Test func aPauseIsStillnessAndLateOnlyIfItsEndWasMadeEarlier() {
        var stream = Stream()
        stream.pictures(100, every: 33)
        stream.pictures(1, every: 180)
        #expect(stream.rhythm.stillness(at: stream.now) == .zero, "not long enough to be seen")
        stream.pictures(30, every: 33)
        stream.pictures(1, every: 500)
        #expect(stream.rhythm.stillness(at: stream.now) == .milliseconds(500) && stream.rhythm.late == .zero)
        stream.pictures(60, every: 33)
        stream.pictures(1, every: 700, made: 33)
        #expect(stream.rhythm.stillness(at: stream.now) == .milliseconds(1200))
        #expect(stream.rhythm.late == .milliseconds(667))
    }

    @Test func aPictureAfterALongPauseIsOnlyAsLateAsItIs() {
        var stream = Stream()
        stream.pictures(100, every: 33)
        stream.pictures(1, every: 30_300, made: 30_000)
        #expect(stream.rhythm.late == .milliseconds(300), "a screen that stood still changes")
    }

    @Test func aPauseThatGoesOnIsCountedOnce() {
        var stream = Stream()
        stream.pictures(100, every: 40)
        let began = stream.now
        #expect(stream.rhythm.stillness(at: began + .milliseconds(150)) == .zero)
        var last = Duration.zero
        for second in 1...5 {
            let now = stream.rhythm.stillness(at: began + .seconds(second))
            #expect(now == .seconds(second) && now > last)
            last = now
        }
        stream.pictures(1, every: 5200)
        #expect(stream.rhythm.stillness(at: stream.now) == .milliseconds(5200))
    }

    @Test func whoSendsFewerPicturesIsSoonBelieved() {
        var stream = Stream()
        stream.pictures(100, every: 33)
        stream.pictures(100, every: 200)
        #expect(stream.rhythm.stillness(at: stream.now) < .milliseconds(1500))
    }

    @Test func whateverTimestampsAStrangerSendsNothingTraps() {
        for seed in 0..<50 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var rhythm = PictureRhythm()
            var total = Duration.zero
            for _ in 0..<200 {
                let arrival = Instant(nanoseconds: .random(in: 0...(1 << 62), using: &random))
                let timestamp = [Int64.min, .max, 0, .random(in: .min ... .max, using: &random)].randomElement(
                    using: &random)
                rhythm.note(arrival: arrival, timestamp: timestamp ?? 0)
                let still = rhythm.stillness(at: .zero)
                #expect(still >= total, "seed \(seed)")
                total = still
            }
        }
    }
}

import Testing

@testable import Base

@Suite struct LatencyHistogramTests {
    @Test func everyDurationLiesBelowItsBucketsBoundAndNotFarBelow() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<10_000 {
            let nanoseconds = Int64(random.next() % 12_000_000_000) >> Int64(random.next() % 20)
            let bucket = LatencyHistogram.bucket(of: nanoseconds)
            let bound = LatencyHistogram.upperBound(of: bucket).inNanoseconds
            #expect(nanoseconds < bound)
            let below = bucket == 0 ? 0 : LatencyHistogram.upperBound(of: bucket - 1).inNanoseconds
            #expect(nanoseconds >= below)
            #expect(bound - below <= max(LatencyHistogram.unit, bound / 8))
        }
        #expect(LatencyHistogram.bucket(of: .max) == LatencyHistogram.bucketCount - 1)
    }

    @Test func quantilesAreThoseOfWhatWasRecorded() throws {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == nil && histogram.mean == nil)
        for milliseconds in 1...100 { histogram.record(.milliseconds(milliseconds)) }
        let median = try #require(histogram.quantile(0.5)).inMilliseconds
        #expect((50...57).contains(median))
        let high = try #require(histogram.quantile(0.99)).inMilliseconds
        #expect((99...100).contains(high))
        #expect(histogram.quantile(1) == .milliseconds(100) && histogram.longest == .milliseconds(100))
        #expect(histogram.mean == .microseconds(50_500))
        histogram.record(.zero - .seconds(1))
        #expect(histogram.count == 101 && histogram.quantile(0) == .microseconds(50))
        histogram.record(.seconds(3600))
        #expect(histogram.quantile(1) != nil && histogram.longest == .seconds(3600))
    }

    @Test func sinceAnEarlierStateOnlyWhatCameAfterItCounts() {
        var histogram = LatencyHistogram()
        histogram.record(.milliseconds(500))
        let earlier = histogram
        histogram.record(.milliseconds(2))
        histogram.record(.milliseconds(4))
        let rest = histogram.since(earlier)
        #expect(rest.count == 2 && rest.mean == .milliseconds(3))
        #expect(rest.quantile(1)!.inMilliseconds < 5)
        #expect(rest.cumulative.last?.count == 2)
    }

    @Test func cumulativeCountsAreExactAtBoundsThatNeverChange() {
        var random = SeededRandom(seed: 11)
        var histogram = LatencyHistogram()
        var recorded: [Duration] = []
        for _ in 0..<2000 {
            let duration = Duration.nanoseconds(Int64(random.next() % 9_000_000_000) >> Int64(random.next() % 20))
            histogram.record(duration)
            recorded.append(duration)
        }
        #expect(LatencyHistogram.doublings.first == .microseconds(100))
        #expect(LatencyHistogram().cumulative.map(\.below) == LatencyHistogram.doublings)
        for (bound, count) in histogram.cumulative {
            #expect(count == UInt64(recorded.count { $0 < bound }), "below \(bound)")
        }
    }
}

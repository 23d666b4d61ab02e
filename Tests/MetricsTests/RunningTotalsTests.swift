import Base
import Metrics
import Testing

@Suite struct RunningTotalsTests {
    @Test func streamsThatComeGoAndBeginAnewAddUp() {
        var totals = RunningTotals<Int>(width: 2)
        totals.take([(1, "video", [10, 1]), (2, "audio", [5, 0])])
        totals.take([(1, "video", [15, 1])])
        totals.take([(1, "video", [4, 2]), (3, "video", [7, 0])])
        #expect(totals.totals == ["video": [26, 3], "audio": [5, 0]])
        totals.take([])
        totals.take([(1, "video", [4, 2])])
        #expect(totals.totals["video"] == [30, 5], "who comes back is another one")
    }

    @Test func aCounterThatCorrectsItselfIsNotCountedTwice() {
        var totals = RunningTotals<Int>(width: 2)
        for lost in [3, 5, 2, 5, 6] { totals.take([(1, "video", [100, Int64(lost)])]) }
        #expect(totals.totals["video"] == [100, 6])
    }

    @Test func noTotalEverShrinks() {
        for seed in 0..<100 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var totals = RunningTotals<Int>(width: 2)
            var before: [String: [Int64]] = [:]
            for _ in 0..<50 {
                totals.take(
                    (0..<4).filter { _ in random.next() % 3 > 0 }.map { key in
                        (key, "kind", [Int64(random.next() % 1000), Int64(random.next() % 1000) - 100])
                    })
                for (group, sums) in before {
                    #expect(zip(sums, totals.totals[group] ?? []).allSatisfy { $0 <= $1 }, "seed \(seed)")
                }
                before = totals.totals
            }
        }
    }
}

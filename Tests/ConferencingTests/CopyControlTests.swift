import Base
import Testing

@testable import Conferencing

@Suite struct CopyControlTests {
    /// Pictures of 100 packets a second, of which a share is lost.
    private struct Way {
        var control = CopyControl()
        var random: SeededRandom
        var now = Instant.zero
        var sums = ReceivedPictures()
        /// Bytes of a packet.
        var size: Int64 = 1000

        init(seed: UInt64) {
            random = SeededRandom(seed: seed)
        }

        mutating func run(seconds: Int, loss: (Int) -> Double) {
            for _ in 0..<seconds {
                for _ in 0..<100 {
                    if Double.random(in: 0..<1, using: &random) < loss(control.times) {
                        sums.lost += 1
                    } else {
                        sums.received += 1
                        sums.bytes += size
                    }
                }
                now += .seconds(1)
                control.note(sums, at: now)
            }
        }
    }

    @Test(arguments: [(0.002, 1...1), (0.03, 2...3), (0.1, 3...3)])
    func asOftenAsTheLossWants(loss: Double, times: ClosedRange<Int>) {
        for seed in 0..<20 as Range<UInt64> {
            var way = Way(seed: seed)
            way.run(seconds: 12) { _ in loss }
            #expect(times.contains(way.control.times), "seed \(seed): \(way.control.times)")
        }
    }

    @Test func itGoesWithTheLoss() {
        for seed in 0..<20 as Range<UInt64> {
            var way = Way(seed: seed)
            way.run(seconds: 10) { _ in 0.1 }
            way.run(seconds: 60) { _ in 0 }
            #expect(way.control.times == 1, "seed \(seed)")
        }
    }

    /// What is lost because there is no room for more is not made up for by sending more.
    @Test func aNarrowWayHasNone() {
        for seed in 0..<20 as Range<UInt64> {
            var way = Way(seed: seed)
            var most = 0
            way.run(seconds: 4) { _ in 0.04 }
            for _ in 0..<50 {
                way.run(seconds: 1) { $0 == 1 ? 0.04 : 0.4 }
                most += way.control.times - 1
            }
            #expect(way.control.times == 1, "seed \(seed)")
            #expect(most <= 10, "seed \(seed)")
        }
    }

    @Test func anOutageIsNoLossByChance() {
        var way = Way(seed: 1)
        way.run(seconds: 10) { _ in 0 }
        way.run(seconds: 2) { _ in 0.9 }
        way.run(seconds: 20) { _ in 0 }
        #expect(way.control.times == 1)
    }

    @Test func copiesKeepWithinWhatAWayBears() {
        var way = Way(seed: 1)
        way.size = 10_000
        way.run(seconds: 10) { _ in 0.1 }
        #expect(way.control.times == 1, "8 Mb/s once is all there may be")
    }

    /// Another stream, or the same one under another source, begins its counters anew.
    @Test func countersThatBeginAnewAreNoLoss() {
        var way = Way(seed: 1)
        way.run(seconds: 10) { _ in 0.005 }
        way.sums = ReceivedPictures()
        way.run(seconds: 10) { _ in 0.005 }
        #expect(way.control.times == 1)
    }
}

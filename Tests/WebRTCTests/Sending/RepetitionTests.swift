import Base
import RTP
import Testing

@testable import WebRTC

@Suite struct RepetitionTests {
    /// Reports of 20 packets every 100 ms, of which a share is lost.
    private func run(_ control: inout RepetitionControl, loss: Double, seconds: Int, from start: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for step in 0..<seconds * 10 {
            let now = Instant.zero + .milliseconds(Int64(start * 1000 + step * 100))
            var lost = 0
            for _ in 0..<20 where Double.random(in: 0..<1, using: &random) < loss { lost += 1 }
            control.add(.init(lost: lost, expected: 20), isCongested: false, at: now)
        }
    }

    @Test func aCleanWayHasNoCopies() {
        for seed in 0..<10 as Range<UInt64> {
            var control = RepetitionControl()
            run(&control, loss: 0.005, seconds: 60, from: 0, seed: seed)
            #expect(control.copies == 0, "seed \(seed)")
        }
    }

    @Test func theyComeWithLossAndGoWithIt() {
        for seed in 0..<10 as Range<UInt64> {
            var control = RepetitionControl()
            run(&control, loss: 0.02, seconds: 5, from: 0, seed: seed)
            #expect(control.copies >= 1, "seed \(seed)")
            run(&control, loss: 0.05, seconds: 5, from: 5, seed: seed)
            #expect(control.copies >= 2, "seed \(seed)")
            run(&control, loss: 0.1, seconds: 10, from: 10, seed: seed)
            #expect(control.copies == 3, "seed \(seed)")
            run(&control, loss: 0, seconds: 60, from: 20, seed: seed)
            #expect(control.copies == 0, "seed \(seed)")
        }
    }

    @Test func aCongestedWayHasNone() {
        var control = RepetitionControl()
        run(&control, loss: 0.1, seconds: 5, from: 0, seed: 1)
        #expect(control.copies > 0)
        control.add(.init(lost: 5, expected: 20), isCongested: true, at: .zero + .seconds(5))
        #expect(control.copies == 0)
        run(&control, loss: 0.1, seconds: 4, from: 5, seed: 2)
        #expect(control.copies == 0, "also for a while afterwards")
    }

    @Test func withoutReportsTheyGoStepByStep() {
        var control = RepetitionControl()
        run(&control, loss: 0.05, seconds: 10, from: 0, seed: 1)
        #expect(control.copies >= 2)
        for second in 10..<80 { control.add(.init(), isCongested: false, at: .zero + .seconds(Int64(second))) }
        #expect(control.copies == 0)
    }

    @Test func aDeadWayAndItsReturnHaveNone() {
        var control = RepetitionControl()
        run(&control, loss: 0, seconds: 5, from: 0, seed: 1)
        run(&control, loss: 1, seconds: 5, from: 5, seed: 1)
        #expect(control.copies == 0)
        run(&control, loss: 0.005, seconds: 10, from: 10, seed: 1)
        #expect(control.copies == 0)
    }

    @Test func copiesLeaveByteForByteAndInTime() {
        var queue = RepeatQueue()
        #expect(queue.nextDeadline == nil)
        queue.add([1, 2, 3], copies: 2, at: .zero)
        queue.add([4, 5], copies: 1, at: .zero + .milliseconds(1))
        var left: [(Duration, [UInt8])] = []
        var now = Instant.zero
        while let due = queue.nextDeadline {
            now = due
            var packet: [UInt8] = []
            while queue.next(swapping: &packet, at: now) { left.append((now - .zero, packet)) }
        }
        #expect(left.map(\.0) == [.milliseconds(12), .milliseconds(13), .milliseconds(24)])
        #expect(left.map(\.1) == [[1, 2, 3], [4, 5], [1, 2, 3]])
    }

    @Test func aFloodIsBounded() {
        var queue = RepeatQueue()
        for number in 0..<1000 { queue.add([UInt8(truncatingIfNeeded: number)], copies: 2, at: .zero) }
        var packet: [UInt8] = []
        var count = 0
        while queue.next(swapping: &packet, at: .zero + .seconds(1)) { count += 1 }
        #expect(count == 512)
    }
}

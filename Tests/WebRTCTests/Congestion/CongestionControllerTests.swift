import Base
import RTP
import Testing

@testable import WebRTC

@Suite struct CongestionControllerTests {
    private func feedback(base: UInt16, lost: Set<Int> = [], count: Int, reference: Int32 = 0) -> TransportFeedback {
        var feedback = TransportFeedback()
        feedback.baseSequenceNumber = SequenceNumber(base)
        feedback.referenceTime = reference
        feedback.statuses = (0..<count).map { lost.contains($0) ? .lost : .received(delta: 40) }
        return feedback
    }

    @Test func repeatedReportsChangeNothing() {
        var controller = CongestionController(.init(), at: .zero)
        for index in 0..<100 as Range<Int64> {
            _ = controller.packetSent(byteCount: 1200, probe: nil, at: Instant(nanoseconds: index * 10_000_000))
        }
        let report = feedback(base: 1, lost: Set(0..<30), count: 100)
        controller.handle(report, at: .zero + .seconds(1))
        let after = controller.targetBitrate
        #expect(after < 1_200_000)
        for step in 1...20 {
            controller.handle(report, at: .zero + .seconds(1) + .milliseconds(500 * step))
        }
        #expect(controller.targetBitrate == after)
    }

    @Test func startsWhereItIsToldWithinItsBounds() {
        #expect(CongestionController(.init(), at: .zero).targetBitrate == 1_200_000)
        let bounded = CongestionController(
            .init(startBitrate: 1_200_000, maximumBitrate: 800_000), at: .zero)
        #expect(bounded.targetBitrate == 800_000)
    }

    @Test func withoutTransportFeedbackReportBlocksDecide() {
        var controller = CongestionController(.init(), at: .zero)
        var block = ReportBlock(
            ssrc: SSRC(1), fractionLost: 0, cumulativeLost: 0, extendedHighestSequenceNumber: 0, jitter: 0)
        var now = Instant.zero
        func step(fractionLost: UInt8) {
            for _ in 0..<100 {
                now += .milliseconds(10)
                controller.unnumberedPacketSent(byteCount: 1400, at: now)
            }
            block.fractionLost = fractionLost
            block.extendedHighestSequenceNumber += 100
            controller.handle(block, at: now)
        }
        for _ in 0..<8 { step(fractionLost: 0) }
        let high = controller.targetBitrate
        #expect(high > 1_400_000)
        for _ in 0..<5 { step(fractionLost: 64) }
        #expect(controller.targetBitrate < high * 2 / 3)
        controller.handle(REMB(senderSSRC: SSRC(1), bitrate: 300_000))
        #expect(controller.targetBitrate == 300_000)
    }

    @Test func tellsOnlyNoticeableChanges() {
        var controller = CongestionController(.init(), at: .zero)
        var changes: [Int?] = [controller.pollTargetBitrate()]
        controller.handle(REMB(senderSSRC: SSRC(1), bitrate: 1_190_000))
        changes.append(controller.pollTargetBitrate())
        controller.handle(REMB(senderSSRC: SSRC(1), bitrate: 600_000))
        changes.append(controller.pollTargetBitrate())
        changes.append(controller.pollTargetBitrate())
        #expect(changes == [nil, nil, 600_000, nil])
    }

    @Test func hostileReportsKeepTheTargetInItsRange() {
        for seed in 0..<20 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var controller = CongestionController(.init(), at: .zero)
            var now = Instant.zero
            for _ in 0..<300 {
                now += .milliseconds(Int64.random(in: 0...50, using: &random))
                _ = controller.packetSent(byteCount: 1200, probe: Int.random(in: 0...3, using: &random), at: now)
                _ = controller.pollProbe(at: now)
                var report = TransportFeedback()
                report.baseSequenceNumber = SequenceNumber(UInt16(truncatingIfNeeded: random.next()))
                if Bool.random(using: &random) { report.baseSequenceNumber = SequenceNumber(1) }
                report.referenceTime = Int32.random(in: -0x80_0000...0x7F_FFFF, using: &random)
                report.statuses = (0..<Int.random(in: 1...100, using: &random)).map { _ in
                    Bool.random(using: &random)
                        ? .lost : .received(delta: Int16.random(in: Int16.min...Int16.max, using: &random))
                }
                controller.handle(report, at: now)
                controller.handle(
                    REMB(senderSSRC: SSRC(1), bitrate: random.next() >> UInt64.random(in: 0...63, using: &random)))
                #expect((100_000...2_500_000).contains(controller.targetBitrate), "seed \(seed)")
            }
        }
    }

    @Test func rateMeterForgetsWhatIsOlderThanItsWindow() {
        var meter = RateMeter(window: .seconds(1))
        for index in 0..<200 as Range<Int64> { meter.add(1000, at: Instant(nanoseconds: index * 10_000_000)) }
        let full = meter.bitrate(at: .zero + .seconds(2))
        #expect(abs((full ?? 0) - 800_000) < 20_000)
        let none = meter.bitrate(at: .zero + .seconds(10))
        #expect(none == nil || none == 0)
    }
}

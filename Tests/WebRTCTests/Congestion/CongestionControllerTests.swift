import Base
import RTP
import Testing

@testable import WebRTC

@Suite struct CongestionControllerTests {
    private func feedback(
        base: UInt16, lost: Set<Int> = [], count: Int, delta: Int16 = 40, reference: Int32 = 0
    ) -> TransportFeedback {
        var feedback = TransportFeedback()
        feedback.baseSequenceNumber = SequenceNumber(base)
        feedback.referenceTime = reference
        feedback.statuses = (0..<count).map { lost.contains($0) ? .lost : .received(delta: delta) }
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
        // The first is told: the encoder may still have another connection's.
        var changes: [Int?] = [controller.pollTargetBitrate()]
        controller.handle(REMB(senderSSRC: SSRC(1), bitrate: 1_190_000))
        changes.append(controller.pollTargetBitrate())
        controller.handle(REMB(senderSSRC: SSRC(1), bitrate: 600_000))
        changes.append(controller.pollTargetBitrate())
        changes.append(controller.pollTargetBitrate())
        #expect(changes == [1_200_000, nil, 600_000, nil])
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

    /// Janus 1.1 takes transport-wide numbers on video only: with the camera off nothing is left to report on.
    @Test func soundThatNobodyReportsOnIsNoSignOfMissingReports() {
        var controller = CongestionController(.init(), at: .zero)
        var now = Instant.zero
        var number = UInt16(1)
        func run(_ duration: Duration, video: Bool, reports: Bool) {
            let end = now + duration
            while now < end {
                for _ in 0..<16 {
                    now += .milliseconds(4)
                    if video { _ = controller.packetSent(byteCount: 600, probe: nil, at: now) }
                    controller.unnumberedPacketSent(byteCount: 100, at: now)
                }
                if video, reports {
                    let time = (now - .zero).inNanoseconds / 64_000_000 - 1
                    controller.handle(feedback(base: number, count: 16, delta: 16, reference: Int32(time)), at: now)
                }
                if video { number &+= 16 }
                controller.handleTimeout(at: now)
            }
        }
        run(.seconds(5), video: true, reports: true)
        let before = controller.targetBitrate
        #expect(before >= 1_000_000)
        run(.seconds(60), video: false, reports: false)
        #expect(controller.targetBitrate == before)
        // The camera is back: its first packets have not had the time to be reported on.
        run(.seconds(1), video: true, reports: false)
        #expect(controller.targetBitrate == before)
        run(.seconds(4), video: true, reports: false)
        #expect(controller.targetBitrate < before * 9 / 10)
    }

    /// Probing is allowed up to there, so that its result must count up to there.
    @Test(arguments: [0, 1, 3]) func aProbeRaisesWhatLossesAllow(lost: Int) {
        var estimator = LossBasedEstimator(start: 300_000, range: 100_000...2_500_000)
        estimator.add(lost: lost, expected: 70)
        estimator.update(isApplicationLimited: true, roundTrip: .milliseconds(50), at: .zero)
        estimator.raise(to: 1_000_000)
        #expect(estimator.estimate == 1_000_000)
    }

    @Test func aProbeRaisesNothingWhereMuchIsLost() {
        var estimator = LossBasedEstimator(start: 300_000, range: 100_000...2_500_000)
        estimator.add(lost: 4, expected: 70)
        estimator.update(isApplicationLimited: true, roundTrip: .milliseconds(50), at: .zero)
        estimator.raise(to: 1_000_000)
        #expect(estimator.estimate == 300_000)
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

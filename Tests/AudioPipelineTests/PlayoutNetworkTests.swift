import Base
import Testing

@testable import AudioPipeline

/// What networks do, on virtual time with real packets.
@Suite struct PlayoutNetworkTests {
    static let voice = Sounds.voice(count: 144_000)

    @Test(arguments: [480, 960, 1920, 2880])
    func playsACleanNetworkWithoutInventingASampleAndWithLittleDelay(frame: Int) {
        let stream = TestStream(Self.voice, seconds: 20, frame: frame)
        for phase in [0, 3, 9] {
            let run = PlayoutRun(stream.sent(), phase: .milliseconds(phase))
            run.run(to: 19.9)
            #expect(run.statistics.concealedSamples == 0)
            #expect(run.statistics.latePackets == 0)
            #expect(run.statistics.overflowedPackets == 0)
            #expect(run.at(10).delay <= .milliseconds(27), "frame \(frame), phase \(phase)")
            #expect(run.at(10).delay >= .milliseconds(15))
            // Once it is where it is to be, it is left alone.
            let first = run.blocks.firstIndex { $0.isSound } ?? 0
            #expect(run.blocks[first...].allSatisfy { $0.isSound })
            #expect(run.statistics.removedSamples < 2400)
            #expect(run.statistics.insertedSamples < 1000)
        }
    }

    @Test(arguments: [0.01, 0.05, 0.1, 0.2])
    func repairsLossFromTheNextPacketsCopy(rate: Double) {
        let stream = TestStream(Self.voice, seconds: 60)
        var random = SeededRandom(seed: 7)
        var lost = 0
        let run = PlayoutRun(
            stream.sent { index, _ in
                guard index > 10, Double.random(in: 0..<1, using: &random) < rate else { return [.milliseconds(30)] }
                lost += 1
                return []
            })
        run.run(to: 59.9)
        let statistics = run.statistics
        // The copy is there only where there was speech, in three quarters of the packets here.
        let repaired = Double(statistics.recoveredPackets) / Double(lost)
        #expect(repaired > 0.5 * (1 - rate), "repaired \(repaired) of \(lost)")
        let invented = Double(statistics.concealedSamples) / 960
        #expect(abs(Double(statistics.recoveredPackets) + invented - Double(lost)) < 0.03 * Double(lost) + 2)
        #expect(run.blocks[100...].allSatisfy { $0.isSound })
        #expect(run.at(50).delay < .milliseconds(60))
    }

    /// The next packet shows the gap 20 ms later; asking and answering take 5 ms more. What is lost twice stays lost.
    @Test(arguments: [0.02, 0.05, 0.1])
    func waitsForWhatIsSentAgain(rate: Double) {
        let encoder = TestEncoder(fec: false)
        let stream = TestStream(Self.voice, seconds: 60, encoder: encoder)
        var random = SeededRandom(seed: 11)
        var lostTwice = 0
        var deliveries = stream.sent()
        for index in deliveries.indices.dropFirst(10) where Double.random(in: 0..<1, using: &random) < rate {
            deliveries[index].isRepair = true
            deliveries[index].at += .milliseconds(25)
        }
        deliveries.removeAll { delivery in
            guard delivery.isRepair, Double.random(in: 0..<1, using: &random) < rate else { return false }
            lostTwice += 1
            return true
        }
        let run = PlayoutRun(deliveries.sorted { $0.at < $1.at })
        run.run(to: 59.9)
        let invented = Double(run.statistics.concealedSamples) / 960
        // The first repairs come too late; they show for how long to wait.
        #expect(invented <= Double(lostTwice) * 1.1 + 8, "\(invented) for \(lostTwice), \(run.statistics)")
        #expect(run.at(50).delay < .milliseconds(80))
    }

    @Test func withoutLossNothingWaitsForRepairs() {
        var repairs = RepairEstimator()
        #expect(repairs.least == .zero)
        repairs.repaired(late: .milliseconds(30))
        #expect(repairs.least == .milliseconds(45))
        for _ in 0..<200 { repairs.repaired(late: .milliseconds(10)) }
        #expect(repairs.least < .milliseconds(27))
        repairs.repaired(late: .seconds(3))
        #expect(repairs.least <= .milliseconds(150))
    }

    @Test func countsExactlyWhatItInvented() {
        let encoder = TestEncoder(fec: false)
        let stream = TestStream(Self.voice, seconds: 20, encoder: encoder)
        let lost: Set = [100, 150, 151, 300, 301, 302, 500]
        let run = PlayoutRun(stream.sent { index, _ in lost.contains(index) ? [] : [.milliseconds(30)] })
        run.run(to: 19.9)
        #expect(run.statistics.concealedSamples == UInt64(lost.count * 960))
        #expect(run.statistics.recoveredPackets == 0)
        #expect(run.statistics.latePackets == 0)
    }

    /// A tone in transform mode, as a synthetic peer sends it: nothing repairs a loss, and nothing besides is invented but
    /// what late packets make necessary.
    @Test(arguments: UInt64(1)...8, [Duration.zero, .milliseconds(8), .milliseconds(30)])
    func inventsNoMoreThanWasLost(seed: UInt64, jitter: Duration) {
        var random = SeededRandom(seed: seed)
        let stream = TestStream(
            Self.voice, seconds: 30, encoder: TestEncoder(bitrate: 64_000, fec: seed % 2 == 0, transformOnly: true))
        var lost = 0
        let run = PlayoutRun(
            stream.sent { index, _ in
                if index > 10, Double.random(in: 0..<1, using: &random) < 0.05 {
                    lost += 1
                    return []
                }
                let late = Int64.random(in: 0...jitter.inNanoseconds, using: &random)
                return [.milliseconds(30) + .nanoseconds(late)]
            })
        run.run(to: 29.9)
        let invented = Double(run.statistics.concealedSamples) / 960
        let comment = Comment("seed \(seed), jitter \(jitter): \(invented) for \(lost), \(run.statistics)")
        #expect(invented <= Double(lost) * 1.1 + 5, comment)
        #expect(invented >= Double(lost) - 1, comment)
    }

    @Test func putsReorderedPacketsInOrder() {
        let stream = TestStream(Self.voice, seconds: 30)
        // Every fifth packet is overtaken by one or two.
        let run = PlayoutRun(stream.sent { index, _ in [.milliseconds(index % 5 == 0 ? 75 : 30)] })
        run.run(to: 29.9)
        #expect(run.statistics.latePackets < 15)
        let settled = run.at(29).concealed - run.at(3).concealed
        #expect(settled == 0)
        #expect(run.at(29).delay < .milliseconds(90))
    }

    @Test func putsTheVeryFirstPacketsInOrder() {
        var stream = TestStream(Self.voice, seconds: 5)
        stream.packets.swapAt(0, 1)
        let run = PlayoutRun(
            stream.sent { index, _ in [.milliseconds(index == 0 ? 10 : index == 1 ? 31 : 30)] })
        run.run(to: 4.9)
        #expect(run.statistics.latePackets == 0)
        #expect(run.statistics.concealedSamples == 0)
    }

    @Test func playsDuplicatesOnce() {
        let stream = TestStream(Self.voice, seconds: 20)
        let single = PlayoutRun(stream.sent(), keepsSound: true)
        let double = PlayoutRun(
            stream.sent { _, _ in [.milliseconds(30), .milliseconds(33), .milliseconds(190)] }, keepsSound: true)
        single.run(to: 19)
        double.run(to: 19)
        #expect(single.statistics == double.statistics)
        #expect(single.sound == double.sound)
    }

    @Test func followsJitterWithTheTarget() {
        let stream = TestStream(Self.voice, seconds: 60)
        var random = SeededRandom(seed: 11)
        // 30 s of jitter up to 80 ms without reordering, then none.
        var last = Duration.zero
        let run = PlayoutRun(
            stream.sent { index, packet in
                guard index < 1500 else { return [.milliseconds(30)] }
                let wanted = Duration.milliseconds(Int.random(in: 30...110, using: &random)) + packet.sentAfter
                last = max(last, wanted)
                return [last - packet.sentAfter]
            })
        run.run(to: 59.9)
        let jittering = run.at(29)
        #expect((Duration.milliseconds(75) ... .milliseconds(115)).contains(jittering.target), "\(jittering.target)")
        #expect(run.at(29).concealed - run.at(3).concealed < 26 * 480, "less than one per cent")
        #expect(run.at(55).target <= .milliseconds(25))
        #expect(run.at(55).delay <= .milliseconds(32))
        #expect(run.statistics.latePackets == 0)
    }

    @Test func aDelaySpikeRaisesTheTargetAtOnceAndIsForgottenInSeconds() {
        let stream = TestStream(Self.voice, seconds: 40)
        // From 10 s on nothing comes for 300 ms, then all of it at once.
        let run = PlayoutRun(
            stream.sent { _, packet in
                let sent = packet.sentAfter.inMilliseconds
                guard (10_000..<10_300).contains(sent) else { return [.milliseconds(30)] }
                return [.milliseconds(Int(10_300 - sent) + 30)]
            })
        run.run(to: 39.9)
        #expect(run.at(9.9).target == .milliseconds(20))
        #expect(run.at(10.4).target > .milliseconds(250))
        #expect(run.at(16).target < .milliseconds(120))
        #expect(run.at(22).target < .milliseconds(40))
        #expect(run.at(24).delay < .milliseconds(50))
        // Nothing was thrown away; what was invented meanwhile is taken back by stretching.
        #expect(run.statistics.latePackets == 0)
        #expect(run.statistics.overflowedPackets == 0)
        #expect(run.statistics.concealedSamples <= 9600)
        #expect(run.statistics.removedSamples > 9600)
    }

    @Test func aLongerWayIsPunctualAfterAWhile() {
        let stream = TestStream(Self.voice, seconds: 60)
        let run = PlayoutRun(
            stream.sent { _, packet in [packet.sentAfter < .seconds(20) ? .milliseconds(30) : .milliseconds(150)] })
        run.run(to: 59.9)
        #expect(run.at(59).target <= .milliseconds(25))
        #expect(run.at(59).delay <= .milliseconds(35))
        #expect(run.at(59).concealed - run.at(22).concealed == 0)
    }

    @Test(arguments: [-300.0, 300.0])
    func followsTheSendersClockForTenMinutes(ppm: Double) {
        let stream = TestStream(Self.voice, seconds: 600)
        let run = PlayoutRun(stream.sent(ppm: ppm))
        run.run(to: 599)
        let statistics = run.statistics
        #expect(statistics.concealedSamples == 0)
        #expect(statistics.latePackets == 0)
        #expect(statistics.overflowedPackets == 0)
        #expect(run.blocks[100...].allSatisfy { $0.isSound && $0.depth < .milliseconds(80) })
        let drift = Int64(statistics.removedSamples) - Int64(statistics.insertedSamples)
        #expect(abs(Double(drift) - ppm * 28.8) < 1500, "stretched by \(drift)")
    }

    @Test func followsTheSendersClockThroughNoiseAndTone() {
        var noise = Noise(seed: 5)
        let sounds = [
            (0..<144_000).map { _ in 0.02 * noise.next() }, Sounds.tone(150, count: 144_000),
            [Float](repeating: 0, count: 144_000),
        ]
        for (index, sound) in sounds.enumerated() {
            for ppm in [-300.0, 300.0] {
                let run = PlayoutRun(TestStream(sound, seconds: 180).sent(ppm: ppm))
                run.run(to: 179)
                #expect(run.statistics.concealedSamples == 0, "sound \(index) at \(ppm) ppm")
                #expect(run.blocks[1000...].allSatisfy { $0.delay < .milliseconds(55) }, "sound \(index) at \(ppm) ppm")
            }
        }
    }
}

import Base
import Testing

@testable import AudioPipeline

/// Gaps, new beginnings, floods and nonsense.
@Suite struct PlayoutStreamShapeTests {
    static let voice = Sounds.voice(count: 144_000)

    @Test func comfortNoiseOfASilentSenderIsNotConcealment() {
        // Two seconds of speech, four of digital silence, for which the sender makes a packet every 400 ms.
        let sound = Sounds.voice(count: 96_000) + [Float](repeating: 0, count: 192_000)
        let stream = TestStream(sound, seconds: 24, encoder: TestEncoder(dtx: true))
        var sent = TestStream([Float](repeating: 0, count: 960), seconds: 0)
        var wasSilent = false
        for packet in stream.packets {
            let isSilent = packet.payload.count <= 2
            if !isSilent || !wasSilent {
                var numbered = packet
                numbered.sequence = Int64(sent.packets.count)
                sent.packets.append(numbered)
            }
            wasSilent = isSilent
        }
        #expect(sent.packets.count < stream.packets.count * 3 / 4, "the encoder made \(sent.packets.count) packets")
        let run = PlayoutRun(sent.sent())
        run.run(to: 23.5)
        #expect(run.statistics.concealedSamples == 0)
        #expect(run.statistics.latePackets == 0)
        #expect(run.at(23).target <= .milliseconds(25))
        #expect(run.at(23).delay <= .milliseconds(60))
    }

    @Test func anInterruptionFadesToSilenceAndNothingAfterItIsLost() {
        let stream = TestStream(Self.voice, seconds: 20, encoder: TestEncoder(fec: false))
        let run = PlayoutRun(
            stream.sent { _, packet in
                (.seconds(5)..<Duration.seconds(8)).contains(packet.sentAfter) ? [] : [.milliseconds(30)]
            })
        run.run(to: 19.5)
        #expect((9600..<10_080).contains(run.statistics.concealedSamples))
        #expect(!run.at(6).isSound)
        #expect(!run.at(7.9).isSound)
        // 30 ms on the way and the target: then it plays, and goes on.
        let again = run.blocks.firstIndex { $0.at > PlayoutRun.start + .seconds(8) && $0.isSound } ?? 0
        #expect(run.blocks[again].at - PlayoutRun.start < .milliseconds(8075))
        #expect(run.blocks[again...].allSatisfy { $0.isSound })
        #expect(run.at(9).concealed == run.at(19).concealed)
        #expect(run.statistics.latePackets == 0)
        // All that was sent was played.
        #expect(run.blocks[again].captureTime == TestStream.senderEpoch + 7_980_000_000)
    }

    @Test func aSenderThatPausedWithoutItsClockIsPlayedOn() {
        // Sequence numbers and timestamps go on as if the pause of three seconds had not been.
        let stream = TestStream(Self.voice, seconds: 30)
        let run = PlayoutRun(
            stream.sent { index, _ in [.milliseconds(index < 500 ? 30 : 3030)] })
        run.run(to: 30)
        #expect(run.at(20).isSound)
        #expect(run.at(25).delay < .milliseconds(60))
        #expect(run.at(25).concealed == run.at(14).concealed)
        #expect(run.statistics.overflowedPackets == 0)
    }

    @Test(arguments: [(2_000_000, 1_000_000_000), (10, 77), (64_900, -5_000_000_000), (1_000_000, 4_000_480_000)])
    func aNewStreamTakesOverAtOnce(sequence: Int64, timestamp: Int64) {
        let old = TestStream(Self.voice, seconds: 5)
        let new = TestStream(Self.voice, seconds: 5, firstSequence: sequence, firstTimestamp: timestamp)
        let run = PlayoutRun(old.sent() + new.sent(at: PlayoutRun.start + .seconds(5)))
        run.run(to: 9.9)
        #expect(run.at(5.2).isSound)
        #expect(run.blocks[520..<985].allSatisfy { $0.isSound })
        #expect(run.at(9).concealed == run.at(5.1).concealed)
        #expect(run.at(8).delay < .milliseconds(45))
        #expect(run.statistics.latePackets == 0)
        // Not even the first packet is lost.
        #expect(run.blocks[505..<520].contains { $0.captureTime == TestStream.senderEpoch })
    }

    @Test func aStrayPacketDoesNotEndAStream() {
        let stream = TestStream(Self.voice, seconds: 10)
        var deliveries = stream.sent()
        for index in stride(from: 50, to: 450, by: 50) {
            var stray = deliveries[index]
            stray.packet.sequence += Int64(index * 10_000)
            stray.packet.timestamp -= 1_000_000_000
            deliveries.insert(stray, at: index)
        }
        let run = PlayoutRun(deliveries)
        run.run(to: 9.9)
        #expect(run.statistics.concealedSamples == 0)
        #expect(run.statistics.latePackets == 7)
    }

    @Test func aFloodIsHeldToTheCapAndThenForgotten() {
        let stream = TestStream(Self.voice, seconds: 120)
        // A minute at once, then as it should be.
        let run = PlayoutRun(
            stream.sent { index, packet in [index < 3000 ? .seconds(60) - packet.sentAfter : .milliseconds(0)] })
        run.run(to: 90)
        #expect(run.mostPackets <= PlayoutBuffer.capacity)
        #expect(run.statistics.overflowedPackets > 2900)
        #expect(run.blocks.allSatisfy { $0.depth < .milliseconds(1500) })
        #expect(run.at(61).isSound)
        #expect(run.at(80).delay < .milliseconds(60))
        #expect(run.at(89).concealed == run.at(70).concealed)
    }

    @Test func aSenderTwiceTooFastStaysBounded() {
        let stream = TestStream(Self.voice, seconds: 60)
        let run = PlayoutRun(stream.sent(ppm: 1_000_000))
        run.run(to: 29)
        #expect(run.mostPackets <= PlayoutBuffer.capacity)
        #expect(run.blocks.allSatisfy { $0.depth < .milliseconds(900) })
        #expect(run.statistics.overflowedPackets > 500)
    }

    @Test(arguments: 1...12)
    func nonsenseNeitherTrapsNorHangs(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let stream = TestStream(Self.voice, seconds: 3)
        let run = PlayoutRun([])
        var sequence: Int64 = 0
        var timestamp: Int64 = 0
        for round in 1...400 {
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                var packet = stream.packets.randomElement(using: &random)!
                switch Int.random(in: 0..<8, using: &random) {
                case 0: packet.payload = random.bytes(Int.random(in: 0...1600, using: &random))
                case 1: packet.payload = []
                case 2: packet.payload = [UInt8.random(in: 0...255, using: &random)]
                case 3: packet.payload = packet.payload.map { $0 ^ UInt8.random(in: 0...3, using: &random) }
                // 120 ms: six frames of 20 ms without content.
                case 4: packet.payload = [0x0b, 6] + [UInt8](repeating: 0, count: 60)
                default: break
                }
                switch Int.random(in: 0..<12, using: &random) {
                case 0: sequence &+= Int64.random(in: -200...4000, using: &random)
                case 1: sequence = [.max, .min, 0, 1 << 40, -1 << 40].randomElement(using: &random)!
                case 2: timestamp = [.max, .min, 0, 1 << 42, -1 << 42].randomElement(using: &random)!
                case 3: timestamp &+= Int64.random(in: -100_000...1_000_000, using: &random)
                case 4: packet.captureTime = [.max, .min, .min + 1, 0].randomElement(using: &random)!
                default: break
                }
                sequence &+= 1
                timestamp &+= 960
                packet.sequence = sequence
                packet.timestamp = timestamp
                run.push(packet, at: run.now)
            }
            run.run(to: Double(round) / 100)
        }
        #expect(run.mostPackets <= PlayoutBuffer.capacity, "seed \(seed)")
        #expect(run.blocks.count >= 399, "seed \(seed)")
    }

    @Test func packetsOfChangingLengthPlayWithoutInvention() {
        let encoder = TestEncoder()
        var packets: [TestPacket] = []
        var start = 0
        for index in 0..<200 {
            let frame = [480, 960, 1920, 2880][(index / 7) % 4]
            let place = start % 100_000
            packets.append(
                TestPacket(
                    sequence: Int64(index), timestamp: Int64(start),
                    captureTime: TestStream.senderEpoch + Int64(start) * 1_000_000 / 48,
                    sentAfter: .nanoseconds(Int64(start + frame) * 1_000_000 / 48),
                    payload: encoder.encode(Self.voice[place..<place + frame]), samples: frame))
            start += frame
        }
        var stream = TestStream(Self.voice, seconds: 0)
        stream.packets = packets
        let run = PlayoutRun(stream.sent())
        run.run(to: Double(start) / 48_000)
        // A longer packet comes later by its length: what was the punctual one before is not any more.
        #expect(run.statistics.concealedSamples < 6000)
        #expect(run.statistics.latePackets == 0)
        #expect(run.statistics.damagedPackets == 0)
    }
}

import Base
import RTP
import Testing

@testable import WebRTC

/// Random and mutated feedback into everything that takes it: nothing traps, and every bound holds.
@Suite struct HostileFeedbackTests {
    @Test func sendersSurviveAnyRTCP() {
        for seed in 0..<6 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var transport = PacedTransport(.init(), clock: NTPClock(nanosecondsAtOrigin: 1 << 60), at: .zero)
            var video = VideoSender(SenderTests.videoConfiguration, random: &random)
            var audio = AudioSender(SenderTests.audioConfiguration, random: &random)
            var out = DatagramQueue<MediaDatagram>(capacity: 64)
            var bytes: [UInt8] = []
            var now = Instant.zero
            for _ in 0..<1500 {
                now += .milliseconds(Int64.random(in: 0...20, using: &random))
                video.send(
                    [1, 2, 3].span, isKeyFrame: true, timestamp: 1, captureTime: now, into: &transport, at: now)
                transport.poll(into: &out, at: now)
                while out.pop(swapping: &bytes) != nil {}
                let rtcp = Self.feedback(random: &random)
                var reader = RTCPReader(rtcp.span)
                while let packet = try? reader.next() {
                    try? transport.handle(packet, at: now)
                    try? video.handle(packet, into: &transport, at: now)
                    try? audio.handle(packet, into: &transport, at: now)
                }
                _ = video.pollKeyFrameRequest(at: now)
                transport.handleTimeout(at: now)
            }
            let target = transport.congestion.targetBitrate
            #expect((100_000...2_500_000).contains(target), "seed \(seed)")
            #expect(transport.pacer.queuedRetransmissionBytes < 400_000, "seed \(seed)")
        }
    }

    /// One feedback packet about our streams, with up to three bytes changed.
    private static func feedback(random: inout SeededRandom) -> [UInt8] {
        var bytes: [UInt8] = []
        let number = SequenceNumber(UInt16(truncatingIfNeeded: random.next()))
        switch Int.random(in: 0...5, using: &random) {
        case 0: bytes.appendRTCPNack(from: SSRC(1), about: SSRC(100), lost: [number, number.advanced(by: 9)])
        case 1: bytes.appendRTCPFullIntraRequest(from: SSRC(1), about: SSRC(100), command: UInt8(number.raw & 255))
        case 2: bytes.appendRTCP(REMB(senderSSRC: SSRC(1), bitrate: random.next() >> 20), sources: [SSRC(100)])
        case 3:
            bytes.appendRTCPReceiverReport(
                from: SSRC(1),
                blocks: [
                    ReportBlock(
                        ssrc: SSRC(100), fractionLost: UInt8(number.raw & 255), cumulativeLost: 1,
                        extendedHighestSequenceNumber: UInt32(truncatingIfNeeded: random.next()), jitter: 1,
                        lastSenderReport: UInt32(truncatingIfNeeded: random.next()), delaySinceLastSenderReport: 1)
                ])
        default:
            var feedback = TransportFeedback()
            feedback.baseSequenceNumber = number
            feedback.statuses = [.received(delta: 5), .lost, .received(delta: Int16(bitPattern: number.raw))]
            bytes.appendRTCP(feedback)
        }
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let index = Int.random(in: bytes.indices, using: &random)
            bytes[index] = UInt8(truncatingIfNeeded: random.next())
        }
        return bytes
    }

    @Test func generatorsSurviveAnyNumbersAndTimes() {
        for seed in 0..<6 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            let envelope = FeedbackEnvelope(localSSRC: SSRC(9), canonicalName: "r")
            var feedback = TransportFeedbackGenerator(envelope: envelope)
            var remb = ReceiveSideEstimator(envelope: envelope)
            var nacks = NackGenerator()
            var filter = DuplicateFilter()
            var statistics = ReceiveStatistics(clockRate: 90_000)
            var out = DatagramQueue<MediaDatagram>(capacity: 64)
            var bytes: [UInt8] = []
            var lost: [SequenceNumber] = []
            var unwrapper = SerialUnwrapper<UInt16>()
            var now = Instant.zero
            for _ in 0..<2000 {
                now += .milliseconds(Int64.random(in: 0...40, using: &random))
                let raw = UInt16(truncatingIfNeeded: random.next())
                let number = unwrapper.unwrap(raw)
                feedback.receive(raw, ssrc: SSRC(1), at: now)
                remb.receive(
                    AbsoluteSendTime(raw: UInt32(truncatingIfNeeded: random.next())),
                    ssrc: SSRC(UInt32(raw)), byteCount: 1000, at: now)
                nacks.receive(number, at: now)
                _ = filter.insert(number)
                statistics.receive(
                    number, timestamp: UInt32(truncatingIfNeeded: random.next()), byteCount: 1000, at: now)
                _ = statistics.makeReportBlock(ssrc: SSRC(1))
                feedback.poll(into: &out, at: now)
                remb.poll(into: &out, at: now)
                lost.removeAll()
                nacks.poll(into: &lost, roundTrip: .milliseconds(50), at: now)
                while out.pop(swapping: &bytes) != nil {}
            }
            #expect(nacks.missingCount <= NackGenerator.capacity, "seed \(seed)")
        }
    }
}

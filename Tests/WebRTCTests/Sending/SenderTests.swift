import Base
import RTP
import Testing

@testable import WebRTC

@Suite struct SenderTests {
    static let extensions = RTPExtensionMap(mid: 4, audioLevel: 1, transportSequenceNumber: 3, absoluteSendTime: 2)
    static let videoConfiguration = SenderConfiguration(
        ssrc: SSRC(100), codec: .vp8, payloadType: PayloadType(96), clockRate: 90_000,
        retransmission: .init(ssrc: SSRC(101), payloadType: PayloadType(97)), extensions: extensions, mid: MID("1"),
        feedback: [.nack, .pictureLoss, .fullIntraRequest, .transportWide])
    static let audioConfiguration = SenderConfiguration(
        ssrc: SSRC(200), codec: .opus, payloadType: PayloadType(111), clockRate: 48_000, extensions: extensions,
        mid: MID("0"),
        feedback: [.transportWide])
    let clock = NTPClock(nanosecondsAtOrigin: 3_900_000_000_000_000_000)

    private func transport() -> PacedTransport {
        PacedTransport(.init(canProbe: false), clock: clock, at: .zero)
    }

    /// Polls until the pacer has nothing left, advancing `now`.
    private func drain(_ transport: inout PacedTransport, at now: inout Instant) -> [[UInt8]] {
        var out = DatagramQueue<MediaDatagram>(capacity: 8)
        var packets: [[UInt8]] = []
        var bytes: [UInt8] = []
        while true {
            transport.poll(into: &out, at: now)
            while out.pop(swapping: &bytes) != nil { packets.append(bytes) }
            guard let deadline = transport.pacer.nextDeadline else { return packets }
            now = max(now, deadline)
        }
    }

    private func header(of packet: [UInt8]) throws -> RTPHeader {
        try RTPPacketView(packet.span).header
    }

    private func values(of packet: [UInt8]) throws -> RTPExtensionValues {
        try RTPPacketView(packet.span).extensions(Self.extensions)
    }

    private func handle(
        _ rtcp: [UInt8], _ sender: inout VideoSender, _ transport: inout PacedTransport, at now: Instant
    ) throws {
        var reader = RTCPReader(rtcp.span)
        while let packet = try reader.next() {
            try transport.handle(packet, at: now)
            try sender.handle(packet, into: &transport, at: now)
        }
    }

    @Test func packetisesAFrameWithinTheLimitAndNumbersItAsItLeaves() throws {
        var random = SeededRandom(seed: 1)
        var transport = transport()
        var sender = VideoSender(Self.videoConfiguration, random: &random)
        let frame = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
        var now = Instant.zero
        let isTaken = sender.send(
            frame.span, isKeyFrame: true, timestamp: 0, captureTime: now, into: &transport, at: now)
        #expect(isTaken)
        let packets = drain(&transport, at: &now)
        #expect(packets.count == 9)
        var whole: [UInt8] = []
        for (index, packet) in packets.enumerated() {
            let view = try RTPPacketView(packet.span)
            let values = view.extensions(Self.extensions)
            #expect(packet.count <= 1200)
            #expect(view.header.marker == (index == 8))
            #expect(values.transportSequenceNumber == UInt16(1 + index))
            #expect(values.mid == MID("1"))
            var length = 0
            _ = try VP8Descriptor(view.payload, byteCount: &length)
            whole += packet[(view.payloadRange.lowerBound + length)..<view.payloadRange.upperBound]
        }
        #expect(whole == frame)
        // 10 kB at 2.5 × 1.2 Mb/s take 27 ms: not enough to be held back.
        #expect(now == .zero)
        #expect(sender.sent.packets == 9)
    }

    @Test func startsBelowHalfOfTheSequenceNumbers() throws {
        for seed in 0..<50 as Range<UInt64> {
            var random = SeededRandom(seed: seed)
            var transport = transport()
            var sender = AudioSender(Self.audioConfiguration, random: &random)
            sender.send(
                [1].span, timestamp: 0, level: .silence, captureTime: .zero, into: &transport, at: .zero)
            var now = Instant.zero
            let packet = drain(&transport, at: &now)[0]
            let number = try header(of: packet).sequenceNumber.raw
            #expect(number < 0x8000, "seed \(seed)")
        }
    }

    @Test func audioNeverWaitsBehindVideo() throws {
        var random = SeededRandom(seed: 2)
        var transport = transport()
        var video = VideoSender(Self.videoConfiguration, random: &random)
        var audio = AudioSender(Self.audioConfiguration, random: &random)
        let frame = [UInt8](repeating: 1, count: 200_000)
        video.send(frame.span, isKeyFrame: true, timestamp: 0, captureTime: .zero, into: &transport, at: .zero)
        var out = DatagramQueue<MediaDatagram>(capacity: 512)
        var bytes: [UInt8] = []
        transport.poll(into: &out, at: .zero)
        while out.pop(swapping: &bytes) != nil {}
        for step in 1...20 {
            let now = Instant(nanoseconds: Int64(step) * 20_000_000)
            audio.send(
                [UInt8](repeating: 9, count: 100).span, timestamp: UInt32(step * 960), level: .silence,
                captureTime: now, into: &transport, at: now)
            let deadline = try #require(transport.nextDeadline)
            #expect(deadline <= now)
            transport.poll(into: &out, at: now)
            _ = out.pop(swapping: &bytes)
            let first = try header(of: bytes).ssrc
            #expect(first == SSRC(200))
            while out.pop(swapping: &bytes) != nil {}
        }
    }

    @Test func answersANackByRTXOncePerRoundTrip() throws {
        var random = SeededRandom(seed: 3)
        var transport = transport()
        var sender = VideoSender(Self.videoConfiguration, random: &random)
        var now = Instant.zero
        sender.send(
            [UInt8](repeating: 7, count: 3000).span, isKeyFrame: true, timestamp: 0, captureTime: now,
            into: &transport, at: now)
        let sent = drain(&transport, at: &now)
        let lost = try header(of: sent[1]).sequenceNumber
        var nack: [UInt8] = []
        nack.appendRTCPNack(from: SSRC(1), about: SSRC(100), lost: [lost])

        now += .milliseconds(150)
        try handle(nack, &sender, &transport, at: now)
        try handle(nack, &sender, &transport, at: now + .milliseconds(1))
        var again = drain(&transport, at: &now)
        #expect(again.count == 1)
        let source = try header(of: again[0]).ssrc
        #expect(source == SSRC(101))
        try RTX.unwrap(&again[0], ssrc: SSRC(100), payloadType: PayloadType(96))
        let restored = try header(of: again[0])
        let original = try header(of: sent[1])
        #expect(restored == original)
        #expect(again[0].suffix(1000) == sent[1].suffix(1000))

        now += .milliseconds(100)
        try handle(nack, &sender, &transport, at: now)
        let second = drain(&transport, at: &now)
        #expect(second.count == 1)
        now += .seconds(4)
        try handle(nack, &sender, &transport, at: now)
        let third = drain(&transport, at: &now)
        #expect(third.isEmpty)
        #expect(sender.retransmittedPackets == 2)
    }

    /// The same SSRC and number under another header would be the same nonce over other authenticated bytes, which
    /// gives AES-GCM's authentication key away (RFC 7714 §8.2).
    @Test func sendsAgainTheSameBytesWithoutRTX() throws {
        var random = SeededRandom(seed: 4)
        var configuration = Self.videoConfiguration
        configuration.retransmission = nil
        var transport = transport()
        var sender = VideoSender(configuration, random: &random)
        var now = Instant.zero
        sender.send(
            [UInt8](repeating: 1, count: 3000).span, isKeyFrame: true, timestamp: 0, captureTime: now, into: &transport,
            at: now)
        let sent = drain(&transport, at: &now)
        let header = try header(of: sent[1])
        var nack: [UInt8] = []
        nack.appendRTCPNack(from: SSRC(1), about: SSRC(100), lost: [header.sequenceNumber])
        for _ in 0..<2 {
            now += .milliseconds(200)
            try handle(nack, &sender, &transport, at: now)
            let again = drain(&transport, at: &now)
            #expect(again == [sent[1]])
        }
        #expect(sender.retransmittedPackets == 2)
    }

    @Test func withoutRTXAPacketThatHasNotLeftIsNotSentAgain() throws {
        var random = SeededRandom(seed: 4)
        var configuration = Self.videoConfiguration
        configuration.retransmission = nil
        var transport = transport()
        var sender = VideoSender(configuration, random: &random)
        sender.send([1, 2, 3].span, isKeyFrame: true, timestamp: 0, captureTime: .zero, into: &transport, at: .zero)
        let number = try #require(sender.senderReport(at: .zero, clock: clock)).packetCount
        #expect(number == 1)
        var nack: [UInt8] = []
        nack.appendRTCPNack(from: SSRC(1), about: SSRC(100), lost: (0..<0x8000).map { SequenceNumber(UInt16($0)) }[...])
        try handle(nack, &sender, &transport, at: .zero)
        var now = Instant.zero
        let sent = drain(&transport, at: &now)
        #expect(sent.count == 1)
    }

    /// On a short way the first request comes sooner than the round trip measured last.
    @Test func answersTheFirstNackHoweverSoonItComes() throws {
        var random = SeededRandom(seed: 8)
        var transport = transport()
        var sender = VideoSender(Self.videoConfiguration, random: &random)
        var now = Instant.zero
        sender.send(
            [UInt8](repeating: 7, count: 3000).span, isKeyFrame: true, timestamp: 0, captureTime: now,
            into: &transport, at: now)
        let sent = drain(&transport, at: &now)
        let lost = try header(of: sent[1]).sequenceNumber
        var nack: [UInt8] = []
        nack.appendRTCPNack(from: SSRC(1), about: SSRC(100), lost: [lost])
        now += .milliseconds(20)
        try handle(nack, &sender, &transport, at: now)
        let first = drain(&transport, at: &now)
        #expect(first.count == 1)
        try handle(nack, &sender, &transport, at: now + .milliseconds(20))
        let tooSoon = drain(&transport, at: &now)
        #expect(tooSoon.isEmpty)
    }

    @Test func aPictureWithoutItsPredecessorIsNotSent() {
        var random = SeededRandom(seed: 9)
        var transport = transport()
        var sender = VideoSender(Self.videoConfiguration, random: &random)
        func send(isKeyFrame: Bool, bytes: Int = 100) -> Bool {
            let frame = [UInt8](repeating: 1, count: bytes)
            return sender.send(
                frame.span, isKeyFrame: isKeyFrame, timestamp: 0, captureTime: .zero, into: &transport, at: .zero)
        }
        // The first of all.
        let first = send(isKeyFrame: false)
        #expect(!first)
        let asks = sender.pollKeyFrameRequest(at: .zero)
        #expect(asks)
        let taken = [send(isKeyFrame: true), send(isKeyFrame: false)]
        #expect(taken == [true, true])
        // Too large for the pacer: what refers to it is of no use.
        let after = [send(isKeyFrame: false, bytes: 2_000_000), send(isKeyFrame: false), send(isKeyFrame: true)]
        #expect(after == [false, false, true])
        #expect(sender.droppedFrames == 3)
        let more = send(isKeyFrame: false)
        #expect(more)
    }

    @Test func throttlesKeyFrameRequestsAndIgnoresRepeatedCommands() throws {
        var random = SeededRandom(seed: 5)
        var transport = transport()
        var sender = VideoSender(Self.videoConfiguration, random: &random)
        var pli: [UInt8] = []
        pli.appendRTCPPictureLossIndication(from: SSRC(1), about: SSRC(100))
        var fir: [UInt8] = []
        fir.appendRTCPFullIntraRequest(from: SSRC(1), about: SSRC(100), command: 9)

        try handle(pli, &sender, &transport, at: .zero)
        let requested1 = sender.pollKeyFrameRequest(at: .zero)
        #expect(requested1)
        try handle(pli, &sender, &transport, at: .zero + .milliseconds(10))
        let requested2 = sender.pollKeyFrameRequest(at: .zero + .milliseconds(10))
        #expect(!requested2)
        #expect(sender.nextDeadline == .zero + .milliseconds(500))
        let requested3 = sender.pollKeyFrameRequest(at: .zero + .milliseconds(500))
        #expect(requested3)
        try handle(fir, &sender, &transport, at: .zero + .seconds(2))
        let requested4 = sender.pollKeyFrameRequest(at: .zero + .seconds(2))
        #expect(requested4)
        try handle(fir, &sender, &transport, at: .zero + .milliseconds(3900))
        let requested5 = sender.pollKeyFrameRequest(at: .zero + .milliseconds(3900))
        #expect(!requested5)
        // About another stream.
        var other: [UInt8] = []
        other.appendRTCPPictureLossIndication(from: SSRC(1), about: SSRC(5))
        try handle(other, &sender, &transport, at: .zero + .seconds(5))
        let requested6 = sender.pollKeyFrameRequest(at: .zero + .seconds(5))
        #expect(!requested6)
    }

    @Test func senderReportsNameOneMomentOnBothClocks() throws {
        var random = SeededRandom(seed: 6)
        var transport = transport()
        var sender = AudioSender(Self.audioConfiguration, random: &random)
        #expect(sender.senderReport(at: .zero, clock: clock) == nil)
        let captured = Instant(nanoseconds: 1_000_000_000)
        sender.send(
            [UInt8](repeating: 0, count: 80).span, timestamp: 96_000, level: .silence, captureTime: captured,
            into: &transport, at: captured + .milliseconds(30))
        var now = captured + .milliseconds(30)
        let timestamp = try header(of: drain(&transport, at: &now)[0]).timestamp
        let report = try #require(sender.senderReport(at: captured + .milliseconds(500), clock: clock))
        #expect(report.rtpTimestamp &- timestamp == 24_000)
        #expect(report.ntpTime == clock.time(at: captured + .milliseconds(500)))
        #expect(report.packetCount == 1 && report.octetCount == 80)
        var receiver = SenderClock(clockRate: 48_000)
        receiver.handle(report, at: now)
        #expect(receiver.captureTime(of: timestamp) == clock.time(at: captured).nanoseconds)
    }

    @Test func refusesAFrameThatDoesNotFitWholeAndAsksForAKeyFrame() {
        var random = SeededRandom(seed: 7)
        var transport = transport()
        var sender = VideoSender(Self.videoConfiguration, random: &random)
        let frame = [UInt8](repeating: 1, count: 400_000)
        var results: [Bool] = []
        for index in 0..<4 {
            results.append(
                sender.send(
                    frame.span, isKeyFrame: index == 0, timestamp: UInt32(index * 3000), captureTime: .zero,
                    into: &transport, at: .zero))
        }
        #expect(results == [true, true, false, false])
        #expect(sender.droppedFrames == 2)
        #expect(transport.pacer.refusedPackets == 0)
        let requested7 = sender.pollKeyFrameRequest(at: .zero + .seconds(1))
        #expect(requested7)
    }

    @Test func whatWasSentIsCountedBeyondWhatReportsCanSay() {
        var sent = SentAmount()
        for _ in 0..<5 { sent.add(payloadByteCount: 1 << 30) }
        #expect(sent.packets == 5 && sent.octets == 5 << 30)
        #expect(sent.reportedPackets == 5 && sent.reportedOctets == 1 << 30)
    }

    @Test func measuresTheRoundTripFromReportBlocks() throws {
        var estimator = RoundTripEstimator()
        let sent = clock.time(at: .zero)
        let block = ReportBlock(
            ssrc: SSRC(1), fractionLost: 0, cumulativeLost: 0, extendedHighestSequenceNumber: 0, jitter: 0,
            lastSenderReport: sent.compact, delaySinceLastSenderReport: 65_536)
        estimator.handle(block, receivedAt: clock.time(at: .zero + .milliseconds(1080)))
        #expect(abs(try #require(estimator.last).inMilliseconds - 80) < 0.1)
        // Before we sent it: nonsense.
        estimator.handle(block, receivedAt: clock.time(at: .zero + .milliseconds(900)))
        #expect(abs(try #require(estimator.smoothed).inMilliseconds - 80) < 0.1)
    }
}

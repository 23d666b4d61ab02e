import Base
import RTP
import Testing

/// Random and mutated bytes through everything that reads: the only thing asserted is that nothing traps and that what
/// was read lies inside the packet.
@Suite struct HostileBytesTests {
    private func readEverything(_ bytes: [UInt8]) -> Int {
        var seen = 0
        let map = RTPExtensionMap(mid: 1, audioLevel: 2, transportSequenceNumber: 3, absoluteSendTime: 4)
        if let view = try? RTPPacketView(bytes.span) {
            seen += view.payload.count + view.contributingSourceCount
            for index in 0..<view.contributingSourceCount { _ = view.contributingSource(index) }
            _ = view.extensions(map)
            var length = 0
            if (try? VP8Descriptor(view.payload, byteCount: &length)) != nil {
                #expect(length < view.payloadRange.count)
            }
            _ = VP8FrameHeader(view.payload)
            if (try? VP9Descriptor(view.payload, byteCount: &length)) != nil {
                #expect(length < view.payloadRange.count)
            }
            _ = VP9FrameHeader(view.payload)
            _ = try? OpusPacket(view.payload)
        }
        _ = DatagramKind(bytes.span)
        var copy = bytes
        _ = try? RTX.unwrap(&copy, ssrc: SSRC(1), payloadType: PayloadType(96))
        copy = bytes
        copy.stampRTP(transportSequenceNumber: 1, absoluteSendTime: AbsoluteSendTime(raw: 2), map: map)
        _ = try? RTX.wrap(
            bytes.span, ssrc: SSRC(2), payloadType: PayloadType(97), sequenceNumber: SequenceNumber(1), into: &copy)
        seen += readRTCP(bytes)
        return seen
    }

    private func readRTCP(_ bytes: [UInt8]) -> Int {
        var seen = 0
        var feedback = TransportFeedback()
        var reader = RTCPReader(bytes.span)
        while let packet = try? reader.next() {
            seen += 1
            _ = packet.senderSSRC
            _ = packet.mediaSSRC
            _ = try? packet.senderReport()
            for index in 0..<packet.reportBlockCount { _ = packet.reportBlock(index) }
            try? packet.forEachLostSequenceNumber { _ in seen += 1 }
            try? packet.forEachFullIntraRequest { _, _ in seen += 1 }
            try? packet.forEachCanonicalName { _, _ in seen += 1 }
            try? packet.forEachGoodbye { _ in seen += 1 }
            _ = try? packet.remb()
            _ = try? packet.receiverReferenceTime()
            _ = try? packet.delaySinceLastReferenceTime(for: SSRC(1))
            try? feedback.read(packet)
        }
        return seen
    }

    @Test func randomBytesDoNoHarm() {
        var random = SeededRandom(seed: 0xF0F0)
        for _ in 0..<6000 {
            var bytes = random.bytes(Int.random(in: 0...120, using: &random))
            if bytes.count > 4 {
                bytes[0] = bytes[0] & 0x3F | 0x80
                if Bool.random(using: &random) {
                    bytes[1] = UInt8.random(in: 200...207, using: &random)
                    bytes[2] = 0
                    bytes[3] = UInt8.random(in: 0...30, using: &random)
                }
            }
            _ = readEverything(bytes)
        }
    }

    @Test func mutatedPacketsDoNoHarm() {
        var random = SeededRandom(seed: 0x0F0F)
        let packets = Self.validPackets()
        for round in 0..<8000 {
            var bytes = packets[round % packets.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                switch Int.random(in: 0...3, using: &random) {
                case 0 where !bytes.isEmpty:
                    bytes[Int.random(in: bytes.indices, using: &random)] = UInt8(truncatingIfNeeded: random.next())
                case 1 where !bytes.isEmpty:
                    bytes[Int.random(in: bytes.indices, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 2: bytes.removeLast(min(bytes.count, Int.random(in: 1...8, using: &random)))
                default: bytes += random.bytes(Int.random(in: 1...8, using: &random))
                }
            }
            _ = readEverything(bytes)
        }
    }

    static func validPackets() -> [[UInt8]] {
        var rtp: [UInt8] = []
        rtp.append(
            RTPHeader(payloadType: PayloadType(96), sequenceNumber: SequenceNumber(1), timestamp: 2, ssrc: SSRC(3)),
            extensions: RTPExtensionValues(
                mid: MID("0"), audioLevel: .silence, transportSequenceNumber: 4,
                absoluteSendTime: AbsoluteSendTime(raw: 5)),
            map: RTPExtensionMap(mid: 1, audioLevel: 2, transportSequenceNumber: 3, absoluteSendTime: 4))
        var padded = rtp
        VP8Descriptor(
            startsPartition: true, pictureID: .long(5), baseLayerIndex: 6,
            temporalLayer: .init(index: 1, isSyncPoint: true), keyIndex: 3
        ).append(to: &padded)
        padded += [0x10, 0, 0, 0x9D, 0x01, 0x2A, 0, 5, 0xD0, 2]
        padded.appendRTPPadding(7)
        var layered = rtp
        VP9Descriptor(
            startsLayerFrame: true, endsLayerFrame: false, isInterPredicted: true, pictureID: .long(5),
            layer: .init(temporalIndex: 1, spatialIndex: 2), mode: .flexible(VP9References(1, 2, 3)),
            structure: VP9ScalabilityStructure(single: .init(width: 1280, height: 720))
        ).append(to: &layered)
        layered += [0x82, 0x49, 0x83, 0x42, 0x00, 0x4F, 0xF0, 0x2C, 0xF0]
        let block = ReportBlock(
            ssrc: SSRC(1), fractionLost: 1, cumulativeLost: 1, extendedHighestSequenceNumber: 1, jitter: 1)
        var compound: [UInt8] = []
        compound.appendRTCP(
            SenderReport(ssrc: SSRC(1), ntpTime: NTPTime(raw: 1), rtpTimestamp: 1, packetCount: 1, octetCount: 1),
            blocks: [block, block])
        compound.appendRTCPCanonicalName("name", of: SSRC(1))
        compound.appendRTCPReferenceTimeReplies(
            [ReferenceTimeReply(ssrc: SSRC(1), lastReferenceTime: 1, delay: 1)], from: SSRC(2))
        compound.appendRTCPNack(from: SSRC(1), about: SSRC(2), lost: [SequenceNumber(1), SequenceNumber(40)])
        compound.appendRTCP(REMB(senderSSRC: SSRC(1), bitrate: 1_000_000), sources: [SSRC(1)])
        compound.appendRTCPFullIntraRequest(from: SSRC(1), about: SSRC(2), command: 1)
        compound.appendRTCPGoodbye([SSRC(1)])
        var feedback = TransportFeedback()
        feedback.begin(at: SequenceNumber(65_530), arrival: .zero)
        for index in [0, 1, 2, 7, 20, 21] as [UInt16] {
            _ = feedback.add(
                SequenceNumber(65_530 &+ index), arrival: Instant(nanoseconds: Int64(index) * 30_000_000))
        }
        var transport: [UInt8] = []
        transport.appendRTCP(feedback)
        return [rtp, padded, layered, compound, transport]
    }
}

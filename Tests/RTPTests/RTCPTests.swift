import Base
import RTP
import Testing

@Suite struct RTCPTests {
    let block = ReportBlock(
        ssrc: SSRC(9), fractionLost: 64, cumulativeLost: -3, extendedHighestSequenceNumber: 0x0001_FFFF, jitter: 77,
        lastSenderReport: 0xAABB_CCDD, delaySinceLastSenderReport: 65_536)

    @Test func readsACompoundPacketBack() throws {
        let report = SenderReport(
            ssrc: SSRC(1), ntpTime: NTPTime(raw: 0x0102_0304_0506_0708), rtpTimestamp: 5, packetCount: 6, octetCount: 7)
        var bytes: [UInt8] = []
        bytes.appendRTCP(report, blocks: [block, block])
        bytes.appendRTCPReceiverReport(from: SSRC(2), blocks: [block])
        bytes.appendRTCPCanonicalName("room@example", of: SSRC(1))
        bytes.appendRTCPGoodbye([SSRC(1), SSRC(2)])
        #expect(bytes.count % 4 == 0)

        var reader = RTCPReader(bytes.span)
        var kinds: [RTCPKind] = []
        while let packet = try reader.next() {
            kinds.append(packet.kind)
            switch packet.kind {
            case .senderReport:
                #expect(try packet.senderReport() == report)
                #expect(packet.reportBlockCount == 2)
                #expect(packet.reportBlock(about: SSRC(9)) == block)
            case .receiverReport:
                #expect(packet.senderSSRC == SSRC(2))
                #expect(packet.reportBlock(0) == block)
            case .sourceDescription:
                var names: [String] = []
                try packet.forEachCanonicalName { ssrc, name in names.append("\(ssrc):\(name)") }
                #expect(names == ["1:room@example"])
            case .goodbye:
                var gone: [SSRC] = []
                try packet.forEachGoodbye { gone.append($0) }
                #expect(gone == [SSRC(1), SSRC(2)])
            default: Issue.record("unexpected kind")
            }
        }
        #expect(kinds == [.senderReport, .receiverReport, .sourceDescription, .goodbye])
    }

    @Test func packsLostNumbersIntoMasks() throws {
        let lost = [65_534, 65_535, 0, 14, 15, 100].map { SequenceNumber(UInt16($0)) }
        var bytes: [UInt8] = []
        bytes.appendRTCPNack(from: SSRC(1), about: SSRC(2), lost: lost[...])
        #expect(bytes.count == 12 + 3 * 4)
        var reader = RTCPReader(bytes.span)
        var seen: [SequenceNumber] = []
        while let packet = try reader.next() { seen += try Self.lost(packet) }
        #expect(seen == lost)
    }

    private static func lost(_ packet: borrowing RTCPPacketView) throws -> [SequenceNumber] {
        var lost: [SequenceNumber] = []
        try packet.forEachLostSequenceNumber { lost.append($0) }
        #expect(packet.senderSSRC == SSRC(1) && packet.mediaSSRC == SSRC(2))
        return lost
    }

    @Test func carriesPictureLossAndFullIntraRequests() throws {
        var bytes: [UInt8] = []
        bytes.appendRTCPPictureLossIndication(from: SSRC(1), about: SSRC(2))
        bytes.appendRTCPFullIntraRequest(from: SSRC(1), about: SSRC(3), command: 200)
        var reader = RTCPReader(bytes.span)
        var seen = 0
        while let packet = try reader.next() {
            seen += 1
            if packet.kind == .pictureLossIndication {
                #expect(packet.mediaSSRC == SSRC(2))
            } else {
                var requests: [UInt8] = []
                try packet.forEachFullIntraRequest { ssrc, command in
                    #expect(ssrc == SSRC(3))
                    requests.append(command)
                }
                #expect(requests == [200])
            }
        }
        #expect(seen == 2)
    }

    @Test(arguments: [0, 1, 262_143, 262_144, 1_200_000, 2_500_000, 1 << 40] as [UInt64])
    func rembKeepsItsBitrateToEighteenBits(bitrate: UInt64) throws {
        var bytes: [UInt8] = []
        bytes.appendRTCP(REMB(senderSSRC: SSRC(4), bitrate: bitrate), sources: [SSRC(5), SSRC(6)])
        var reader = RTCPReader(bytes.span)
        while let packet = try reader.next() {
            let read = try packet.remb()
            #expect(read.senderSSRC == SSRC(4))
            #expect(read.bitrate <= bitrate && Double(read.bitrate) >= Double(bitrate) * 0.99999)
        }
    }

    @Test func measuresReceiversByExtendedReports() throws {
        var bytes: [UInt8] = []
        let reply = ReferenceTimeReply(ssrc: SSRC(7), lastReferenceTime: 1, delay: 2)
        bytes.appendRTCPReceiverReferenceTime(NTPTime(raw: 99), from: SSRC(1))
        bytes.appendRTCPReferenceTimeReplies(
            [ReferenceTimeReply(ssrc: SSRC(6), lastReferenceTime: 0, delay: 0), reply], from: SSRC(2))
        var reader = RTCPReader(bytes.span)
        var times: [NTPTime?] = []
        var replies: [ReferenceTimeReply?] = []
        while let packet = try reader.next() {
            times.append(try packet.receiverReferenceTime())
            replies.append(try packet.delaySinceLastReferenceTime(for: SSRC(7)))
        }
        #expect(times == [NTPTime(raw: 99), nil])
        #expect(replies == [nil, reply])
    }

    @Test func ntpTimeKeepsNanoseconds() {
        for nanoseconds in [0, 1, 999_999_999, 3_900_000_000_123_456_789] as [Int64] {
            #expect(NTPTime(nanoseconds: nanoseconds).nanoseconds == nanoseconds)
        }
        let clock = NTPClock(UTCTime(seconds: 0), at: Instant(nanoseconds: 5_000_000_000))
        #expect(clock.time(at: Instant(nanoseconds: 6_000_000_000)).raw >> 32 == 2_208_988_801)
        #expect(NTPTime(raw: 0x0102_0304_0506_0708).compact == 0x0304_0506)
    }

    @Test func stopsAtATruncatedPacketAfterTheWholeOnes() throws {
        var bytes: [UInt8] = []
        bytes.appendRTCPPictureLossIndication(from: SSRC(1), about: SSRC(2))
        bytes += [0x80, 200, 0, 6, 0]
        var reader = RTCPReader(bytes.span)
        var kinds: [RTCPKind] = []
        var failure: RTPError?
        do {
            while let packet = try reader.next() { kinds.append(packet.kind) }
        } catch {
            failure = error
        }
        #expect(kinds == [.pictureLossIndication])
        #expect(failure == .truncated(needed: 28, available: 5))
    }
}

import Base
import RTP
import Testing

@Suite struct RTPHeaderTests {
    let header = RTPHeader(
        marker: true, payloadType: PayloadType(96), sequenceNumber: SequenceNumber(0xFFFE), timestamp: 0xDEAD_BEEF,
        ssrc: SSRC(0x1122_3344))

    @Test func readsBackWhatItWrote() throws {
        var packet: [UInt8] = []
        packet.append(header)
        packet += [1, 2, 3]
        let view = try RTPPacketView(packet.span)
        #expect(view.header == header)
        #expect(view.payloadRange == 12..<15)
        let last = view.payload[2]
        #expect(last == 3)
        let none = view.extensions(RTPExtensionMap(mid: 1))
        #expect(none == RTPExtensionValues())
    }

    @Test func writesTheBytesOfRFC8285InOneByteForm() {
        var packet: [UInt8] = []
        packet.append(
            header, extensions: RTPExtensionValues(mid: MID("v1"), transportSequenceNumber: 0x0102),
            map: RTPExtensionMap(mid: 4, transportSequenceNumber: 3))
        #expect(packet[12...] == [0xBE, 0xDE, 0, 2, 0x41, 0x76, 0x31, 0x31, 1, 2, 0, 0])
        #expect(packet[0] == 0x90)
        #expect(packet[1] == 0xE0)
    }

    @Test(arguments: [0, 11] as [UInt8]) func carriesEveryExtensionInBothForms(offset: UInt8) throws {
        let map = RTPExtensionMap(
            mid: 1 + offset, audioLevel: 2 + offset, transportSequenceNumber: 3 + offset, absoluteSendTime: 4 + offset)
        let values = RTPExtensionValues(
            mid: MID("audio-0123456789"), audioLevel: AudioLevel(isVoice: true, minusDecibels: 42),
            transportSequenceNumber: 65_535, absoluteSendTime: AbsoluteSendTime(raw: 0xABCDEF))
        var packet: [UInt8] = []
        packet.append(header, extensions: values, map: map)
        packet.append(99)
        let view = try RTPPacketView(packet.span)
        let read = view.extensions(map)
        #expect(read == values)
        #expect(view.payloadRange.count == 1)
        #expect(values.mid?.description == "audio-0123456789")
    }

    @Test func stampsWhatWasWrittenAsAPlaceholder() throws {
        let map = RTPExtensionMap(transportSequenceNumber: 3, absoluteSendTime: 9)
        var packet: [UInt8] = []
        packet.append(
            header,
            extensions: RTPExtensionValues(transportSequenceNumber: 0, absoluteSendTime: AbsoluteSendTime(raw: 0)),
            map: map)
        packet.stampRTP(transportSequenceNumber: 513, absoluteSendTime: AbsoluteSendTime(raw: 0x010203), map: map)
        let values = try RTPPacketView(packet.span).extensions(map)
        #expect(values.transportSequenceNumber == 513)
        #expect(values.absoluteSendTime == AbsoluteSendTime(raw: 0x010203))
    }

    @Test func readsContributingSourcesAndPadding() throws {
        let packet: [UInt8] = [0xA2, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 7, 0, 0, 0, 8, 50, 0, 0, 3]
        let view = try RTPPacketView(packet.span)
        #expect(view.contributingSourceCount == 2)
        let source = view.contributingSource(1)
        #expect(source == SSRC(8))
        #expect(view.payloadRange == 20..<21)
        #expect(view.paddingByteCount == 3)
        for count in [0, 5] as [UInt8] {
            let wrong = packet.dropLast() + [count]
            #expect(throws: RTPError.invalidPadding(count: Int(count), available: 4)) {
                _ = try RTPPacketView(wrong.span).header
            }
        }
    }

    @Test func padsAPacketThatHoldsNothingElse() throws {
        var packet: [UInt8] = []
        packet.append(header)
        packet.appendRTPPadding(255)
        let view = try RTPPacketView(packet.span)
        #expect(view.payloadRange == 12..<12)
        #expect(view.paddingByteCount == 255)
    }

    @Test func refusesOtherVersionsAndShortPackets() {
        #expect(throws: RTPError.unsupportedVersion(1)) {
            _ = try RTPPacketView([UInt8](repeating: 0x40, count: 12).span).header
        }
        #expect(throws: RTPError.truncated(needed: 12, available: 11)) {
            _ = try RTPPacketView([UInt8](repeating: 0x80, count: 11).span).header
        }
    }

    @Test func midsHoldOneToSixteenBytes() {
        #expect(MID("") == nil)
        #expect(MID("12345678901234567") == nil)
        #expect(MID("1234567890123456")?.description == "1234567890123456")
        #expect(MID("0") != MID("0\u{0}"))
    }

    @Test func absoluteSendTimeIsSecondsModulo64() {
        #expect(AbsoluteSendTime(Instant(nanoseconds: 64_000_000_000)).raw == 0)
        #expect(AbsoluteSendTime(Instant(nanoseconds: 1_500_000_000)).raw == 0x06_0000)
    }
}

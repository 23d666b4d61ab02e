import Base
import RTP
import Testing

@Suite struct RTXTests {
    let map = RTPExtensionMap(mid: 4, transportSequenceNumber: 3)

    private func original() -> [UInt8] {
        var packet: [UInt8] = []
        packet.append(
            RTPHeader(
                marker: true, payloadType: PayloadType(96), sequenceNumber: SequenceNumber(1000), timestamp: 7,
                ssrc: SSRC(1)),
            extensions: RTPExtensionValues(mid: MID("v"), transportSequenceNumber: 5), map: map)
        packet += [10, 11, 12]
        return packet
    }

    private func expectRetransmission(_ packet: [UInt8]) throws {
        let view = try RTPPacketView(packet.span)
        #expect(view.header.ssrc == SSRC(2))
        #expect(view.header.payloadType == PayloadType(97))
        #expect(view.header.marker)
        #expect(view.payloadRange.count == 5)
        let mid = view.extensions(map).mid
        #expect(mid == MID("v"))
    }

    @Test func unwrapsToTheOriginal() throws {
        var packet: [UInt8] = [9, 9, 9]
        try RTX.wrap(
            original().span, ssrc: SSRC(2), payloadType: PayloadType(97), sequenceNumber: SequenceNumber(50),
            into: &packet)
        try expectRetransmission(packet)
        try RTX.unwrap(&packet, ssrc: SSRC(1), payloadType: PayloadType(96))
        #expect(packet == original())
    }

    @Test func dropsPaddingOnTheWay() throws {
        var padded = original()
        padded.appendRTPPadding(8)
        var packet: [UInt8] = []
        try RTX.wrap(
            padded.span, ssrc: SSRC(2), payloadType: PayloadType(97), sequenceNumber: SequenceNumber(50), into: &packet)
        packet.appendRTPPadding(3)
        try RTX.unwrap(&packet, ssrc: SSRC(1), payloadType: PayloadType(96))
        #expect(packet == original())
    }

    @Test func refusesPaddingThatProbes() {
        var packet: [UInt8] = []
        packet.append(
            RTPHeader(payloadType: PayloadType(97), sequenceNumber: SequenceNumber(1), timestamp: 0, ssrc: SSRC(2)))
        packet.appendRTPPadding(200)
        #expect(throws: RTPError.malformed(.rtxPayload)) {
            try RTX.unwrap(&packet, ssrc: SSRC(1), payloadType: PayloadType(96))
        }
    }
}

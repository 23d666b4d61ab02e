import RTP
import Testing

@Suite struct DatagramKindTests {
    @Test func tellsTheProtocolsOfABundleApart() {
        func kind(_ bytes: [UInt8]) -> DatagramKind { DatagramKind(bytes.span) }
        #expect(kind([0, 1]) == .stun)
        #expect(kind([22, 254]) == .dtls)
        #expect(kind([64, 0]) == .turnChannel)
        #expect(kind([0x80, 0x80 | 96]) == .rtp)
        #expect(kind([0x80, 111]) == .rtp)
        #expect(kind([0x80, 200]) == .rtcp)
        #expect(kind([0x81, 205]) == .rtcp)
        #expect(kind([0xFF, 0]) == .unknown)
        #expect(kind([4, 0]) == .unknown)
        #expect(kind([0x80]) == .unknown)
        #expect(kind([]) == .unknown)
    }
}

import Base
import Testing

@Suite struct SerialArithmeticTests {
    @Test func comparesAcrossTheWrap() {
        #expect(SequenceNumber(2).isNewer(than: SequenceNumber(65_534)))
        #expect(!SequenceNumber(65_534).isNewer(than: SequenceNumber(2)))
        #expect(!SequenceNumber(7).isNewer(than: SequenceNumber(7)))
    }

    @Test func unwrapsThroughReorderingAroundTheWrap() {
        var unwrapper = SerialUnwrapper<UInt16>()
        #expect([65_534, 0, 65_535, 1].map { unwrapper.unwrap($0) } == [65_534, 65_536, 65_535, 65_537])
    }
}

import Base
import Simulation
import Testing

@Suite struct FrameRateTests {
    @Test(arguments: ["30", "29.97", "30000/1001", "1", "240", "7.5"]) func picturesAndInstantsAgree(text: String)
        throws
    {
        let rate = try #require(FrameRate(text))
        for index: Int64 in [0, 1, 29, 30, 1001, 123_456_789] {
            let instant = rate.instant(of: index)
            #expect(rate.index(atOrBefore: instant) == index)
            #expect(rate.index(atOrAfter: instant) == index)
            #expect(rate.index(atOrAfter: instant + .nanoseconds(1)) == index + 1)
            #expect(index == 0 || rate.index(atOrBefore: instant - .nanoseconds(1)) == index - 1)
        }
    }

    @Test func wholeRatesFallOnWholeSeconds() throws {
        let rate = try #require(FrameRate(30))
        #expect(rate.instant(of: 300_000_000).nanoseconds == 10_000_000 * 1_000_000_000)
        let television = try #require(FrameRate("30000/1001"))
        #expect(television.instant(of: 30_000).nanoseconds == 1001 * 1_000_000_000)
        #expect(television.text == "30000/1001")
    }

    @Test(arguments: [
        "", "0", "-1", "241", "30/0", "1/2", "3.0001", "30.", ".5", "1e3", "30 ", "99999999999999999999/1",
    ])
    func otherTextIsNoRate(text: String) {
        #expect(FrameRate(text) == nil)
    }
}

import Base
import Testing

@Suite struct RateLimitTests {
    @Test func soManyGoThroughInAWindowAndTheNextTellsHowManyDidNot() {
        var limit = RateLimit(2, each: .seconds(10))
        let start = Instant(nanoseconds: 5)
        #expect(limit.take(at: start) == 0)
        #expect(limit.take(at: start + .seconds(9)) == 0)
        for _ in 0..<1000 { #expect(limit.take(at: start + .seconds(9)) == nil) }
        #expect(limit.take(at: start + .seconds(10)) == 1000)
        #expect(limit.take(at: start + .seconds(11)) == 0)
        #expect(limit.take(at: start + .seconds(11)) == nil)
        // The window begins with the first that is asked for in it.
        #expect(limit.take(at: start + .seconds(60)) == 1)
    }
}

import Testing

@testable import AudioPipeline

/// Where the stages look for the echo.
@Suite struct EchoAlignmentTests {
    /// `#expect` cannot call what changes its argument.
    private func take(_ alignment: inout EchoAlignment, _ body: (inout EchoAlignment) -> Bool) -> Bool {
        body(&alignment)
    }

    @Test func beginsWithWhatIsTold() {
        var alignment = EchoAlignment()
        #expect(take(&alignment) { !$0.take(told: 40) })
        #expect(alignment.filterOffset == 0 && alignment.position == 0)
        #expect(take(&alignment) { !$0.take(told: 75) })
        #expect(alignment.position == 0, "not another device")
        #expect(take(&alignment) { $0.take(told: 200) })
        #expect(alignment.filterOffset == 90 && alignment.position == 150)
    }

    @Test func believesWhatIsFoundThreeTimes() {
        var alignment = EchoAlignment()
        _ = alignment.take(told: 40)
        #expect(take(&alignment) { !$0.take(found: 140, clearness: 20) })
        #expect(take(&alignment) { !$0.take(found: 141, clearness: 20) })
        #expect(alignment.position == 0)
        #expect(take(&alignment) { $0.take(found: 140, clearness: 20) })
        #expect(alignment.position == 130 && alignment.filterOffset == 120)
        // In its new window the filter finds it again, and nothing moves any more.
        for _ in 0..<10 {
            let isMoved = alignment.take(found: 20, clearness: 20)
            #expect(!isMoved)
        }
        #expect(alignment.position == 130)
    }

    @Test func doesNotBelieveWhatIsVagueOrUnsteady() {
        var alignment = EchoAlignment()
        _ = alignment.take(told: 40)
        for place in 0..<100 {
            let isMoved = alignment.take(found: 200, clearness: place % 3 == 0 ? 2 : 20)
            #expect(!isMoved)
        }
        for place in 0..<100 {
            let isMoved = alignment.take(found: 100 + place % 10 * 5, clearness: 20)
            #expect(!isMoved)
        }
        #expect(alignment.position == 0)
    }

    @Test func anEchoEarlierThanToldIsFound() {
        var alignment = EchoAlignment()
        #expect(take(&alignment) { $0.take(told: 180) })
        #expect(alignment.filterOffset == 70 && alignment.position == 130)
        for _ in 0..<3 { _ = alignment.take(found: 15, clearness: 20) }
        #expect(alignment.position == 75 && alignment.filterOffset == 70)
    }
}

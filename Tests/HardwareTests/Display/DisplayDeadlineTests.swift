import Base
import Media
import Testing

@testable import Hardware

/// A connector that goes off and on, and modes that change, fifty times: how long until a picture is shown, in virtual
/// time.
@Suite struct DisplayDeadlineTests {
    private let fixture = DisplayFixture()
    private var graphics: FakeGraphics { fixture.graphics }
    private var card: FakeCardHardware { fixture.card }

    /// Draws, as the daemon does, until a picture of this word is on the glass.
    private func untilShown(_ word: UInt32) -> Duration? {
        let began = graphics.now
        while graphics.now - began < .seconds(10) {
            fixture.run(for: .milliseconds(1), word: word)
            if let shown = card.shown.last, shown.pixel == word { return shown.time - began }
        }
        return nil
    }

    private func untilLost() -> Duration? {
        let began = graphics.now
        while graphics.now - began < .seconds(10) {
            let lost = fixture.lost { try fixture.draw(1) }
            if lost != nil { return graphics.now - began }
        }
        return nil
    }

    private enum Fault: CaseIterable { case connector, mode, card }

    @Test func fiftyTimesInterruptedItShowsAgainWithinASecondAndNothingLeaks() throws {
        card.plugIn(0)
        try fixture.draw(1)
        let held = graphics.held
        var random = SeededRandom(seed: 4)
        for round in 0..<50 {
            let comment: Comment = "round \(round)"
            let word = UInt32(100 + round)
            fixture.run(for: .milliseconds(Int64.random(in: 0...500, using: &random)))
            // At rest, between two pictures, or with a buffer in hand.
            if round % 4 == 1 { try fixture.display.idle(until: graphics.now + .milliseconds(100)) }
            if round % 4 == 2 { _ = try fixture.display.nextBuffer() }
            switch Fault.allCases[round % 3] {
            case .connector:
                card.unplug()
                fixture.display.lookAgain()
                #expect(try #require(untilLost(), comment) <= .milliseconds(500), comment)
                #expect(graphics.held == 1, comment)
                fixture.run(for: .milliseconds(Int64.random(in: 0...5000, using: &random)))
                card.plugIn(0, round % 2 == 0 ? [.hd] : [.uhd])
            case .mode:
                card.plugIn(0, [card.ports[0].modes[0].width == 128 ? .hd : .uhd])
            case .card:
                card.isPresent = false
                #expect(try #require(untilLost(), comment) <= .milliseconds(500), comment)
                #expect(graphics.held == 0, comment)
                fixture.run(for: .milliseconds(Int64.random(in: 0...5000, using: &random)))
                card.isPresent = true
            }
            fixture.display.lookAgain()
            #expect(try #require(untilShown(word), comment) <= .seconds(1), comment)
            #expect(fixture.display.mode.width == card.ports[0].modes[0].width, comment)
            #expect(graphics.held == held, comment)
            #expect(graphics.violations.isEmpty, comment)
        }
        fixture.expectClean()
    }
}

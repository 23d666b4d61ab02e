import Base
import Glibc
import Media
import TestSupport
import Testing

@testable import Hardware

/// Buffers, flips and their times.
@Suite struct DisplayFlipTests {
    private let fixture: DisplayFixture
    private var graphics: FakeGraphics { fixture.graphics }
    private var card: FakeCardHardware { fixture.card }

    init() throws {
        fixture = DisplayFixture()
        fixture.card.plugIn(0)
    }

    @Test func everyPictureIsShownAtTheBlankAfterItsDrawing() throws {
        var promised: [Instant] = []
        for word in 1...5 { promised.append(try fixture.draw(UInt32(word))) }
        _ = try fixture.display.nextBuffer()
        let shown = card.shown.dropFirst()
        #expect(shown.map(\.pixel) == [1, 2, 3, 4, 5])
        // One a frame; from the second on, reckoned from the blank before, the promise is kept to the nanosecond.
        #expect(zip(shown.dropFirst(), shown).allSatisfy { $0.time - $1.time == card.period })
        #expect(zip(shown, promised).dropFirst().allSatisfy { abs(($0.time - $1).inNanoseconds) < 1000 })
        #expect(card.calls[.createBuffer] == 2)
        #expect(card.commits.dropFirst(2).allSatisfy { $0.kind == .flip })
        fixture.expectClean()
    }

    @Test func aDriverThatDoesNotSayWhenIsBelievedAtOnce() throws {
        card.saysWhen = false
        try fixture.draw(1)
        try fixture.draw(2)
        let promised = try fixture.draw(3)
        #expect(promised > graphics.now && promised - graphics.now <= card.period)
        fixture.expectClean()
    }

    @Test func theTwoBuffersTakeTurns() throws {
        var seen: [UnsafeMutableRawPointer] = []
        for _ in 0..<4 {
            seen.append(try fixture.display.nextBuffer().pixels)
            _ = try fixture.display.flip()
        }
        #expect(seen[0] == seen[2] && seen[1] == seen[3] && seen[0] != seen[1])
        // Asked again before it is shown, it is the same.
        let again = try fixture.display.nextBuffer().pixels
        #expect(try fixture.display.nextBuffer().pixels == again)
        fixture.expectClean()
    }

    /// Drawing takes 20 ms, a frame 16.7: with two buffers every picture would be shown for two frames.
    @Test func whereDrawingIsSlowAThirdBufferKeepsTheRate() throws {
        for word in 1...60 { try fixture.draw(UInt32(word), taking: .milliseconds(20)) }
        _ = try fixture.display.nextBuffer()
        let shown = card.shown.suffix(50)
        let took = shown.last!.time - shown.first!.time
        #expect(took < .milliseconds(20) * 49 + card.period * 2, "\(took)")
        #expect(card.calls[.createBuffer] == 3)
        #expect(shown.map(\.pixel) == shown.map(\.pixel).sorted())
        // Fast again: pictures are new again, at the blank after their drawing.
        for word in 100..<300 { try fixture.draw(UInt32(word)) }
        let drawn = graphics.now
        _ = try fixture.display.nextBuffer()
        #expect(card.shown.last!.pixel == 299 && card.shown.last!.time - drawn <= card.period)
        fixture.expectClean()
    }

    @Test func withoutMemoryForAThirdBufferTwoGoOn() throws {
        try fixture.draw(1, taking: .milliseconds(20))
        card.faults[.createBuffer] = Array(repeating: ENOMEM, count: 100)
        for word in 2...20 { try fixture.draw(UInt32(word), taking: .milliseconds(20)) }
        _ = try fixture.display.nextBuffer()
        #expect(card.shown.last?.pixel == 20)
        fixture.expectClean()
    }

    @Test func damageGoesWithTheFlipAndNothingOfItStays() throws {
        let damage = [
            DisplayRect(left: 1, top: 2, right: 3, bottom: 4), DisplayRect(left: 5, top: 6, right: 7, bottom: 8),
        ]
        try fixture.draw(1)
        let held = graphics.held
        try fixture.draw(2, damage: damage)
        #expect(card.lastDamage == [1, 2, 3, 4, 5, 6, 7, 8].flatMap { [$0, 0, 0, 0] })
        try fixture.draw(3)
        #expect(card.lastDamage.isEmpty)
        // A list that cannot be had is no reason not to show the picture.
        card.faults[.createBlob] = [ENOMEM]
        try fixture.draw(4, damage: damage)
        #expect(card.lastDamage.isEmpty)
        #expect(graphics.held == held)
        fixture.expectClean()
    }

    @Test func aDriverWithoutDamageIsGivenNone() throws {
        card.hasDamageClips = false
        try fixture.draw(1, damage: [DisplayRect(left: 0, top: 0, right: 1, bottom: 1)])
        #expect(card.calls[.createBlob] == 1)
        fixture.expectClean()
    }

    @Test func aFrameAllocatesNothing() throws {
        try fixture.draw(1)
        card.isQuiet = true
        // The list of settings that the card has written down stays with it.
        try fixture.draw(2)
        let display = try #require(fixture.display)
        let (end, pause) = (graphics.now + .seconds(1), Duration.milliseconds(2))
        // Until its next look at the connector, which is every two seconds and may allocate.
        try display.idle(until: end)
        var counts = [AllocationCount(), AllocationCount()]
        var frames = 0
        for index in counts.indices {
            counts[index].measure {
                for _ in 0..<25 {
                    guard (try? display.nextBuffer()) != nil else { return }
                    graphics.pass(pause)
                    guard (try? display.flip(damage: [])) != nil else { return }
                    frames += 1
                }
            }
        }
        #expect(frames == 50)
        #expect(counts.allSatisfy { $0.objects == 0 })
        // Twice, because what threads of other tests free meanwhile is in the books, too.
        #expect(counts.contains { $0.bytes == 0 })
        card.isQuiet = false
        fixture.expectClean()
    }

    @Test func aCommitThatComesTooEarlyIsRepeated() throws {
        try fixture.draw(1)
        card.faults[.commit] = [EBUSY, EBUSY, EBUSY]
        try fixture.draw(2)
        _ = try fixture.display.nextBuffer()
        #expect(card.shown.last?.pixel == 2)
        fixture.expectClean()
    }

    @Test func aCardThatIsBusyForGoodIsOpenedAgain() throws {
        try fixture.draw(1)
        card.faults[.commit] = Array(repeating: EBUSY, count: 510)
        let before = graphics.now
        let error = try #require(fixture.lost { try fixture.draw(2) })
        #expect(error.reason == .busy)
        #expect(graphics.now - before < .milliseconds(1100))
        card.faults = [:]
        graphics.pass(.seconds(1))
        try fixture.draw(3)
        fixture.expectClean()
    }

    @Test func aFlipThatNeverComesIsAnErrorAfterASecondAndNoHang() throws {
        try fixture.draw(1)
        _ = try fixture.display.nextBuffer()
        card.isStuck = true
        _ = try fixture.display.flip()
        let before = graphics.now
        let error = try #require(fixture.lost { _ = try fixture.display.nextBuffer() })
        #expect(error.reason == .failed && error.message.contains("page flip"))
        #expect(graphics.now - before == .seconds(1))
        #expect(graphics.held == 0)
        card.isStuck = false
        let (drawn, _) = fixture.run(for: .seconds(2))
        #expect(drawn > 50)
        fixture.expectClean()
    }

    /// A thread that was held up for long finds the event waiting, and not that its time is over.
    @Test func aFlipThatIsReadLateHasHappened() throws {
        try fixture.draw(1)
        graphics.pass(.seconds(30))
        try fixture.draw(2)
        #expect(fixture.display.generation == 1)
        fixture.expectClean()
    }
}

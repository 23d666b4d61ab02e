import Base
import Glibc
import Media
import Testing

@testable import Hardware

/// Monitors, cards and masters that come and go.
@Suite struct DisplayHotplugTests {
    private let fixture: DisplayFixture
    private var graphics: FakeGraphics { fixture.graphics }
    private var card: FakeCardHardware { fixture.card }
    private var display: KMSDisplay { fixture.display }

    init() throws {
        fixture = DisplayFixture()
        fixture.card.plugIn(0)
    }

    @Test func anUnpluggedMonitorIsLetGoByANullModesetAndComesBackInItsNewMode() throws {
        try fixture.draw(1)
        card.unplug()
        display.lookAgain()
        let error = try #require(fixture.lost { try fixture.draw(2) })
        #expect(error.reason == .lost && error.message.contains("DP-1"))
        #expect(card.isDark && card.connectedCRTCs.isEmpty)
        // Only the card is open, so that no console comes up on the next monitor.
        #expect(graphics.held == 1 && card.master != nil && card.cutOffs == 0)
        #expect(fixture.told.last == .some(nil))
        card.plugIn(0, [.uhd], edid: .named("Wall"))
        display.lookAgain()
        let buffer = try display.nextBuffer()
        #expect(buffer.width == 128 && display.mode == DisplayMode(width: 128, height: 72, refresh: 30))
        #expect(display.generation == 2 && display.device.name == "Wall (DP-1)")
        fixture.expectClean()
    }

    @Test func fiftyTimesUnpluggedNothingLeaks() throws {
        try fixture.draw(1)
        let held = graphics.held
        for cycle in 0..<50 {
            card.unplug()
            if cycle % 2 == 0 { display.lookAgain() }
            // With a buffer handed out, in the middle of a flip, or at rest.
            if cycle % 3 == 0 { _ = try? display.nextBuffer() }
            #expect(!fixture.run(for: .milliseconds(2300), pause: .milliseconds(50)).errors.isEmpty)
            #expect(graphics.held == 1, "cycle \(cycle)")
            card.plugIn(0, cycle % 4 == 0 ? [.uhd] : [.hd])
            if cycle % 2 == 0 { display.lookAgain() }
            #expect(fixture.run(for: .milliseconds(2300), pause: .milliseconds(50)).drawn > 3, "cycle \(cycle)")
            #expect(graphics.held == held, "cycle \(cycle)")
            #expect(graphics.violations.isEmpty, "cycle \(cycle)")
        }
        fixture.expectClean()
    }

    /// As with a card whose events are lost, on a home screen where nothing is drawn for hours.
    @Test func anUnpluggingThatNobodyToldIsFoundWithinTwoSeconds() throws {
        try fixture.draw(1)
        try display.idle(until: graphics.now + .milliseconds(100))
        let before = graphics.now
        card.unplug()
        #expect(fixture.lost { try display.idle(until: graphics.now + .seconds(60)) }?.reason == .lost)
        #expect(graphics.now - before <= .seconds(2))
        fixture.expectClean()
    }

    @Test func aHotplugEventEndsIdlenessAtOnce() throws {
        try fixture.draw(1)
        let display = display
        let before = graphics.now
        graphics.plan(after: .milliseconds(300)) { [card] in
            card.unplug()
            display.lookAgain()
        }
        try display.idle(until: graphics.now + .seconds(60))
        #expect(graphics.now - before == .milliseconds(300))
        #expect(fixture.lost { _ = try display.nextBuffer() }?.reason == .lost)
        fixture.expectClean()
    }

    @Test func anEventThatMeansAnotherDeviceChangesNothing() throws {
        try fixture.draw(1)
        let modesets = card.modesets
        for _ in 0..<20 {
            display.lookAgain()
            try fixture.draw(2)
        }
        #expect(card.modesets == modesets && display.generation == 1)
        fixture.expectClean()
    }

    @Test func anotherModeOfTheSameMonitorIsFollowed() throws {
        try fixture.draw(1)
        card.ports[0].modes = [.uhd, .of(64, 36, 60)]
        display.lookAgain()
        #expect(try display.nextBuffer().width == 128)
        #expect(display.generation == 2 && card.cutOffs == 0)
        fixture.expectClean()
    }

    @Test func idlenessEndsWhenTheModeBecomesAnother() throws {
        try fixture.draw(1)
        graphics.plan(after: .milliseconds(500)) { [card] in card.ports[0].modes = [.uhd] }
        let before = graphics.now
        try display.idle(until: graphics.now + .seconds(60))
        #expect(graphics.now - before <= .milliseconds(2500) && display.mode.width == 128)
        fixture.expectClean()
    }

    @Test func anotherMonitorWithTheSameModeIsLitAnew() throws {
        card.plugIn(0, edid: .named("Left"))
        try fixture.draw(1)
        card.plugIn(0, edid: .named("Right", physicalAddress: 0x2000))
        display.lookAgain()
        try fixture.draw(1)
        #expect(display.generation == 2 && display.device.name == "Right (DP-1)")
        #expect(fixture.told.last??.physicalAddress == 0x2000)
        fixture.expectClean()
    }

    @Test func aBadLinkIsTrainedAgain() throws {
        try fixture.draw(1)
        card.ports[0].isLinkBad = true
        display.lookAgain()
        try fixture.draw(2)
        #expect(!card.ports[0].isLinkBad && display.generation == 2)
        fixture.expectClean()
    }

    @Test func theSecondMonitorTakesOverAndStaysThoughTheFirstReturns() throws {
        card.plugIn(2, [.uhd])
        try fixture.draw(1)
        card.unplug(0)
        display.lookAgain()
        #expect(try display.nextBuffer().width == 128)
        card.plugIn(0)
        display.lookAgain()
        #expect(fixture.run(for: .seconds(5)).errors.isEmpty)
        #expect(display.device.id.hasSuffix("#HDMI-A-2"))
        fixture.expectClean()
    }

    @Test func aConfiguredConnectorIsWaitedFor() throws {
        let fixture = DisplayFixture("HDMI-A-1")
        fixture.card.plugIn(0)
        fixture.card.plugIn(1)
        try fixture.draw(1)
        fixture.card.unplug(1)
        fixture.display.lookAgain()
        #expect(fixture.run(for: .seconds(5)).drawn == 0)
        fixture.card.plugIn(1)
        #expect(fixture.run(for: .seconds(3)).drawn > 20)
        fixture.expectClean()
    }

    @Test func whileThereIsNoMonitorItIsLookedForEveryTwoSecondsAndNotMoreOften() throws {
        try fixture.draw(1)
        card.unplug()
        display.lookAgain()
        let (opens, probes) = (graphics.opens, card.probes)
        fixture.run(for: .seconds(20))
        #expect(graphics.opens == opens)
        #expect(card.probes - probes <= 13 * card.ports.count)
        fixture.expectClean()
    }

    @Test func aCardThatVanishesAndReturnsIsOpenedAgain() throws {
        try fixture.draw(1)
        card.isPresent = false
        let (drawn, errors) = fixture.run(for: .seconds(5))
        #expect(drawn == 0 && errors.allSatisfy { $0.reason == .lost })
        #expect(graphics.held == 0)
        card.isPresent = true
        #expect(fixture.run(for: .seconds(2)).drawn > 50)
        fixture.expectClean()
    }

    @Test func aCardThatAnotherDrivesIsTriedOnceASecondAndTakenWhenFree() throws {
        card.isTaken = true
        let (drawn, errors) = fixture.run(for: .seconds(10))
        #expect(drawn == 0 && errors.allSatisfy { $0.reason == .busy && $0.message.contains("another program") })
        // Twice each time, because the other may only have looked at it.
        #expect((16...22).contains(graphics.opens))
        #expect(graphics.held == 0)
        card.isTaken = false
        #expect(fixture.run(for: .milliseconds(1300), pause: .milliseconds(100)).drawn > 5)
        fixture.expectClean()
    }

    @Test func whoLooksAtTheCardWhileItIsOpenedDoesNotKeepItFromUs() throws {
        card.isTaken = true
        graphics.plan(after: .milliseconds(20)) { self.card.isTaken = false }
        try fixture.draw(1)
        #expect(graphics.opens == 2)
        fixture.expectClean()
    }

    @Test func aMasterLostInTheMiddleIsRegained() throws {
        try fixture.draw(1)
        card.isTaken = true
        let error = try #require(fixture.lost { try fixture.draw(2) })
        #expect(error.reason == .busy)
        let opens = graphics.opens
        fixture.run(for: .seconds(10))
        #expect((16...22).contains(graphics.opens - opens))
        card.isTaken = false
        #expect(fixture.run(for: .seconds(2)).drawn > 40)
        #expect(display.generation == 2)
        fixture.expectClean()
    }

    /// Every call fails once at every place where it is made; each time the display is there again soon after, with
    /// nothing left over.
    @Test(arguments: KMSFailure.Call.allCases) func everyCallMayFailAtAnyTime(call: KMSFailure.Call) throws {
        for code in [EIO, EACCES, EINVAL] {
            for place in 0..<4 {
                let fixture = DisplayFixture()
                let card = fixture.card
                card.plugIn(0, edid: .named("Wall"))
                card.faults[call] = Array(repeating: 0, count: place) + [code]
                let comment: Comment = "\(call) \(place) errno \(code)"
                fixture.run(for: .milliseconds(100), pause: .milliseconds(20))
                _ = fixture.lost { try fixture.display.setPower(on: false) }
                _ = fixture.lost { try fixture.display.idle(until: fixture.graphics.now + .milliseconds(20)) }
                _ = fixture.lost { try fixture.display.setPower(on: true) }
                card.unplug()
                fixture.display.lookAgain()
                fixture.run(for: .milliseconds(300), pause: .milliseconds(50))
                card.plugIn(0, [.uhd])
                fixture.display.lookAgain()
                fixture.run(for: .milliseconds(1300), pause: .milliseconds(100))
                #expect(fixture.run(for: .milliseconds(200), pause: .milliseconds(20)).drawn > 3, comment)
                #expect(card.shown.last?.pixel == 7, comment)
                fixture.expectClean(comment)
            }
        }
    }
}

import Base
import Glibc
import Media
import Testing

@testable import Hardware

/// Standby, and the end.
@Suite struct DisplayPowerTests {
    private let fixture: DisplayFixture
    private var graphics: FakeGraphics { fixture.graphics }
    private var card: FakeCardHardware { fixture.card }
    private var display: KMSDisplay { fixture.display }

    init() throws {
        fixture = DisplayFixture()
        fixture.card.plugIn(0)
    }

    @Test func standbyIsBlackFirstThenNoSignal() throws {
        for word in 1...3 { try fixture.draw(UInt32(word)) }
        try display.setPower(on: false)
        #expect(card.shown.suffix(2).map(\.pixel) == [3, 0])
        #expect(card.isDark)
        // The black was on the glass before the signal went.
        #expect(card.commits.suffix(2).map(\.kind) == [.flip, .modeset])
        #expect(graphics.now >= card.shown.last!.time)
        #expect(display.generation == 2)
        fixture.expectClean()
    }

    @Test func inStandbyPicturesAreDrawnAndNotShownAndTheLastIsThereOnWaking() throws {
        try fixture.draw(1)
        try display.setPower(on: false)
        let commits = card.commits.count
        for word in 2...9 { try fixture.draw(UInt32(word)) }
        try display.idle(until: graphics.now + .seconds(1))
        #expect(card.commits.count == commits && card.isDark)
        try display.setPower(on: true)
        #expect(card.shown.last?.pixel == 9 && !card.isDark)
        try fixture.draw(10)
        _ = try display.nextBuffer()
        #expect(card.shown.last?.pixel == 10)
        fixture.expectClean()
    }

    @Test func askedTwiceItIsDoneOnce() throws {
        try fixture.draw(1)
        try display.setPower(on: true)
        let modesets = card.modesets
        try display.setPower(on: false)
        try display.setPower(on: false)
        #expect(card.modesets == modesets + 1)
        fixture.expectClean()
    }

    @Test func powerIsRememberedWhileThereIsNoMonitor() throws {
        card.unplug()
        #expect(fixture.lost { _ = try display.nextBuffer() }?.reason == .lost)
        try display.setPower(on: false)
        card.plugIn(0)
        display.lookAgain()
        try fixture.draw(1)
        #expect(card.isDark && card.shown.isEmpty)
        try display.setPower(on: true)
        #expect(!card.isDark)
        fixture.expectClean()
    }

    @Test func aMonitorUnpluggedInStandbyComesBackInStandby() throws {
        try fixture.draw(1)
        try display.setPower(on: false)
        card.unplug()
        display.lookAgain()
        #expect(fixture.lost { try display.idle(until: graphics.now + .seconds(1)) }?.reason == .lost)
        card.plugIn(0, [.uhd])
        display.lookAgain()
        try fixture.draw(2)
        #expect(card.isDark)
        try display.setPower(on: true)
        #expect(card.shown.last?.pixel == 2 && display.mode.width == 128)
        fixture.expectClean()
    }

    @Test(arguments: [0, 1]) func aCommitThatFailsOnTheWayToStandbyLosesTheDisplayOnce(passes: Int) throws {
        try fixture.draw(1)
        card.faults[.commit] = Array(repeating: 0, count: passes) + [EIO]
        #expect(fixture.lost { try display.setPower(on: false) }?.reason == .failed)
        try display.setPower(on: false)
        graphics.pass(.seconds(1))
        try fixture.draw(2)
        #expect(card.isDark)
        card.faults[.commit] = [EIO]
        #expect(fixture.lost { try display.setPower(on: true) }?.reason == .failed)
        graphics.pass(.seconds(1))
        try fixture.draw(3)
        #expect(!card.isDark)
        fixture.expectClean()
    }

    @Test func theEndIsABlackPictureAndNothingHeld() throws {
        for word in 1...3 { try fixture.draw(UInt32(word)) }
        _ = try display.nextBuffer()
        try display.idle(until: graphics.now)
        display.stop()
        #expect(card.shown.last?.pixel == 0)
        #expect(card.cutOffs == 0)
        #expect(card.master == nil && graphics.held == 0)
        #expect(fixture.lost { _ = try display.nextBuffer() }?.message.contains("stopped") == true)
        #expect(fixture.lost { _ = try display.flip() } != nil)
        #expect(fixture.lost { try display.idle(until: graphics.now + .seconds(1)) } != nil)
        try display.setPower(on: false)
        fixture.expectClean()
    }

    @Test func whileABufferIsDrawnIntoTheEndWaitsForTheDrawer() throws {
        try fixture.draw(1)
        let buffer = try display.nextBuffer()
        display.stop()
        // Still there.
        buffer.pixels.storeBytes(of: 5, as: UInt32.self)
        #expect(graphics.held > 0)
        #expect(fixture.lost { _ = try display.flip() } != nil)
        #expect(graphics.held == 0 && card.shown.last?.pixel == 0)
        fixture.expectClean()
    }

    @Test func aDrawerWhoNeverReturnsIsWaitedForUntilTheDisplayIsGone() throws {
        _ = try display.nextBuffer()
        display.stop()
        #expect(graphics.held > 0)
        fixture.display = nil
        #expect(graphics.held == 0 && graphics.violations.isEmpty)
    }

    /// The wait is a real one here, and another thread ends it.
    @Test func theEndComesAtOnceToAThreadThatWaitsForAFlip() throws {
        try fixture.draw(1)
        _ = try display.nextBuffer()
        card.isStuck = true
        _ = try display.flip()
        let display = display
        let thread = try DeviceThread(name: "waiter") { display.stop() }
        graphics.onWait = { signal in
            signal.wait()
            return .signalled
        }
        #expect(fixture.lost { _ = try display.nextBuffer() }?.message.contains("stopped") == true)
        thread.join()
        #expect(graphics.held == 0)
        fixture.expectClean()
    }

    @Test func withoutAMonitorTheEndGivesTheCardUp() throws {
        card.unplug()
        #expect(fixture.lost { _ = try display.nextBuffer() }?.reason == .lost)
        display.stop()
        #expect(card.master == nil && graphics.held == 0)
        fixture.expectClean()
    }
}

import Base
import Janus
import Testing

@testable import Conferencing

@Suite struct MendingTests {
    private let start = Instant.zero + .seconds(100)

    private func conditions(
        publisher: Mending.Condition = Mending.Condition(use: .standing),
        subscriber: Mending.Condition = Mending.Condition(use: .standing)
    ) -> [JanusPeer: Mending.Condition] {
        [.publisher: publisher, .subscriber: subscriber]
    }

    private func heard(
        _ seconds: Double, use: JanusPeerUse = .standing, isBroken: Bool = false, isUprooted: Bool = false
    ) -> Mending.Condition {
        Mending.Condition(
            heardAt: start + .seconds(seconds), use: use, isBroken: isBroken, isUprooted: isUprooted)
    }

    @Test func isDoneWhenBothAreHeardAgain() {
        var mending = Mending(lively: [.publisher, .subscriber], at: start)
        let now = start + .milliseconds(100)
        #expect(mending.look(conditions(publisher: heard(0.05), subscriber: heard(-1)), at: now).isEmpty)
        #expect(!mending.isDone, "nobody is received yet")
        #expect(mending.look(conditions(publisher: heard(0.05), subscriber: heard(0.1)), at: now).isEmpty)
        #expect(mending.isDone)
    }

    @Test func onlyWhatIsBrokenBeginsAnew() {
        var mending = Mending(lively: [.publisher, .subscriber], at: start)
        let broken = conditions(publisher: heard(0.05), subscriber: heard(-1))
        #expect(mending.look(broken, at: start + .milliseconds(590)).isEmpty)
        #expect(mending.look(broken, at: start + .milliseconds(610)) == [.restart(.subscriber)])
        #expect(mending.look(broken, at: start + .seconds(3)).isEmpty)
        #expect(mending.look(broken, at: start + .seconds(3.7)) == [.remake(.subscriber)])
        #expect(mending.look(broken, at: start + .seconds(11)).isEmpty)
        #expect(mending.look(broken, at: start + .seconds(12)) == [.giveUp])
    }

    /// Datagrams may come on a connection that ICE or DTLS has given up.
    @Test func whatWasToldAsBrokenHasToBeToldAsConnected() {
        var mending = Mending(lively: [.publisher, .subscriber], at: start)
        let now = start + .milliseconds(50)
        let broken = conditions(publisher: heard(0.05, isBroken: true), subscriber: heard(0.05))
        #expect(mending.look(broken, at: now) == [.restart(.publisher)])
        let half = conditions(publisher: heard(0.2, isBroken: true))
        #expect(mending.look(half, at: start + .milliseconds(300)).isEmpty && !mending.isDone)
        _ = mending.look(conditions(publisher: heard(0.2)), at: start + .milliseconds(350))
        #expect(mending.isDone)
    }

    @Test func whatCarriedNothingIsNotWaitedFor() {
        var mending = Mending(lively: [.publisher], at: start)
        #expect(
            mending.look(conditions(publisher: heard(0.05), subscriber: heard(-4)), at: start + .seconds(0.1)).isEmpty)
        #expect(mending.isDone)
        // But for another address.
        mending = Mending(lively: [.publisher], at: start)
        let moved = conditions(publisher: heard(0.05), subscriber: heard(-4, isUprooted: true))
        #expect(mending.look(moved, at: start + .seconds(0.1)) == [.restart(.subscriber)])
    }

    @Test func whatNobodyNeedsIsNotMended() {
        var mending = Mending(lively: [.publisher, .subscriber], at: start)
        let alone = conditions(publisher: heard(0.05), subscriber: heard(-1, use: .unused, isBroken: true))
        #expect(mending.look(alone, at: start + .seconds(0.1)).isEmpty)
        #expect(mending.isDone)
    }

    /// Its negotiation was cut off with the link.
    @Test func whatTheSessionMakesIsWaitedFor() {
        var mending = Mending(lively: [.publisher, .subscriber], at: start)
        let made = conditions(publisher: heard(0.05), subscriber: Mending.Condition(use: .making, isBroken: true))
        #expect(mending.look(made, at: start + .seconds(0.1)).isEmpty && !mending.isDone)
        #expect(mending.look(made, at: start + .seconds(8)).isEmpty)
        #expect(mending.look(made, at: start + .seconds(8.2)) == [.giveUp])
    }

    /// What the session has made by itself meanwhile is a connection of its own, which has all the time that one has.
    @Test func whatTheSessionMadeIsNotMadeOnceMore() {
        var mending = Mending(lively: [.publisher, .subscriber], at: start)
        let silent = conditions(publisher: heard(0.05), subscriber: heard(-1))
        #expect(mending.look(silent, at: start + .seconds(0.7)) == [.restart(.subscriber)])
        let made = conditions(subscriber: Mending.Condition(use: .making, isBroken: true))
        #expect(mending.look(made, at: start + .seconds(3.6)).isEmpty)
        // Negotiated, and not connected yet.
        let negotiated = conditions(subscriber: Mending.Condition(use: .standing, isBroken: true))
        #expect(mending.look(negotiated, at: start + .seconds(3.8)).isEmpty)
        #expect(mending.look(negotiated, at: start + .seconds(11)).isEmpty)
        #expect(mending.look(negotiated, at: start + .seconds(12)) == [.giveUp])
    }

    @Test func whatIsBeingMadeWhenTheWayIsBackIsNotRestarted() {
        var mending = Mending(lively: [.publisher, .subscriber], at: start)
        let made = conditions(publisher: heard(0.05), subscriber: Mending.Condition(use: .making, isBroken: true))
        #expect(mending.look(made, at: start + .seconds(0.1)).isEmpty)
        let negotiated = conditions(subscriber: Mending.Condition(use: .standing, isBroken: true))
        #expect(mending.look(negotiated, at: start + .seconds(1)).isEmpty && !mending.isDone)
        _ = mending.look(conditions(subscriber: heard(1.5)), at: start + .seconds(1.6))
        #expect(mending.isDone)
    }

    @Test func oneThatFallsSilentByItselfBeginsAtTheSecondStep() {
        var mending = Mending(restarting: .subscriber, at: start)
        let silent = conditions(publisher: heard(-1), subscriber: heard(-12, isBroken: true))
        #expect(mending.look(silent, at: start + .seconds(1)).isEmpty && !mending.isDone)
        _ = mending.look(conditions(publisher: heard(-1), subscriber: heard(1)), at: start + .seconds(1.1))
        #expect(mending.isDone)
    }
}

import ControlAPI
import Testing

@testable import ControlServer

@Suite struct OutputLedgerTests {
    private let first = ClientID(1)
    private let second = ClientID(2)

    @Test func aClientMayQueueItsShareBesideOneSnapshot() throws {
        var ledger = OutputLedger(limits: .init(perClient: 100, total: 1000))
        let entered = (
            snapshot: ledger.enter(500, for: first, isSnapshot: true),
            line: ledger.enter(100, for: first, isSnapshot: false)
        )
        let another = ledger.enter(1, for: first, isSnapshot: false)
        let secondSnapshot = ledger.enter(1, for: first, isSnapshot: true)
        #expect(another == nil)
        #expect(secondSnapshot == nil, "a second snapshot counts like any line")
        ledger.leave(try #require(entered.line))
        let counted = ledger.enter(100, for: first, isSnapshot: true)
        #expect(counted?.isExempt == false)
        ledger.leave(try #require(entered.snapshot))
        let exempt = ledger.enter(500, for: first, isSnapshot: true)
        #expect(exempt?.isExempt == true)
    }

    @Test func whenAllTogetherIsTooMuchTheWorstGoes() {
        var ledger = OutputLedger(limits: .init(perClient: 100, total: 150))
        _ = ledger.enter(60, for: first, isSnapshot: false)
        _ = ledger.enter(80, for: second, isSnapshot: false)
        #expect(ledger.worstOffender == nil)
        _ = ledger.enter(15, for: first, isSnapshot: false)
        #expect(ledger.worstOffender == second)
        ledger.remove(second)
        #expect(ledger.worstOffender == nil)
        #expect(ledger.total == 75)
    }

    @Test func entriesOfForgottenClientsDoNotCount() throws {
        var ledger = OutputLedger(limits: .init())
        let entry = ledger.enter(10, for: first, isSnapshot: false)
        ledger.remove(first)
        ledger.leave(try #require(entry))
        #expect(ledger.total == 0)
    }
}

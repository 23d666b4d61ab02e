import Base
import CTestSupport
import Glibc
import Testing
import WebRTC

/// What calls leave on the heap, of Swift's and of the C libraries', when they are over.
@Suite struct LeakTests {
    /// A process of its own, because the heap's books are the whole process's.
    @Test func callsGiveBackAllTheyTook() async {
        await #expect(processExitsWith: .success) {
            // What is made once for all, and what malloc keeps at hand for each size: it counts as used, and grows by
            // ever less (in blocks of 60 calls 790,000 bytes, 45,000, 10,000, 5,000, 3,000, then about nothing).
            for seed in 1...240 as ClosedRange<UInt64> { try Self.play(seed: seed) }
            let before = ctestsupport_heap_bytes()
            for seed in 241...300 as ClosedRange<UInt64> { try Self.play(seed: seed) }
            let growth = ctestsupport_heap_bytes() - before
            // One datagram kept of each of the calls would be more.
            guard growth < 20_000 else { fatalError("\(growth) bytes more after 60 calls") }
            exit(EXIT_SUCCESS)
        }
    }

    /// A call of every kind of luck: some end well, some in the middle of the handshake, some by the silence of the other.
    private static func play(seed: UInt64) throws {
        var call = VirtualCall(seed: seed)
        call.addMedia()
        call.conditions = LinkConditions(loss: 0.1, duplication: 0.1, delay: .milliseconds(5) ... .milliseconds(80))
        try call.negotiate()
        call.openSockets()
        if seed % 4 == 0 {
            call.run(for: .milliseconds(60))
            return
        }
        call.connect(within: .seconds(30))
        call.play(for: .milliseconds(400))
        if seed % 4 == 1 {
            call.conditions.loss = 1
            call.run(for: .seconds(40))
            guard call.near.peer.state == .failed else { fatalError("silence is not noticed") }
        }
        if seed % 4 == 2 { call.near.peer.close(at: call.now) }
        call.run(for: .seconds(1))
    }
}

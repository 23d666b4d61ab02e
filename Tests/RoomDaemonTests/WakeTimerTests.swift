import Base
import Synchronization
import Testing

@testable import RoomDaemon

@Suite(.timeLimit(.minutes(1))) struct WakeTimerTests {
    /// Sleeps that end when the test says so.
    private final class Sleeps: Sendable {
        struct Cancelled: Error {}

        let started: AsyncStream<(wait: Duration, wake: AsyncStream<Void>.Continuation)>
        private let starting: AsyncStream<(wait: Duration, wake: AsyncStream<Void>.Continuation)>.Continuation

        init() {
            (started, starting) = AsyncStream.makeStream()
        }

        func sleep(_ wait: Duration) async throws {
            let (waking, wake) = AsyncStream<Void>.makeStream()
            starting.yield((wait, wake))
            // Ends with nothing when the task is cancelled.
            var iterator = waking.makeAsyncIterator()
            if await iterator.next() == nil { throw Cancelled() }
        }
    }

    private func at(_ milliseconds: Int) -> Instant { .zero + .milliseconds(milliseconds) }

    @Test func itStartsAnewOnlyToRingEarlierAndAgainAfterItRang() async throws {
        let sleeps = Sleeps()
        let (rings, ring) = AsyncStream<Void>.makeStream()
        let timer = WakeTimer(sleep: { try await sleeps.sleep($0) }, ring: { ring.yield() })
        var started = sleeps.started.makeAsyncIterator()
        var rung = rings.makeAsyncIterator()

        timer.set(at(1000), now: at(0))
        let first = try #require(await started.next())
        #expect(first.wait == .milliseconds(1000))
        for later in 1000..<2000 { timer.set(at(later), now: at(10)) }
        timer.set(at(500), now: at(20))
        let second = try #require(await started.next())
        #expect(second.wait == .milliseconds(480), "nothing was started for what is later")
        // The first is cancelled: that it wakes now changes nothing.
        first.wake.yield()
        timer.set(at(700), now: at(30))

        second.wake.yield()
        _ = await rung.next()
        timer.set(at(700), now: at(500))
        let third = try #require(await started.next())
        #expect(third.wait == .milliseconds(200))
        timer.cancel()
        timer.set(at(100), now: at(600))
        #expect(try #require(await started.next()).wait == .milliseconds(1), "what is overdue rings soon")
        timer.cancel()
    }
}

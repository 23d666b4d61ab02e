import Base
import Meeting
import Signaling
import Synchronization
import Testing

@testable import Conferencing

@Suite(.timeLimit(.minutes(1))) struct SocketReturnTests {
    /// Attempts so far; the first hangs until it is cancelled.
    private final class Server: Sendable {
        let attempts = Mutex(0)

        func attempt() async -> Result<WebSocketClient, SignalingError> {
            let number = attempts.withLock { count in
                count += 1
                return count
            }
            if number == 1 { _ = try? await Task.sleep(for: .seconds(1000)) }
            return .failure(.unreachable("attempt \(number)"))
        }

        func reached(_ count: Int) async throws {
            while attempts.withLock({ $0 }) < count {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    @Test func anAttemptThatHangsHoldsUpNoOther() async throws {
        let server = Server()
        let attempts = SocketReturn(seed: 1) { await server.attempt() }
        let work = Task { await attempts.connect(patience: .seconds(1000)) }
        try await server.reached(3)
        work.cancel()
        guard case .failure(.cancelled) = await work.value else { Issue.record("not cancelled"); return }
    }

    @Test func whenItsPatienceIsOverItTellsWhy() async throws {
        let server = Server()
        server.attempts.withLock { $0 = 1 }
        let attempts = SocketReturn(seed: 1) { await server.attempt() }
        let result = await attempts.connect(patience: .zero)
        guard case .failure(let error) = result else { Issue.record("connected"); return }
        #expect(error == .unreachable("attempt 2"))
    }

    // MARK: - Refusals

    /// Attempts of an hour, in seconds after the first, of which each fails at once.
    private func attempts(_ error: SignalingError, seed: UInt64) -> [Double] {
        var pacing = SocketPacing(random: SeededRandom(seed: seed))
        let start = Instant.zero + .seconds(10)
        var now = start
        var attempts: [Double] = []
        while now - start < .seconds(3600) {
            if pacing.mayTry(at: now) {
                attempts.append((now - start).inSeconds)
                let pause = pacing.pause(at: now)
                pacing.failed(error, at: now)
                now = now + pause
            } else {
                now = now + pacing.pause(at: now)
            }
        }
        return attempts
    }

    @Test(arguments: [SignalingError.refused(status: 403, "Forbidden"), .tlsFailed("the certificate has expired")])
    func aServerThatRefusesIsLeftInPeace(_ error: SignalingError) {
        for seed in 1...20 as ClosedRange<UInt64> {
            let times = attempts(error, seed: seed)
            #expect(times.count < 3600 / 10, "seed \(seed)")
            #expect(times[1] < 2.6, "seed \(seed): the second comes soon")
        }
        #expect(attempts(.refused(status: 403, ""), seed: 1) != attempts(.refused(status: 403, ""), seed: 2))
    }

    /// It is to be found within five seconds of its return.
    @Test(arguments: [SignalingError.refused(status: 502, "Bad Gateway"), .unreachable("refused")])
    func aServerThatIsAwayIsLookedForEveryOtherSecond(_ error: SignalingError) {
        for seed in 1...20 as ClosedRange<UInt64> {
            let times = attempts(error, seed: seed)
            let gaps = zip(times.dropFirst(4), times.dropFirst(3)).map { $0 - $1 }
            #expect(gaps.allSatisfy { $0 >= 1.5 && $0 <= 2.5 }, "seed \(seed)")
        }
    }

    @Test func anotherNetworkEndsThePeace() {
        var pacing = SocketPacing(random: SeededRandom(seed: 1))
        pacing.failed(.refused(status: 403, ""), at: .zero)
        #expect(!pacing.mayTry(at: .zero))
        pacing.reset()
        #expect(pacing.mayTry(at: .zero))
    }

    /// The conference has a schedule over all its attempts, which must not begin anew with each.
    @Test func aJoinEndsWithTheFirstRefusal() async {
        let attempts = Atomic(0)
        let server = SocketReturn(seed: 1) {
            attempts.add(1, ordering: .relaxed)
            return .failure(.refused(status: 502, "Bad Gateway"))
        }
        let result = await server.connect(patience: .seconds(1000), endsWhenRefused: true)
        guard case .failure(let error) = result else { Issue.record("connected"); return }
        #expect(error.meaning == .unreachable && attempts.load(ordering: .relaxed) == 1)
    }
}

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
}

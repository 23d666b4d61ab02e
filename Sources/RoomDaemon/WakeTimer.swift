import Base
import Synchronization

/// Rings at an instant. It is set anew at whatever happens, thousands of times a second; it starts anew only when it has
/// to ring earlier than it would. Who was woken too early sets it again.
final class WakeTimer: Sendable {
    private struct Armed: Sendable {
        let number: UInt64
        let due: Instant
        let task: Task<Void, Never>
    }

    private struct State: Sendable {
        var last: UInt64 = 0
        var armed: Armed?
    }

    private let state = Mutex(State())
    private let sleep: @Sendable (Duration) async throws -> Void
    private let ring: @Sendable () -> Void

    /// - Parameter sleep: for tests; throws when it is cancelled.
    init(
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        ring: @escaping @Sendable () -> Void
    ) {
        self.sleep = sleep
        self.ring = ring
    }

    /// It rings once, then or before.
    func set(_ due: Instant, now: Instant) {
        state.withLock { state in
            if let armed = state.armed, armed.due <= due { return }
            state.armed?.task.cancel()
            state.last += 1
            let number = state.last
            let wait = max(due - now, .milliseconds(1))
            let task = Task { [weak self, sleep] in
                guard (try? await sleep(wait)) != nil else { return }
                self?.hasSlept(number)
            }
            state.armed = Armed(number: number, due: due, task: task)
        }
    }

    func cancel() {
        state.withLock { state in
            state.armed?.task.cancel()
            state.armed = nil
        }
    }

    private func hasSlept(_ number: UInt64) {
        // Before it rings: who is woken sets it again.
        state.withLock { state in
            if state.armed?.number == number { state.armed = nil }
        }
        ring()
    }
}

public import Base
import Media

/// A clock that jumps to where somebody waits for. May be shared by devices of one test, on one thread or several.
public final class VirtualPacer: Pacer {
    private struct State {
        var now: Instant
        var isInterrupted = false
    }

    private let state: Monitor<State>

    public init(startingAt start: Instant) {
        state = Monitor(State(now: start))
    }

    public var now: Instant { state.withLock { $0.now } }

    public func wait(until instant: Instant) -> Bool {
        state.withLock { state in
            guard !state.isInterrupted else { return false }
            state.now = max(state.now, instant)
            return true
        }
    }

    /// Lets time pass while nobody waits, as when a thread was held up.
    public func advance(by duration: Duration) {
        state.withLock { $0.now += duration }
    }

    public func interrupt() {
        state.withLock { $0.isInterrupted = true }
    }
}

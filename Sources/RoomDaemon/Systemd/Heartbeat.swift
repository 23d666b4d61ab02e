import Base
import Media

/// Whether every loop of the daemon goes on.
struct Heartbeat: Sendable {
    struct Loop: Sendable {
        var pulse: LoopPulse
        /// Has a loop that rests beat. nil for loops that beat by themselves.
        var nudge: (@Sendable () -> Void)?
    }

    private let loops: [Loop]
    private let patience: Duration
    private let began: Instant

    /// - Parameters:
    ///   - patience: how long a loop may take for one turn, or for its first.
    ///   - now: when they have been started.
    init(_ loops: [Loop], patience: Duration, at now: Instant) {
        self.loops = loops
        self.patience = patience
        began = now
    }

    /// The names of those that stand still.
    func stalled(at now: Instant) -> [String] {
        loops.compactMap { loop in
            now - max(loop.pulse.lastBeat ?? began, began) > patience ? loop.pulse.name : nil
        }
    }

    func nudge() {
        for loop in loops { loop.nudge?() }
    }
}

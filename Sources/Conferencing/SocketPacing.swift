import Base
import Meeting
import Signaling

/// When the next attempt to reach a server is begun beside those under way.
struct SocketPacing {
    private var schedule: ReturnSchedule
    /// It has refused, and is left in peace until then.
    private var quietUntil: Instant?

    init(random: SeededRandom) {
        schedule = ReturnSchedule(random: random)
    }

    /// An attempt failed.
    mutating func failed(_ error: SignalingError, at now: Instant) {
        guard error.isRefusal, !error.isAway else { return }
        quietUntil = now + schedule.interval(after: error.meaning)
    }

    func mayTry(at now: Instant) -> Bool { quietUntil.map { now >= $0 } ?? true }

    /// Until the next look.
    mutating func pause(at now: Instant) -> Duration {
        if let quietUntil, quietUntil > now { return quietUntil - now }
        return schedule.interval(after: .unreachable)
    }

    /// The network has changed.
    mutating func reset() {
        schedule.reset()
        quietUntil = nil
    }
}

extension SignalingError {
    /// Somebody has answered, and does not let us in.
    var isRefusal: Bool {
        switch self {
        case .refused, .protocolViolation, .tlsFailed, .tooLarge, .invalidAddress: true
        case .unreachable, .timeout, .cancelled: false
        }
    }

    /// What answered stands before the server, which is away (RFC 9110 §15.6.3 to §15.6.5).
    var isAway: Bool {
        if case .refused(502...504, _) = self { true } else { false }
    }
}

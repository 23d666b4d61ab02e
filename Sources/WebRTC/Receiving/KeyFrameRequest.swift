import Base

/// When to ask for a key frame: after the patience with a gap has run out, and again while none has come, but never
/// more often than the pause allows.
struct KeyFrameRequest: Hashable, Sendable {
    /// When to ask, while one is wanted.
    private var due: Instant?
    /// Asked for, and not yet there.
    private var isOutstanding = false
    private var lastSent: Instant?
    private var pause = Duration.zero
    /// Requests since the last key frame.
    private var inVain = 0
    private(set) var sent: UInt64 = 0

    /// The first requests may be lost, or the key frame may; who then still sends none is asked less and less often.
    private static let shortestPause = Duration.milliseconds(200)

    /// Of full intra requests: one more with each.
    var command: UInt8 { UInt8(truncatingIfNeeded: sent) }

    /// Something holds decoding up since `now`, if nothing did before.
    mutating func want(since now: Instant, patience: Duration) {
        due = min(due ?? .distantFuture, now + patience)
    }

    /// Decoding cannot go on without one.
    mutating func demand(at now: Instant) {
        due = now
        isOutstanding = true
    }

    /// Nothing holds decoding up any more.
    mutating func satisfied() {
        if !isOutstanding { due = nil }
    }

    mutating func keyFrameCame() {
        isOutstanding = false
        due = nil
        inVain = 0
    }

    var nextDeadline: Instant? {
        guard let due else { return nil }
        return max(due, lastSent.map { $0 + pause } ?? .zero)
    }

    /// Whether to ask now.
    mutating func poll(roundTrip: Duration, at now: Instant) -> Bool {
        guard let nextDeadline, nextDeadline <= now else { return false }
        lastSent = now
        sent += 1
        pause = roundTrip + Self.shortestPause * (1 << min(inVain, 2))
        inVain += 1
        // Until something shows that it is no longer wanted, ask again after the pause.
        due = now
        return true
    }
}

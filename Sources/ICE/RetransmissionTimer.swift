import Base

/// When a STUN request over UDP is sent again and when it is given up (RFC 8489 §6.2.1).
///
/// The wait doubles to a second and no further: with an RTO of 500 ms requests go out at 0, 0.5, 1.5, 2.5 … 37.5 s, and the
/// transaction fails at 39.5 s. RFC 8489 goes on doubling and asks 7 times in the same time. Where a fifth gets lost on
/// each of three links there and back, one transaction in nine would fail so, and a network that comes back would be
/// noticed up to 16 s later.
struct RetransmissionTimer: Hashable, Sendable {
    enum Action: Hashable, Sendable {
        case resend
        case giveUp
    }

    private let initial: Duration
    private let requests: Int
    private let lastWait: Int
    private static let longestInterval = Duration.seconds(1)
    private var interval: Duration
    private(set) var sent = 1
    private(set) var dueAt: Instant

    init(rto: Duration, requests: Int = 39, lastWait: Int = 4, at now: Instant) {
        initial = rto
        self.requests = requests
        self.lastWait = lastWait
        interval = rto
        dueAt = now + (requests > 1 ? rto : rto * lastWait)
    }

    /// - Returns: what to do now; nil before it is due.
    mutating func fire(at now: Instant) -> Action? {
        guard now >= dueAt else { return nil }
        guard sent < requests else { return .giveUp }
        sent += 1
        interval = following(interval)
        // From the last sending, not from the schedule, so that a late caller never sends in bursts.
        dueAt = now + (sent < requests ? interval : initial * lastWait)
        return .resend
    }

    private func following(_ interval: Duration) -> Duration {
        max(interval, min(interval * 2, Self.longestInterval))
    }

    /// Sends no more, but waits for the answer as long as before (RFC 8445 §7.3.1.4: a cancelled check).
    mutating func stopResending() {
        var end = dueAt
        var next = following(interval)
        var count = sent
        while count < requests {
            count += 1
            end += count < requests ? next : initial * lastWait
            next = following(next)
        }
        sent = requests
        dueAt = end
    }
}

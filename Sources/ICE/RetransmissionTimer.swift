import Base

/// When a STUN request over UDP is sent again and when it is given up (RFC 8489 §6.2.1).
///
/// With the defaults (Rc = 7, Rm = 16) and an RTO of 500 ms, requests go out at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s,
/// and the transaction fails at 39.5 s.
struct RetransmissionTimer: Hashable, Sendable {
    enum Action: Hashable, Sendable {
        case resend
        case giveUp
    }

    private let initial: Duration
    private let requests: Int
    private let lastWait: Int
    private var interval: Duration
    private(set) var sent = 1
    private(set) var dueAt: Instant

    init(rto: Duration, requests: Int = 7, lastWait: Int = 16, at now: Instant) {
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
        interval = interval * 2
        // From the last sending, not from the schedule, so that a late caller never sends in bursts.
        dueAt = now + (sent < requests ? interval : initial * lastWait)
        return .resend
    }

    /// Sends no more, but waits for the answer as long as before (RFC 8445 §7.3.1.4: a cancelled check).
    mutating func stopResending() {
        var end = dueAt
        var next = interval * 2
        var count = sent
        while count < requests {
            count += 1
            end += count < requests ? next : initial * lastWait
            next = next * 2
        }
        sent = requests
        dueAt = end
    }
}

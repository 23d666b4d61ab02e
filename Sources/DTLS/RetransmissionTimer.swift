import Base

/// When the last flight is to be repeated: our own timer in place of OpenSSL's, which reads the wall clock.
///
/// 400 ms is what RFC 9147 §5.8.2 recommends for DTLS-SRTP (RFC 6347 §4.2.4.1 says 1 s); it doubles.
struct RetransmissionTimer {
    static let initial = Duration.milliseconds(400)
    /// OpenSSL gives up after twelve repetitions without progress; with this maximum that is past our own time limit.
    static let maximum = Duration.milliseconds(3200)

    private(set) var deadline: Instant?
    private var interval = initial

    /// Another flight has gone out.
    mutating func start(at now: Instant) {
        interval = Self.initial
        deadline = now + interval
    }

    /// The same flight has gone out again.
    mutating func backOff(at now: Instant) {
        interval = min(interval * 2, Self.maximum)
        deadline = now + interval
    }

    /// Looks again at a given time, without a change of the interval.
    mutating func check(at instant: Instant) {
        deadline = instant
    }

    mutating func stop() {
        deadline = nil
    }
}

import Base

/// When the last flight is to be repeated: our own timer in place of OpenSSL's, which reads the wall clock.
///
/// It begins with 50 ms, as libwebrtc does, and doubles. RFC 9147 §5.8.2 recommends 400 ms for DTLS-SRTP, but the first
/// ClientHello often meets a server whose ICE is not ready for it, which would cost every join that time.
struct RetransmissionTimer {
    static let initial = Duration.milliseconds(50)
    /// OpenSSL gives up after twelve repetitions without progress; with this maximum that is past our own time limit.
    static let maximum = Duration.milliseconds(5000)

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

import Base
import DTLS
import ICE
import Janus
import WebRTC

/// What all machines have in common.
protocol Timed: ~Copyable {
    var nextDeadline: Instant? { get }
    mutating func handleTimeout(at now: Instant)
}

extension ICEAgent: Timed {}
extension Endpoint: Timed {}
extension JanusSession: Timed {}
extension PeerConnection: Timed {}

/// Lets time pass for a machine as the shell does: it is woken when it asked for that, and `drain` takes what it has.
///
/// The machine must not ask for the present again and again: the shell would spin.
func pass<Machine: Timed & ~Copyable>(
    _ duration: Duration, for machine: inout Machine, now: inout Instant, drain: (inout Machine, Instant) -> Void
) throws(BrokenPromise) {
    let end = now + duration
    var turnsAtOnce = 0
    while let due = machine.nextDeadline, due <= end {
        turnsAtOnce = due <= now ? turnsAtOnce + 1 : 0
        try promise(turnsAtOnce < 50, "woken 50 times at \(now)")
        now = max(now, due)
        machine.handleTimeout(at: now)
        drain(&machine, now)
    }
    now = end
}

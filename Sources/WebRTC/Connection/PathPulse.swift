import Base

/// Notices that the other side is heard again after the path was dead, as after a cable was out: what was sent meanwhile
/// is lost, and to wait until the other side finds that out would cost another second.
struct PathPulse: Hashable, Sendable {
    private var last: Instant?
    /// The longest pauses of late: peers report at different rates.
    private var usual = Duration.zero

    /// Transport-wide feedback comes every 200 ms or so.
    private static let least = Duration.milliseconds(600)
    /// Reports alone come every second and a half at the latest (RFC 3550 §6.3.5, with the minimum of one second).
    private static let longestUsual = Duration.milliseconds(700)

    /// Takes note of something authentic.
    /// - Returns: whether the path was dead before.
    mutating func beat(at now: Instant) -> Bool {
        defer { last = now }
        guard let last, now > last else { return false }
        let pause = now - last
        let wasDead = pause > max(Self.least, usual * 5 / 2)
        // Of a dead time only so much is learnt as a peer's reports may be apart; all is slowly forgotten.
        usual = max(min(pause, Self.longestUsual), usual * 99 / 100)
        return wasDead
    }
}

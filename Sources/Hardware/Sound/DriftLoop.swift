/// Makes one card's clock follow another's: from how late sound is against how late it should be, how much more or less
/// of it is to be taken.
///
/// A controller of second order, whose integral is the drift between the clocks. It is slow, so that pitch does not
/// audibly move, and because cards tell their position roughly.
struct DriftLoop {
    /// Critically damped at 0.1 rad/s: a drift of 200 ppm moves the latency by less than 1 ms until it is learned.
    private static let frequency = 0.1
    /// More than any clock that works is off by, in millionths.
    static let largest = 1500.0
    private static let seconds = 0.01

    /// Seconds, without the unrest.
    private(set) var lateness = 0.0
    /// Millionths.
    private(set) var drift = 0.0
    /// What is to be taken more than the rates say, in millionths.
    private(set) var correction = 0.0

    /// One block. Real-time safe.
    /// - Parameter measured: seconds that the sound is later than it should be.
    mutating func take(lateness measured: Double) {
        // Single late wake-ups are not the clock's.
        lateness += (min(max(measured, -0.005), 0.005) - lateness) * 0.02
        drift += Self.frequency * Self.frequency * lateness * Self.seconds * 1_000_000
        drift = min(max(drift, -Self.largest), Self.largest)
        correction = min(max(drift + 2 * Self.frequency * lateness * 1_000_000, -Self.largest), Self.largest)
    }

    /// As long as nothing is made of it.
    mutating func forgetDrift() { (drift, correction) = (0, 0) }

    /// After a jump: what was learned of the clocks stays true.
    mutating func forgetLateness() {
        lateness = 0
        correction = drift
    }
}

import Base

/// How late the packets come that were lost and sent again: where sound does get lost, to hold it back for so long is
/// what makes the repairs count.
struct RepairEstimator: Sendable {
    /// Beyond the last repairs, since the next may need another try.
    private static let slack = Duration.milliseconds(15)
    /// Longer is not worth it: what comes later is made up.
    private static let most = Duration.milliseconds(150)
    /// A repair counts for some dozens.
    private static let step = 16

    /// The lateness of repairs, upwards at once, downwards slowly.
    private var lateness: Duration?

    mutating func repaired(late: Duration) {
        let late = min(max(late, .zero), Self.most)
        guard let known = lateness, late < known else {
            lateness = late
            return
        }
        lateness = known - (known - late) / Self.step
    }

    /// For how long sound is to be held back at least; zero before the first repair.
    var least: Duration {
        lateness.map { min($0 + Self.slack, Self.most) } ?? .zero
    }
}

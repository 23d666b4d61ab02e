import Base

/// The last three times from a request to its response on one pair.
///
/// Their median counts: one answer that was held up on its way says nothing about the way, two of three do.
struct RoundTripSamples: Sendable {
    private var newest: Duration?
    private var middle: Duration?
    private var oldest: Duration?

    /// What takes longer was held up.
    private static let longest = Duration.seconds(3)

    mutating func add(_ sample: Duration) {
        guard sample <= Self.longest else { return }
        (newest, middle, oldest) = (sample, newest, middle)
    }

    /// Of two the lesser; nil before the first.
    var median: Duration? {
        guard let newest else { return nil }
        guard let middle else { return newest }
        guard let oldest else { return min(middle, newest) }
        return max(min(oldest, middle), min(max(oldest, middle), newest))
    }
}

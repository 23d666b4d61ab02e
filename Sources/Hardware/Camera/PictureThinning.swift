import Base

/// Leaves pictures out of a source that is much faster than wanted: an HDMI input at 60 Hz for 30 frames a second.
struct PictureThinning: Sendable {
    /// Between pictures that are wanted; nil when all are.
    private let period: Duration?
    private var next: Instant?

    init(rate: Double?, wanted: Double) {
        period = if let rate, rate > wanted * 1.4 { .seconds(1 / wanted) } else { nil }
    }

    mutating func admits(_ time: Instant) -> Bool {
        guard let period else { return true }
        guard let due = next else {
            next = time + period
            return true
        }
        // A source's pictures come a little early now and then.
        guard time >= due - period / 4 else { return false }
        // On the grid, unless the source stood still meanwhile.
        next = max(due + period, time + period / 2)
        return true
    }
}

/// Intervals that a driver lists together: a range, or one where the ends are equal.
struct OfferedIntervals: Hashable, Sendable {
    var shortest: FrameInterval
    var longest: FrameInterval

    init(_ shortest: FrameInterval, _ longest: FrameInterval) {
        self.shortest = shortest
        self.longest = longest
    }

    init(_ only: FrameInterval) {
        self.init(only, only)
    }

    /// The slowest that is fast enough, otherwise the fastest.
    func interval(atLeast rate: Double) -> FrameInterval {
        // 29.97 serves for 30.
        if longest.rate >= rate * 0.98 { return longest }
        return shortest.rate > rate ? FrameInterval(rate: rate) : shortest
    }
}

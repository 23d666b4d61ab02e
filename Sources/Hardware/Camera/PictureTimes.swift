import Base

/// When pictures were captured: the kernel's stamp where it can be true, otherwise the time of their arrival.
struct PictureTimes: Sendable {
    /// Stamps beyond are of another clock, or a camera's that ran away.
    private static let mostAge = Duration.seconds(1)
    private var last = Instant.zero

    mutating func time(of filled: FilledBuffer, arrival: Instant) -> Instant {
        var time = arrival
        if let stamp = filled.time, stamp <= arrival, arrival - stamp <= Self.mostAge { time = stamp }
        // Time goes forward, also from a true stamp to a false one and back.
        last = max(time, last + .nanoseconds(1))
        return last
    }
}

import Base

/// How regularly a stream's pictures come: how long they stood still where one was due.
///
/// A pause counts that is longer than three times the average of the last thirty and by 150 ms longer than it (W3C
/// webrtc-stats, `freezeCount`), by when the pictures came, so that our own decoder is left out of it.
struct PictureRhythm: Hashable, Sendable {
    private static let excess = Duration.milliseconds(150)

    private var lastArrival: Instant?
    private var lastTimestamp: Int64 = 0
    private var average: Duration?
    /// All pauses.
    private var still = Duration.zero
    /// By how much the pictures came late that ended pauses, where it was by so much: the way is slow, or a repair took
    /// its time. The rest of the pauses is of pictures that were lost, or never made.
    private(set) var late = Duration.zero

    /// - Parameter timestamp: of RTP, in ticks of 90 kHz.
    mutating func note(arrival: Instant, timestamp: Int64) {
        // One that waited for those before it came earlier than they.
        guard let last = lastArrival, arrival > last else {
            lastArrival = lastArrival ?? arrival
            lastTimestamp = timestamp
            return
        }
        let gap = arrival - last
        if gap > longestGap {
            still += gap
            // A stranger's timestamps may leap.
            let (ticks, isTooFar) = timestamp.subtractingReportingOverflow(lastTimestamp)
            let lateness = gap - .seconds(ticks) / 90_000
            if ticks >= 0, !isTooFar, lateness > Self.excess { late += lateness }
        }
        average = average.map { $0 + (gap - $0) / 30 } ?? gap
        lastArrival = arrival
        lastTimestamp = timestamp
    }

    /// With the pause that goes on.
    func stillness(at now: Instant) -> Duration {
        guard let lastArrival, now - lastArrival > longestGap else { return still }
        return still + (now - lastArrival)
    }

    private var longestGap: Duration {
        average.map { max($0 * 3, $0 + Self.excess) } ?? .seconds(3600)
    }
}

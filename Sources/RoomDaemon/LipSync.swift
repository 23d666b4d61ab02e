import Base

/// When a participant's pictures are to be shown so that they are in step with its sound.
///
/// The sound's offset moves by leaps when packets come late or the network calms down. Pictures follow it a little with
/// each one, which nobody sees, where the whole leap would be a stand-still.
struct LipSync: Sendable {
    /// How much the offset may move in the time between two pictures: a tenth of it.
    static let slowness: Int64 = 10
    /// More than that is another clock, not another delay.
    static let largestChange: Int64 = 1_000_000_000
    /// The longest that a picture waits for its sound.
    static let longestWait = Duration.milliseconds(600)

    private var offset: Int64?
    private var lastCaptureTime: Int64?

    /// - Parameters:
    ///   - captureTime: on the sender's clock, in nanoseconds; nil while the clock is unknown.
    ///   - soundOffset: `PlayoutStream.playoutOffset` of the same participant.
    /// - Returns: never before its arrival, and not more than 600 ms after it.
    mutating func presentationTime(arrival: Instant, captureTime: Int64?, soundOffset: Int64?) -> Instant {
        guard let captureTime else {
            offset = nil
            lastCaptureTime = nil
            return arrival
        }
        // Without sound to be in step with, pictures are shown at once, after having come there as slowly.
        let target = soundOffset ?? arrival.nanoseconds &- captureTime
        let (elapsed, isFar) = captureTime.subtractingReportingOverflow(lastCaptureTime ?? captureTime)
        lastCaptureTime = captureTime
        let followed = follow(target, within: isFar ? 0 : max(0, elapsed) / Self.slowness)
        let inStep = Instant(nanoseconds: captureTime &+ followed)
        return min(max(inStep, arrival), arrival + Self.longestWait)
    }

    private mutating func follow(_ target: Int64, within largestStep: Int64) -> Int64 {
        let (change, isFar) = target.subtractingReportingOverflow(offset ?? target)
        let step =
            isFar || change.magnitude > UInt64(Self.largestChange) ? change : change.clamped(to: largestStep)
        let followed = (offset ?? target) &+ step
        offset = followed
        return followed
    }
}

extension Int64 {
    fileprivate func clamped(to limit: Int64) -> Int64 { Swift.min(Swift.max(self, -limit), limit) }
}

/// What became of a camera's pictures since it was made.
public struct CameraStatistics: Hashable, Sendable {
    /// Handed on.
    public var delivered: UInt64 = 0
    /// Broken by the driver's own word, too short, or not to be decoded.
    public var damaged: UInt64 = 0
    /// No frame was free in the pool.
    public var dropped: UInt64 = 0
    /// Older than three pictures when the capture thread came, with a newer one waiting.
    public var stale: UInt64 = 0
    /// Left out because the source is faster than wanted.
    public var thinned: UInt64 = 0
    /// Streams begun: the first, and one for each change of an HDMI source.
    public var starts: UInt64 = 0

    public init() {}

    public static func += (left: inout CameraStatistics, right: CameraStatistics) {
        left.delivered += right.delivered
        left.damaged += right.damaged
        left.dropped += right.dropped
        left.stale += right.stale
        left.thinned += right.thinned
        left.starts += right.starts
    }
}

import Base
import RTP

/// Unwraps the 24-bit reference time of transport feedback into instants of the receiver's clock; only differences mean
/// anything.
struct ArrivalClock: Sendable {
    private var lastReference: Int32?
    private var steps = Self.origin

    /// Far from zero, so that going back does not reach it.
    private static let origin: Int64 = 1 << 32
    /// No two reports are so far apart: the other side's clock has begun anew.
    private static let longestStep: Int64 = 16_384

    /// - Parameter stepped: set when the clock has jumped and earlier instants do not compare.
    mutating func reference(_ time: Int32, stepped: inout Bool) -> Instant {
        if let lastReference {
            // The shorter way round of 24 bits.
            let difference = Int64(((time &- lastReference) << 8) >> 8)
            steps += difference
            if abs(difference) > Self.longestStep || !(Self.origin / 2...Self.origin * 2).contains(steps) {
                steps = Self.origin
                stepped = true
            }
        }
        lastReference = time
        return Instant(nanoseconds: steps * TransportFeedback.referenceTick.inNanoseconds)
    }
}

import Base
import Media

/// Instants of blocks without the unrest with which they are measured, and how fast the card's clock runs: a
/// delay-locked loop of second order. Cards tell their position in steps of up to a period, and threads wake late.
struct BlockClock {
    /// What is further off is no unrest but another time: a card that was started anew.
    private static let largestError = 5_000_000.0
    private static let blockNanoseconds = Double(AudioFormat.blockDuration.inNanoseconds)
    /// Loop bandwidth times block duration times 2π: 1 Hz at first, then falling to 0.05 Hz.
    private static let fast = 2 * Double.pi * 1 * 0.01
    private static let slow = 2 * Double.pi * 0.05 * 0.01

    private var base: Int64?
    /// Nanoseconds after `base`.
    private var place = 0.0
    private var step = Self.blockNanoseconds
    private var omega = Self.fast

    /// How much faster the card's clock runs than CLOCK_MONOTONIC, in millionths.
    var millionths: Double { (Self.blockNanoseconds / step - 1) * 1_000_000 }

    /// Begins anew at the next block.
    mutating func reset() {
        base = nil
    }

    /// The next block's instant, from what was measured. Real-time safe.
    mutating func take(_ measured: Instant) -> Instant {
        guard let base else { return begin(at: measured) }
        place += step
        let error = Double(measured.nanoseconds - base) - place
        guard abs(error) < Self.largestError else { return begin(at: measured) }
        place += 1.414 * omega * error
        step += omega * omega * error
        omega += (Self.slow - omega) * 0.005
        return Instant(nanoseconds: base + Int64(place))
    }

    private mutating func begin(at measured: Instant) -> Instant {
        base = measured.nanoseconds
        place = 0
        omega = Self.fast
        return measured
    }
}

public import Base

/// The moment a packet left, as 6.18 fixed-point seconds modulo 64 (abs-send-time extension).
public struct AbsoluteSendTime: Hashable, Sendable {
    /// 24 bits.
    public let raw: UInt32

    public init(raw: UInt32) {
        self.raw = raw & 0xFF_FFFF
    }

    public init(_ instant: Instant) {
        // 2^18 steps a second; whole seconds apart, so that nothing overflows.
        let seconds = instant.nanoseconds.flooredQuotient(dividingBy: 1_000_000_000)
        let rest = instant.nanoseconds - seconds * 1_000_000_000
        let steps = UInt32(truncatingIfNeeded: (rest << 18) / 1_000_000_000)
        self.init(raw: UInt32(truncatingIfNeeded: seconds & 63) << 18 | steps)
    }
}

public import Base

/// The 96 bits that tie a STUN response to its request (RFC 8489 §5).
public struct STUNTransactionID: Hashable, Sendable {
    public let high: UInt32
    public let low: UInt64

    public init(high: UInt32, low: UInt64) {
        self.high = high
        self.low = low
    }

    public init(using random: inout SeededRandom) {
        high = UInt32(truncatingIfNeeded: random.next())
        low = random.next()
    }
}

/// Serial-number arithmetic on wrapping counters: the one place where "newer than" is decided (RFC 1982).
public struct SerialNumber<Raw: FixedWidthInteger & UnsignedInteger & Sendable>: Hashable, Sendable {
    public var raw: Raw

    public init(_ raw: Raw) {
        self.raw = raw
    }

    /// True when `self` comes after `other` on the shorter way round. Never true of equal numbers.
    public func isNewer(than other: Self) -> Bool {
        raw != other.raw && raw &- other.raw < (Raw.max >> 1) + 1
    }

    public func advanced(by steps: Raw = 1) -> Self {
        Self(raw &+ steps)
    }
}

/// An RTP or transport-wide sequence number.
public typealias SequenceNumber = SerialNumber<UInt16>

/// Turns wrapping counters into ever-growing ones, tolerant of reordering around a wrap.
public struct SerialUnwrapper<Raw: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    private var last: Int64?

    public init() {}

    /// The unwrapped value nearest to the last one; the first call returns `raw` itself.
    public mutating func unwrap(_ raw: Raw) -> Int64 {
        let value = peek(raw)
        last = max(last ?? value, value)
        return value
    }

    /// As `unwrap`, without remembering the value.
    public func peek(_ raw: Raw) -> Int64 {
        guard let last else { return Int64(raw) }
        let lastRaw = Raw(truncatingIfNeeded: last)
        let ahead = raw &- lastRaw
        return ahead < (Raw.max >> 1) + 1 ? last + Int64(ahead) : last - Int64(lastRaw &- raw)
    }
}

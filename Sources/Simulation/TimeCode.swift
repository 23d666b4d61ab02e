public import Base

/// The machine-readable time in a pattern's picture: 32 bits of CLOCK_MONOTONIC milliseconds at capture and 8 bits sum
/// of those four bytes modulo 256, most significant bit first, as forty blocks in a row
/// (Docs/control-api.md, `pattern:`).
///
/// With e = width / 80 the blocks are e×e, from x = 4e, y = 2e; luma 235 is 1, 16 is 0, chroma is neutral.
public enum TimeCode {
    public static let blockCount = 40
    /// Widths are multiples of this, so that blocks have whole picture elements.
    public static let widthUnit = 80
    /// Where the blocks start, in units of e.
    public static let column = 4
    public static let row = 2

    /// The low 32 bits of an instant's milliseconds.
    public static func milliseconds(of instant: Instant) -> UInt32 {
        UInt32(truncatingIfNeeded: instant.nanoseconds / 1_000_000)
    }

    /// The forty bits in the low end of a word.
    public static func bits(milliseconds: UInt32) -> UInt64 {
        UInt64(milliseconds) << 8 | UInt64(checksum(milliseconds))
    }

    /// - Returns: nil when the sum does not fit.
    public static func milliseconds(bits: UInt64) -> UInt32? {
        let milliseconds = UInt32(truncatingIfNeeded: bits >> 8)
        return UInt8(truncatingIfNeeded: bits) == checksum(milliseconds) ? milliseconds : nil
    }

    /// How long ago a picture with this time code was captured, to the millisecond, within ±24 days.
    public static func age(of milliseconds: UInt32, at instant: Instant) -> Duration {
        .milliseconds(Int32(bitPattern: Self.milliseconds(of: instant) &- milliseconds))
    }

    private static func checksum(_ value: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: (value >> 24) &+ (value >> 16) &+ (value >> 8) &+ value)
    }
}

public import Base

/// A 64-bit NTP timestamp: seconds since 1900 and a binary fraction (RFC 3550 §4).
public struct NTPTime: Hashable, Comparable, Sendable {
    /// 32.32 fixed point.
    public let raw: UInt64

    public init(raw: UInt64) {
        self.raw = raw
    }

    /// - Parameter nanoseconds: since 1900-01-01T00:00:00Z; wraps in 2036 as NTP does.
    public init(nanoseconds: Int64) {
        let seconds = nanoseconds.flooredQuotient(dividingBy: 1_000_000_000)
        let rest = UInt64(nanoseconds - seconds * 1_000_000_000)
        // Rounded up, so that turning it back into nanoseconds gives the same number.
        let fraction = ((rest << 32) + 999_999_999) / 1_000_000_000
        raw = UInt64(UInt32(truncatingIfNeeded: seconds)) << 32 + fraction
    }

    /// Nanoseconds since 1900-01-01T00:00:00Z.
    public var nanoseconds: Int64 {
        Int64(raw >> 32) * 1_000_000_000 + Int64(((raw & 0xFFFF_FFFF) * 1_000_000_000) >> 32)
    }

    /// The middle 32 bits, 16.16 fixed point: what LSR and DLSR of a report block are made of.
    public var compact: UInt32 { UInt32(truncatingIfNeeded: raw >> 16) }

    public static func < (left: NTPTime, right: NTPTime) -> Bool {
        left.raw < right.raw
    }
}

/// Turns instants of the monotonic clock into NTP time by one constant offset, so that NTP time never steps in a call.
public struct NTPClock: Hashable, Sendable {
    /// NTP nanoseconds at `Instant.zero`.
    public let nanosecondsAtOrigin: Int64

    public init(nanosecondsAtOrigin: Int64) {
        self.nanosecondsAtOrigin = nanosecondsAtOrigin
    }

    /// - Parameters: a wall-clock time and the instant at which it was read.
    public init(_ time: UTCTime, at instant: Instant) {
        let unixToNTP: Int64 = 2_208_988_800_000
        nanosecondsAtOrigin = (time.milliseconds + unixToNTP) * 1_000_000 - instant.nanoseconds
    }

    public func time(at instant: Instant) -> NTPTime {
        NTPTime(nanoseconds: nanosecondsAtOrigin &+ instant.nanoseconds)
    }
}

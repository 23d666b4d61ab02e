/// Seconds from one picture to the next, as V4L2 has it.
struct FrameInterval: Hashable, Sendable {
    var numerator: UInt32
    var denominator: UInt32

    init(_ numerator: UInt32, _ denominator: UInt32) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// Exact to a thousandth of a picture a second.
    init(rate: Double) {
        self.init(1000, UInt32(min(max(rate, 0.001), 1_000_000) * 1000))
    }

    /// Pictures a second; 0 for an impossible interval.
    var rate: Double {
        numerator > 0 ? Double(denominator) / Double(numerator) : 0
    }
}

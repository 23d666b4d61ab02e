public import Base

/// An exact rate of pictures, such as 30 or 30000/1001 a second, and the instants that follow from it.
///
/// Picture number n is due at n divided by the rate since the clock's origin. Pictures of whole rates therefore fall on
/// whole seconds, where the flash and the click are.
public struct FrameRate: Hashable, Sendable {
    /// Pictures in `denominator` seconds, in lowest terms.
    public let numerator: Int64
    public let denominator: Int64

    /// - Returns: nil unless it lies in 1…240 pictures a second, in terms below a million.
    public init?(_ numerator: Int64, _ denominator: Int64 = 1) {
        guard numerator > 0, denominator > 0 else { return nil }
        var (large, small) = (numerator, denominator)
        while small != 0 { (large, small) = (small, large % small) }
        self.numerator = numerator / large
        self.denominator = denominator / large
        guard self.numerator <= 1_000_000, self.denominator <= 1_000_000 else { return nil }
        guard perSecond >= 1, perSecond <= 240 else { return nil }
    }

    /// Reads `30`, `29.97` (up to three decimals) or `30000/1001`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let numerator = Int64(parts[0]), let denominator = Int64(parts[1]) else { return nil }
            self.init(numerator, denominator)
            return
        }
        let digits = text.split(separator: ".", omittingEmptySubsequences: false)
        guard digits.count <= 2, let whole = digits.first.flatMap({ Int64($0) }) else { return nil }
        guard digits.count == 2 else {
            self.init(whole)
            return
        }
        guard (1...3).contains(digits[1].count), whole >= 0, whole < 1000, digits[1].allSatisfy(\.isWholeNumber),
            let thousandths = Int64(digits[1] + String(repeating: "0", count: 3 - digits[1].count))
        else { return nil }
        self.init(whole * 1000 + thousandths, 1000)
    }

    /// `30` or `30000/1001`.
    public var text: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }
    public var perSecond: Double { Double(numerator) / Double(denominator) }

    /// When a picture is due.
    public func instant(of index: Int64) -> Instant {
        let (periods, rest) = index.quotientAndRemainder(dividingBy: numerator)
        let product = (rest * denominator).multipliedFullWidth(by: 1_000_000_000)
        let fraction = numerator.dividingFullWidth(product).quotient
        return Instant(nanoseconds: periods * denominator * 1_000_000_000 + fraction)
    }

    /// The last picture that is due at an instant or was before it.
    public func index(atOrBefore instant: Instant) -> Int64 {
        let seconds = instant.nanoseconds / 1_000_000_000
        let (periods, rest) = seconds.quotientAndRemainder(dividingBy: denominator)
        let nanoseconds = rest * 1_000_000_000 + instant.nanoseconds % 1_000_000_000
        let product = nanoseconds.multipliedFullWidth(by: numerator)
        let index = periods * numerator + (denominator * 1_000_000_000).dividingFullWidth(product).quotient
        // `instant(of:)` rounds down, so the next picture may already be due.
        return self.instant(of: index + 1) <= instant ? index + 1 : index
    }

    /// The first picture that is due at an instant or after it.
    public func index(atOrAfter instant: Instant) -> Int64 {
        let index = index(atOrBefore: instant)
        return self.instant(of: index) < instant ? index + 1 : index
    }
}

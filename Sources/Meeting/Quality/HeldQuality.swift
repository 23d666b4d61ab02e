import Base

/// From what is measured every second to what is told: worse at once, better when nothing worse was measured for ten
/// seconds.
struct HeldQuality: Hashable, Sendable {
    static let hold = Duration.seconds(10)

    /// When at least so bad a quality was measured last.
    private var good: Instant?
    private var poor: Instant?
    private(set) var told = Quality.excellent

    /// Never `lost`: that ends at once.
    mutating func note(_ measured: Quality, at now: Instant) {
        if measured >= .good { good = now }
        if measured >= .poor { poor = now }
        func isHeld(_ last: Instant?) -> Bool { last.map { now - $0 < Self.hold } ?? false }
        told = isHeld(poor) ? .poor : isHeld(good) ? .good : .excellent
    }
}

/// Durations as administrators write them: `500ms`, `60s`, `15m`, `2h`.
enum DurationText {
    /// The longest that is taken: a year.
    private static let limit = 366 * 86_400_000

    static func parse(_ text: String) -> Duration? {
        for (unit, milliseconds) in [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)] where text.hasSuffix(unit)
        {
            let digits = text.dropLast(unit.count)
            guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }), let count = Int(digits),
                count <= limit / milliseconds
            else { return nil }
            return .milliseconds(count * milliseconds)
        }
        return nil
    }

    static func words(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return attoseconds == 0 ? "\(seconds)s" : "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms"
    }
}

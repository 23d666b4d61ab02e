/// Durations as administrators write them: `500ms`, `60s`, `15m`, `2h`.
enum DurationText {
    /// The longest that is taken: a year.
    static let longest = Duration.seconds(366 * 86_400)

    enum Parsed: Hashable {
        case duration(Duration)
        /// A duration, longer than `longest`.
        case tooLong
        case notDuration
    }

    static func parse(_ text: String) -> Parsed {
        for (unit, milliseconds) in [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)] where text.hasSuffix(unit)
        {
            let digits = text.dropLast(unit.count)
            guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return .notDuration }
            guard let count = Int(digits), count <= Int(longest / .milliseconds(milliseconds)) else { return .tooLong }
            return .duration(.milliseconds(count * milliseconds))
        }
        return .notDuration
    }

    /// In the largest unit that leaves nothing over.
    static func words(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard attoseconds == 0 else { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" }
        if seconds != 0, seconds.isMultiple(of: 3600) { return "\(seconds / 3600)h" }
        if seconds != 0, seconds.isMultiple(of: 60) { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }
}

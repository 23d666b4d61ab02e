/// How long something took, over and over: counts in buckets whose width is at most an eighth of their value, from 50 µs
/// to 13 s. Recording costs a few nanoseconds and allocates nothing.
public struct LatencyHistogram: Hashable, Sendable {
    /// The narrowest bucket, in nanoseconds.
    static let unit: Int64 = 50_000
    /// Below it buckets are one unit wide; above, each doubling has eight.
    static let linear = 16
    public static let bucketCount = 128

    private var counts = [UInt64](repeating: 0, count: bucketCount)
    public private(set) var count: UInt64 = 0
    public private(set) var total = Duration.zero
    /// Of all that were ever recorded.
    public private(set) var longest = Duration.zero

    public init() {}

    /// Of what was counted elsewhere, in the same buckets.
    /// - Parameter counts: of each bucket, `bucketCount` of them.
    public init(counts: [UInt64], total: Duration, longest: Duration) {
        precondition(counts.count == Self.bucketCount, "expected \(Self.bucketCount) buckets, came \(counts.count)")
        self.counts = counts
        count = counts.reduce(0, &+)
        self.total = total
        self.longest = longest
    }

    /// - Parameter duration: below zero counts as zero; what is longer than 13 s is in the last bucket.
    public mutating func record(_ duration: Duration) {
        let duration = max(duration, .zero)
        counts[Self.bucket(of: duration.inNanoseconds)] += 1
        count += 1
        total += duration
        longest = max(longest, duration)
    }

    /// Puts in all that another one has recorded.
    public mutating func add(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        count += other.count
        total += other.total
        longest = max(longest, other.longest)
    }

    public var mean: Duration? {
        count == 0 ? nil : total / Double(count)
    }

    /// What a share of all did not exceed: the upper bound of its bucket.
    /// - Parameter share: 0…1; 0.5 is the median.
    /// - Returns: nil when nothing was recorded.
    public func quantile(_ share: Double) -> Duration? {
        guard count > 0 else { return nil }
        let rank = max(1, UInt64((Double(count) * min(max(share, 0), 1)).rounded(.up)))
        var seen: UInt64 = 0
        for (index, number) in counts.enumerated() {
            seen += number
            if seen >= rank { return min(Self.upperBound(of: index), longest) }
        }
        return longest
    }

    /// What was recorded since an earlier state of this histogram; `longest` stays that of all.
    public func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        var rest = self
        for index in counts.indices { rest.counts[index] &-= min(earlier.counts[index], counts[index]) }
        rest.count = rest.counts.reduce(0, +)
        rest.total = max(total - earlier.total, .zero)
        return rest
    }

    /// Doublings from 100 µs to 6.6 s, each of them the upper bound of a bucket.
    public static let doublings: [Duration] = (1...17).map { .nanoseconds(unit << $0) }

    /// How many stayed below each of `doublings`, always the same bounds, as Prometheus wants them. Exact.
    public var cumulative: [(below: Duration, count: UInt64)] {
        var seen: UInt64 = 0
        var next = 0
        return Self.doublings.map { bound in
            let end = Self.bucket(of: bound.inNanoseconds)
            while next < end {
                seen += counts[next]
                next += 1
            }
            return (bound, seen)
        }
    }

    /// Which of the buckets counts a duration, in nanoseconds.
    public static func bucket(of nanoseconds: Int64) -> Int {
        let value = Int(nanoseconds / unit)
        guard value >= linear else { return value }
        // The three bits below the highest one.
        let shift = Int.bitWidth - 1 - value.leadingZeroBitCount - 3
        return min(linear + (shift - 1) * 8 + (value >> shift) & 7, bucketCount - 1)
    }

    static func upperBound(of bucket: Int) -> Duration {
        guard bucket >= linear else { return .nanoseconds((Int64(bucket) + 1) * unit) }
        let (doubling, part) = (bucket - linear).quotientAndRemainder(dividingBy: 8)
        return .nanoseconds((Int64(part + 9) << Int64(doubling + 1)) * unit)
    }
}

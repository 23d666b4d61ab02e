/// Counters that only grow, out of counters of things that come and go, such as streams, and begin again at zero.
///
/// What a thing counts between the last look at it and its end is lost: look at it about once a second.
public struct RunningTotals<Key: Hashable & Sendable>: Sendable {
    private var last: [Key: [Int64]] = [:]
    private let width: Int
    /// By group, the sums of everything that was counted.
    public private(set) var totals: [String: [Int64]] = [:]

    /// - Parameter width: how many counters each thing has.
    public init(width: Int) {
        precondition(width > 0, "at least one counter")
        self.width = width
    }

    /// What is there now, all of it; what is left out has ended.
    /// - Parameter present: counters of each thing. When the first of them is lower than it was, the thing began anew;
    ///   another that is lower has corrected itself, and counts again from the highest it was.
    public mutating func take(_ present: [(key: Key, group: String, counters: [Int64])]) {
        var next: [Key: [Int64]] = [:]
        for (key, group, counters) in present {
            precondition(counters.count == width, "expected \(width) counters, came \(counters.count)")
            var before = last[key] ?? []
            if before.isEmpty || counters[0] < before[0] { before = Array(repeating: 0, count: width) }
            var sums = totals[group] ?? Array(repeating: 0, count: width)
            for index in 0..<width {
                sums[index] += max(0, counters[index] - before[index])
                before[index] = max(before[index], counters[index])
            }
            totals[group] = sums
            next[key] = before
        }
        last = next
    }
}

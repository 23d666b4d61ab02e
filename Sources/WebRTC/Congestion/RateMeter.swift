import Base

/// Bits a second over a sliding window, in buckets of a fixed array.
struct RateMeter: Sendable {
    private var buckets: [Int]
    private let width: Duration
    /// The newest bucket's number since the clock's origin.
    private var newest: Int64?
    private var oldest: Int64 = 0
    private var sum = 0

    /// - Parameter window: a multiple of `bucketCount` in nanoseconds is exact.
    init(window: Duration, bucketCount: Int = 50) {
        buckets = Array(repeating: 0, count: bucketCount)
        width = window / bucketCount
    }

    /// Adds bytes; older than the window they count for nothing.
    mutating func add(_ byteCount: Int, at time: Instant) {
        let number = time.nanoseconds.flooredQuotient(dividingBy: width.inNanoseconds)
        advance(to: number)
        guard let newest, newest - number < Int64(buckets.count) else { return }
        oldest = min(oldest, number)
        buckets[index(number)] += byteCount
        sum += byteCount
    }

    private func index(_ number: Int64) -> Int {
        Int(number - number.flooredQuotient(dividingBy: Int64(buckets.count)) * Int64(buckets.count))
    }

    private mutating func advance(to number: Int64) {
        guard let newest else {
            self.newest = number
            oldest = number
            return
        }
        guard number > newest else { return }
        if number - newest >= Int64(buckets.count) {
            for index in buckets.indices { buckets[index] = 0 }
            sum = 0
            oldest = number
        } else {
            for passed in newest + 1...number {
                sum -= buckets[index(passed)]
                buckets[index(passed)] = 0
            }
            oldest = max(oldest, number - Int64(buckets.count) + 1)
        }
        self.newest = number
    }

    /// The rate up to `time`, or nil before half a window has been seen.
    mutating func bitrate(at time: Instant) -> Int? {
        advance(to: time.nanoseconds.flooredQuotient(dividingBy: width.inNanoseconds))
        guard let newest else { return nil }
        let seen = newest - oldest + 1
        guard seen * 2 >= Int64(buckets.count) else { return nil }
        return Int(Double(sum) * 8 / (width.inSeconds * Double(seen)))
    }
}

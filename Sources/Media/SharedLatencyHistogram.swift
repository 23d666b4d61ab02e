public import Base
import Synchronization

/// A `LatencyHistogram` that one thread fills and others read, without locks.
public final class SharedLatencyHistogram: @unchecked Sendable {
    private let counts: UnsafeMutablePointer<Atomic<UInt64>>
    private let total = Atomic<Int64>(0)
    private let longest = Atomic<Int64>(0)

    public init() {
        counts = .allocate(capacity: LatencyHistogram.bucketCount)
        for index in 0..<LatencyHistogram.bucketCount { (counts + index).initialize(to: Atomic(0)) }
    }

    deinit {
        counts.deinitialize(count: LatencyHistogram.bucketCount)
        counts.deallocate()
    }

    /// From one thread. Real-time safe: three additions.
    /// - Parameter duration: below zero counts as zero.
    public func record(_ duration: Duration) {
        let nanoseconds = max(duration.inNanoseconds, 0)
        counts[LatencyHistogram.bucket(of: nanoseconds)].wrappingAdd(1, ordering: .relaxed)
        total.wrappingAdd(nanoseconds, ordering: .relaxed)
        if nanoseconds > longest.load(ordering: .relaxed) { longest.store(nanoseconds, ordering: .relaxed) }
    }

    /// What was recorded so far. Each figure is right; together they may be of two consecutive records.
    public var snapshot: LatencyHistogram {
        LatencyHistogram(
            counts: (0..<LatencyHistogram.bucketCount).map { counts[$0].load(ordering: .relaxed) },
            total: .nanoseconds(total.load(ordering: .relaxed)),
            longest: .nanoseconds(longest.load(ordering: .relaxed)))
    }
}

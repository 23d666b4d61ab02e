import Synchronization

/// Samples from one thread to one other thread without locks.
///
/// Exactly one thread writes and exactly one reads; both sides never block and never allocate.
public final class SampleRing: @unchecked Sendable {
    /// Samples held at most, a power of two.
    public let capacity: Int
    private let samples: UnsafeMutablePointer<Float>
    /// Samples written and read since the start; they count on for ever, wrapping, and only their difference matters.
    private let written = Atomic<Int>(0)
    private let consumed = Atomic<Int>(0)

    /// - Parameter capacity: samples to hold at least; rounded up to a power of two.
    public init(capacity: Int) {
        precondition(capacity > 0, "a ring holds at least one sample")
        self.capacity = 1 << (Int.bitWidth - (capacity - 1).leadingZeroBitCount)
        samples = .allocate(capacity: self.capacity)
        samples.initialize(repeating: 0, count: self.capacity)
    }

    deinit {
        samples.deallocate()
    }

    /// Samples that can be read now. Exact for the reader, at least that many for it later. Real-time safe.
    public var count: Int {
        @_noLocks get {
            // In this order it is never below zero, whatever happens in between.
            let begin = consumed.load(ordering: .acquiring)
            let count = written.load(ordering: .acquiring) &- begin
            return count < capacity ? count : capacity
        }
    }

    /// Writes as many samples as there is room for. Real-time safe.
    /// - Returns: how many were taken; the rest is the caller's loss to count.
    @_noLocks
    @discardableResult
    public func write(_ block: UnsafeBufferPointer<Float>) -> Int {
        let end = written.load(ordering: .relaxed)
        let room = capacity &- (end &- consumed.load(ordering: .acquiring))
        let count = block.count < room ? block.count : room
        guard count > 0, let source = block.baseAddress else { return 0 }
        let start = end & (capacity &- 1)
        let first = count < capacity &- start ? count : capacity &- start
        copy(samples + start, source, first)
        copy(samples, source + first, count &- first)
        written.store(end &+ count, ordering: .releasing)
        return count
    }

    /// Reads as many samples as there are, into the front of `block`. Real-time safe.
    /// - Returns: how many were written to `block`; the rest of it is untouched.
    @_noLocks
    @discardableResult
    public func read(into block: UnsafeMutableBufferPointer<Float>) -> Int {
        let begin = consumed.load(ordering: .relaxed)
        let available = written.load(ordering: .acquiring) &- begin
        let count = block.count < available ? block.count : available
        guard count > 0, let destination = block.baseAddress else { return 0 }
        let start = begin & (capacity &- 1)
        let first = count < capacity &- start ? count : capacity &- start
        copy(destination, samples + start, first)
        copy(destination + first, samples, count &- first)
        consumed.store(begin &+ count, ordering: .releasing)
        return count
    }

    /// Throws away up to `maximum` of the oldest samples; for the reader. Real-time safe.
    /// - Returns: how many went.
    @_noLocks
    @discardableResult
    public func discard(_ maximum: Int) -> Int {
        let begin = consumed.load(ordering: .relaxed)
        let available = written.load(ordering: .acquiring) &- begin
        let count = maximum < available ? maximum : available
        guard count > 0 else { return 0 }
        consumed.store(begin &+ count, ordering: .releasing)
        return count
    }
}

/// A plain loop, because `@_noLocks` admits neither `update(from:count:)` nor `memcpy`; release builds vectorize it.
@_noLocks
private func copy(_ destination: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, _ count: Int) {
    var index = 0
    while index < count {
        destination[index] = source[index]
        index &+= 1
    }
}

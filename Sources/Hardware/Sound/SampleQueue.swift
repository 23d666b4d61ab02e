/// Samples of one thread, in the order in which they came, in one piece of memory.
struct SampleQueue: ~Copyable {
    let capacity: Int
    private let samples: UnsafeMutablePointer<Float>
    private var begin = 0
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        samples = .allocate(capacity: capacity)
        samples.initialize(repeating: 0, count: capacity)
    }

    deinit { samples.deallocate() }

    /// The oldest.
    var first: UnsafeMutablePointer<Float> { samples + begin }

    var room: Int { capacity - count }

    /// Where the next `room` samples go, for `added` to tell how many came. Real-time safe.
    mutating func makeRoom() -> UnsafeMutablePointer<Float> {
        if begin > 0 {
            samples.update(from: samples + begin, count: count)
            begin = 0
        }
        return samples + count
    }

    mutating func added(_ number: Int) { count += number }

    /// Lets go of the oldest. Real-time safe.
    mutating func remove(_ number: Int) {
        begin += number
        count -= number
    }

    mutating func removeAll() { (begin, count) = (0, 0) }
}

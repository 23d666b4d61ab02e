import Media

/// What was played in the last second, to be looked at with a delay.
struct PlayedHistory: ~Copyable {
    private static let capacity = 128 * AudioFormat.blockSize
    /// The longest delay, in samples.
    static let longest = capacity - 2 * AudioFormat.blockSize

    private let samples: UnsafeMutablePointer<Float>
    private var end = 0

    init() {
        samples = .allocate(capacity: Self.capacity)
        samples.initialize(repeating: 0, count: Self.capacity)
    }

    deinit { samples.deallocate() }

    /// Takes a block. Real-time safe.
    mutating func add(_ block: UnsafePointer<Float>) {
        samples.advanced(by: end).update(from: block, count: AudioFormat.blockSize)
        end = (end + AudioFormat.blockSize) % Self.capacity
    }

    /// The last block, but so many samples earlier. Real-time safe.
    func copy(delayedBy delay: Int, to block: UnsafeMutablePointer<Float>) {
        let delay = min(max(delay, 0), Self.longest)
        var place = (end - AudioFormat.blockSize - delay + 2 * Self.capacity) % Self.capacity
        var index = 0
        while index < AudioFormat.blockSize {
            block[index] = samples[place]
            place = place &+ 1 == Self.capacity ? 0 : place &+ 1
            index &+= 1
        }
    }

    /// Real-time safe.
    mutating func removeAll() {
        samples.update(repeating: 0, count: Self.capacity)
    }
}

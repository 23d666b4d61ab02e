import Media

/// Adds participants' sounds up, applies the room's volume, and keeps the result inside −1…1 without clipping.
///
/// The limiter follows every sample: what would go over the ceiling turns the gain down at that very sample, from where
/// it comes back over about half a second. The output so has no steps.
struct Mixer: ~Copyable {
    /// −0.45 dBFS.
    static let ceiling: Float = 0.95
    /// What the gain comes nearer to 1 in a sample.
    private static let release: Float = 1 / (0.15 * Float(AudioFormat.sampleRate))
    /// No sound is this loud: it is damage, such as a not-a-number, which would spread.
    private static let absurd: Float = 1000

    private let sum: UnsafeMutablePointer<Float>
    private var limiterGain: Float = 1
    private var volume: Float?

    init() {
        sum = .allocate(capacity: AudioFormat.blockSize)
        sum.initialize(repeating: 0, count: AudioFormat.blockSize)
    }

    deinit { sum.deallocate() }

    /// Starts a block. Real-time safe.
    mutating func begin() {
        sum.update(repeating: 0, count: AudioFormat.blockSize)
    }

    /// Adds one participant's block. Real-time safe.
    mutating func add(_ block: UnsafeBufferPointer<Float>) {
        var index = 0
        while index < AudioFormat.blockSize {
            sum[index] += block[index]
            index &+= 1
        }
    }

    /// The finished block, valid until the next `begin`. Real-time safe.
    /// - Parameter volume: linear; a change is spread over the block.
    mutating func finish(volume: Float) -> UnsafeBufferPointer<Float> {
        var gain = self.volume ?? volume
        let step = (volume - gain) / Float(AudioFormat.blockSize)
        var index = 0
        while index < AudioFormat.blockSize {
            gain += step
            let sample = sum[index] * gain
            let size = abs(sample)
            limiterGain += (1 - limiterGain) * Self.release
            if size * limiterGain > Self.ceiling {
                limiterGain = size < Self.absurd ? Self.ceiling / size : limiterGain
            }
            sum[index] = size < Self.absurd ? sample * limiterGain : 0
            index &+= 1
        }
        self.volume = volume
        return UnsafeBufferPointer(start: sum, count: AudioFormat.blockSize)
    }
}

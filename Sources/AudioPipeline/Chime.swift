import Glibc
import Media

/// The sound that announces a join by itself: two soft notes, a fourth apart, over half a second.
///
/// Computed once; playing it only copies.
struct Chime {
    private let samples: [Float]
    private var position: Int

    init() {
        let noteLength = AudioFormat.sampleRate / 4
        samples = [(0, 659.3), (1, 880.0)].flatMap { index, frequency in
            (0..<noteLength).map { sample in
                let time = Double(sample) / Double(AudioFormat.sampleRate)
                let attack = min(1, time / 0.01)
                let release = min(1, (0.25 - time) / 0.05)
                return Float(0.12 * sin(2 * .pi * frequency * time) * exp(-6 * time) * attack * release)
            }
        }
        position = samples.count
    }

    /// From the beginning, also when it sounds already. Real-time safe.
    mutating func start() {
        position = 0
    }

    /// Writes the next block, if there is any of it left. Real-time safe.
    mutating func read(into block: UnsafeMutableBufferPointer<Float>) -> Bool {
        guard position < samples.count else { return false }
        for index in 0..<AudioFormat.blockSize {
            block[index] = position + index < samples.count ? samples[position + index] : 0
        }
        position += AudioFormat.blockSize
        return true
    }
}

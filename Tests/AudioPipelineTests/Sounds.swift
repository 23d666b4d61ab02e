import Base
import Glibc

/// Seeded white noise in −1…1.
struct Noise {
    private var random: SeededRandom
    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func next() -> Float {
        Float(Int64(truncatingIfNeeded: random.next() >> 40)) / Float(1 << 23) - 1
    }
}

/// Sounds that the tests speak with.
enum Sounds {
    static func tone(_ hertz: Double, amplitude: Double = 0.3, count: Int) -> [Float] {
        (0..<count).map { Float(amplitude * sin(2 * .pi * hertz * Double($0) / 48_000)) }
    }

    /// Something like a voice: a glottal pulse train of gliding pitch through three formants, in syllables of 220 ms
    /// with pauses of 80 ms between them.
    static func voice(seed: UInt64 = 1, count: Int) -> [Float] {
        var noise = Noise(seed: seed)
        var filters = [Formant(700, 90), Formant(1220, 110), Formant(2600, 160)]
        var phase = 0.0
        return (0..<count).map { index in
            let inSyllable = Double(index % 14_400) / 10_560
            let pitch = 150 + 40 * sin(2 * .pi * Double(index) / 60_000)
            phase += pitch / 48_000
            var pulse = 0.0
            if phase >= 1 {
                phase -= 1
                pulse = 1
            }
            let envelope = inSyllable < 1 ? sin(.pi * inSyllable) : 0
            let source = pulse * envelope + Double(noise.next()) * 0.002 * envelope
            var sound = 0.0
            for filter in filters.indices { sound += filters[filter].filter(source) }
            return Float(max(-0.9, min(0.9, sound * 1.5))) + 0.0002 * noise.next()
        }
    }

    private struct Formant {
        private let a1: Double
        private let a2: Double
        private let gain: Double
        private var y1 = 0.0
        private var y2 = 0.0

        init(_ hertz: Double, _ bandwidth: Double) {
            let radius = exp(-.pi * bandwidth / 48_000)
            a1 = 2 * radius * cos(2 * .pi * hertz / 48_000)
            a2 = -radius * radius
            gain = sin(2 * .pi * hertz / 48_000)
        }

        mutating func filter(_ input: Double) -> Double {
            let output = gain * input + a1 * y1 + a2 * y2
            y2 = y1
            y1 = output
            return output
        }
    }
}

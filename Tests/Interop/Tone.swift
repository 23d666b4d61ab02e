import Glibc

/// How much of a sound is a sine of a known frequency.
struct Tone {
    /// Of each loud block of 40 ms, the share of its energy that lies in the sine that fits best.
    private(set) var purities: [Double] = []

    init(of sound: [Float], hertz: Double) {
        let length = 1920
        for start in stride(from: 0, through: sound.count - length, by: length) {
            let block = sound[start..<start + length]
            var (energy, inPhase, quadrature) = (0.0, 0.0, 0.0)
            for (index, sample) in block.enumerated() {
                let angle = 2 * .pi * hertz * Double(index) / 48_000
                let value = Double(sample)
                energy += value * value
                inPhase += value * cos(angle)
                quadrature += value * sin(angle)
            }
            guard energy / Double(length) > 0.000_4 else { continue }
            purities.append((inPhase * inPhase + quadrature * quadrature) * 2 / Double(length) / energy)
        }
    }

    var median: Double { purities.isEmpty ? 0 : purities.sorted()[purities.count / 2] }
    var seconds: Double { Double(purities.count) * 0.04 }
}

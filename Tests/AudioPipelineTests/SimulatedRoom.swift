import Base
import Glibc

/// What a microphone hears of a loudspeaker in a room: the direct sound, early reflections, and a tail that decays.
struct SimulatedRoom {
    /// Taps of the impulse response: samples of delay, and gain.
    private var taps: [(delay: Int, gain: Float)] = []

    /// - Parameters:
    ///   - reverberation: until the tail has fallen by 60 dB.
    ///   - distance: of the loudspeaker from the microphone, in metres.
    ///   - gain: of all taps together; 0.35 is 9 dB below what is played.
    ///   - delay: of the devices, in samples.
    init(reverberation: Double, distance: Double, gain: Double, delay: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let direct = Int(distance / 343 * 48_000)
        var taps: [(Int, Double)] = [(direct, 1)]
        let length = Int(reverberation * 48_000)
        for _ in 0..<160 {
            // More of them early, as in a room of boxes and tables.
            let place = pow(Double.random(in: 0...1, using: &random), 1.5) * Double(length) + 60
            let decay = pow(10, -3 * place / Double(length))
            taps.append((direct + Int(place), Double.random(in: -0.35...0.35, using: &random) * decay))
        }
        let energy = sqrt(taps.reduce(0) { $0 + $1.1 * $1.1 })
        self.taps = taps.map { ($0.0 + delay, Float($0.1 / energy * gain)) }
    }

    static func rooms(delay: Int) -> [SimulatedRoom] {
        [
            SimulatedRoom(reverberation: 0.2, distance: 0.5, gain: 0.5, delay: delay, seed: 11),
            SimulatedRoom(reverberation: 0.4, distance: 1, gain: 0.35, delay: delay, seed: 12),
            SimulatedRoom(reverberation: 0.6, distance: 2.5, gain: 0.35, delay: delay, seed: 13),
        ]
    }

    /// The echo of a sound, of the same length.
    func echo(of sound: [Float]) -> [Float] {
        var echo = [Float](repeating: 0, count: sound.count)
        sound.withUnsafeBufferPointer { sound in
            echo.withUnsafeMutableBufferPointer { echo in
                for (delay, gain) in taps where delay < sound.count {
                    var index = delay
                    while index < sound.count {
                        echo[index] += sound[index &- delay] * gain
                        index &+= 1
                    }
                }
            }
        }
        return echo
    }
}

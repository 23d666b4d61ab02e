import Testing

@testable import AudioPipeline

@Suite struct MixerTests {
    private func mix(_ mixer: inout Mixer, _ blocks: [[Float]], volume: Float = 1) -> [Float] {
        mixer.begin()
        for block in blocks { block.withUnsafeBufferPointer { mixer.add($0) } }
        return Array(mixer.finish(volume: volume))
    }

    @Test func addsAndLeavesWhatFitsAsItIs() {
        var mixer = Mixer()
        let one = Sounds.tone(440, amplitude: 0.3, count: 480)
        let other = Sounds.tone(1000, amplitude: 0.3, count: 480)
        #expect(mix(&mixer, [one, other]) == zip(one, other).map { $0 + $1 })
    }

    @Test func neverGoesOverTheCeilingNorJumps() {
        var mixer = Mixer()
        var noise = Noise(seed: 2)
        var previous: Float = 0
        for block in 0..<300 {
            // Eight loud voices that come and go, at up to four times the volume.
            let loud = block / 30 % 2 == 0
            let voices = (0..<8).map { voice in
                Sounds.tone(100 + Double(voice) * 37, amplitude: loud ? 0.9 : 0.02, count: 480 * (block % 5 + 1))
                    .suffix(480)
            }
            let volume: Float = block % 7 == 0 ? 4 : abs(noise.next()) * 4
            for sample in mix(&mixer, voices.map(Array.init), volume: volume) {
                #expect(abs(sample) <= 1)
                previous = sample
            }
        }
        #expect(previous.isFinite)
        // A sudden shout bends at the ceiling, but there is no step: the tone's own slope is the largest.
        var fresh = Mixer()
        let shout = Sounds.tone(200, amplitude: 3, count: 960)
        let sound = mix(&fresh, [Array(shout[..<480])]) + mix(&fresh, [Array(shout[480...])])
        let jump = zip(sound, sound.dropFirst()).map { abs($0 - $1) }.max() ?? 0
        #expect(jump <= 3 * 2 * .pi * 200 / 48_000)
    }

    @Test func recoversAfterAShoutWithinASecond() {
        var mixer = Mixer()
        _ = mix(&mixer, [[Float](repeating: 3, count: 480)])
        let quiet = [Float](repeating: 0.1, count: 480)
        var last: Float = 0
        for _ in 0..<100 { last = mix(&mixer, [quiet])[479] }
        #expect(last > 0.098)
    }

    @Test func damageDoesNotSpread() {
        var mixer = Mixer()
        var damaged = [Float](repeating: 0.1, count: 480)
        damaged[3] = .nan
        damaged[4] = .infinity
        damaged[5] = -.greatestFiniteMagnitude
        let out = mix(&mixer, [damaged])
        #expect(out.allSatisfy { $0.isFinite && abs($0) <= 1 })
        #expect(abs(mix(&mixer, [[Float](repeating: 0.1, count: 480)])[0] - 0.1) < 0.001)
    }

    @Test func aVolumeChangeIsSpreadOverTheBlock() {
        var mixer = Mixer()
        let steady = [Float](repeating: 0.2, count: 480)
        _ = mix(&mixer, [steady], volume: 1)
        let fading = mix(&mixer, [steady], volume: 0)
        #expect(zip(fading, fading.dropFirst()).allSatisfy { $0 > $1 && $0 - $1 < 0.001 })
        #expect(mix(&mixer, [steady], volume: 0).allSatisfy { $0 == 0 })
    }
}

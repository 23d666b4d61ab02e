import Testing

@testable import AudioPipeline

@Suite struct TimeStretcherTests {
    /// Stretches at every place of `sound` as the playout buffer does.
    private func stretched(_ sound: [Float], every: Int, longer: Bool, limit: Int = 720) -> (sound: [Float], steps: Int)
    {
        var sound = sound + [Float](repeating: 0, count: 720)
        var count = sound.count - 720
        var place = TimeStretcher.history
        var steps = 0
        while place + 2000 < count {
            sound.withUnsafeMutableBufferPointer { buffer in
                let head = buffer.baseAddress! + place
                if longer {
                    // Room for what is added; the end is given up.
                    guard let step = TimeStretcher.lengthen(head, count: count - place - 720, limit: limit) else {
                        return
                    }
                    _ = step
                    steps += 1
                } else if let step = TimeStretcher.shorten(head, count: count - place, limit: limit) {
                    count -= step.samples
                    steps += 1
                }
            }
            place += every
        }
        return (Array(sound[..<(longer ? count - 720 : count)]), steps)
    }

    private func largestJump(_ sound: [Float]) -> Float {
        zip(sound, sound.dropFirst()).map { abs($0 - $1) }.max() ?? 0
    }

    private func risingCrossings(_ sound: [Float]) -> Int {
        zip(sound, sound.dropFirst()).count { $0 < 0 && $1 >= 0 }
    }

    @Test(arguments: [90.0, 150, 233, 390])
    func aToneKeepsItsPitchAndHasNoClicks(hertz: Double) {
        let tone = Sounds.tone(hertz, count: 96_000)
        for longer in [false, true] {
            let (sound, steps) = stretched(tone, every: 2880, longer: longer)
            #expect(steps > 25)
            #expect(largestJump(sound) <= largestJump(tone) * 1.02)
            let pitch = Double(risingCrossings(sound)) / Double(sound.count) * 48_000
            #expect(abs(pitch - hertz) < hertz * 0.005 + 1, "\(pitch) Hz")
        }
    }

    @Test func speechHasNoClicks() {
        let voice = Sounds.voice(count: 192_000)
        for longer in [false, true] {
            let (sound, steps) = stretched(voice, every: 2880, longer: longer)
            #expect(steps > 30)
            #expect(largestJump(sound) <= largestJump(voice) * 1.05)
        }
    }

    @Test func silenceIsStretchedByWhatIsAskedFor() {
        var silence = [Float](repeating: 0, count: 6000)
        silence.withUnsafeMutableBufferPointer { buffer in
            let head = buffer.baseAddress! + TimeStretcher.history
            #expect(TimeStretcher.shorten(head, count: 2000, limit: 333)?.samples == 333)
            #expect(TimeStretcher.lengthen(head, count: 2000, limit: 444)?.samples == 444)
            #expect(TimeStretcher.shorten(head, count: 2000, limit: 100) == nil)
            #expect(TimeStretcher.shorten(head, count: 300, limit: 720) == nil)
        }
    }

    @Test func whatIsNotAlikeIsLeftAlone() {
        var noise = Noise(seed: 9)
        var sound = (0..<6000).map { _ in 0.3 * noise.next() }
        let before = sound
        sound.withUnsafeMutableBufferPointer { buffer in
            let head = buffer.baseAddress! + TimeStretcher.history
            #expect(TimeStretcher.shorten(head, count: 2000, limit: 720) == nil)
            #expect(TimeStretcher.lengthen(head, count: 2000, limit: 720) == nil)
        }
        #expect(sound == before)
    }
}

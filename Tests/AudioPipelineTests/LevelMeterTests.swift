import Glibc
import Testing

@testable import AudioPipeline

@Suite struct LevelMeterTests {
    private func decibels(_ samples: [Float]) -> Double {
        var meter = LevelMeter()
        samples.withUnsafeBufferPointer { meter.measure($0) }
        return meter.decibels
    }

    @Test func readsTheRootMeanSquareWithinAThirdOfADecibel() {
        for level in stride(from: -60.0, through: -3.5, by: 0.5) {
            let amplitude = pow(10, level / 20) * 2.0.squareRoot()
            let sine = (0..<480).map { Float(amplitude * sin(2 * .pi * 1000 * Double($0) / 48_000)) }
            #expect(abs(decibels(sine) - level) < 0.05, "expected \(level)")
        }
        #expect(abs(decibels([Float](repeating: 1, count: 480))) < 0.01)
        #expect(decibels([Float](repeating: 0, count: 480)) == -127)
    }

    @Test func survivesWhatIsNoSound() {
        #expect(decibels([Float](repeating: .nan, count: 480)) == -127)
        #expect(decibels([Float](repeating: .infinity, count: 480)) <= 0)
        #expect(decibels([Float](repeating: 50, count: 480)) <= 0)
        #expect(decibels([]) == -127)
    }

    @Test func hearsVoiceOverNoiseAndHoldsItForAFifthOfASecond() {
        for blockSize in [480, 960] {
            var random = Noise(seed: 3)
            var meter = LevelMeter()
            func feed(_ amplitude: Float, seconds: Double) -> Int {
                var voiced = 0
                for _ in 0..<Int(seconds * 48_000) / blockSize {
                    let block = (0..<blockSize).map { _ in amplitude * random.next() }
                    block.withUnsafeBufferPointer { meter.measure($0) }
                    if meter.isVoice { voiced += blockSize }
                }
                return voiced
            }
            // Noise of about −50 dBFS, speech of −25, noise again: voice ends 200 ms after the speech.
            #expect(feed(0.0055, seconds: 3) == 0)
            #expect(feed(0.1, seconds: 1) >= 47_000)
            #expect((9000...10_600).contains(feed(0.0055, seconds: 2)))
        }
    }

    @Test func digitalSilenceOfAMuteDoesNotMakeTheRoomLookLoud() {
        var random = Noise(seed: 4)
        var meter = LevelMeter()
        for index in 0..<2000 {
            let amplitude: Float = (500..<1500).contains(index) ? 0 : 0.0055
            let block = (0..<480).map { _ in amplitude * random.next() }
            block.withUnsafeBufferPointer { meter.measure($0) }
            #expect(!meter.isVoice, "block \(index)")
        }
    }
}

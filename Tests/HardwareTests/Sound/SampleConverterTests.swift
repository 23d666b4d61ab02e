import Testing

@testable import Hardware

@Suite struct SampleConverterTests {
    private func settings(_ format: SampleFormat, _ channels: Int) -> PCMSettings {
        PCMSettings(rate: 48_000, format: format, channels: channels, period: 480, buffer: 960)
    }

    private func roundTrip(_ sound: [Float], _ format: SampleFormat, channels: Int = 2) -> [Float] {
        let playing = SampleConverter(settings(format, channels), choice: .all, isCapture: false)
        let recording = SampleConverter(settings(format, channels), choice: .only([0]), isCapture: true)
        let raw = UnsafeMutableRawPointer.allocate(byteCount: sound.count * playing.frameBytes, alignment: 16)
        defer { raw.deallocate() }
        var heard = sound
        playing.write(sound, sound.count, to: raw)
        recording.read(sound.count, from: raw, into: &heard)
        return heard
    }

    @Test(arguments: SampleFormat.allCases)
    func whatIsWrittenIsReadAgain(format: SampleFormat) {
        let sound: [Float] = [0, 0.5, -0.5, 0.999, -1, 1, 0.000_1, -0.000_1]
        let tolerance: Float = format == .int16 ? 0.000_05 : 0.000_001
        for (before, after) in zip(sound, roundTrip(sound, format)) { #expect(abs(before - after) <= tolerance) }
    }

    @Test(arguments: SampleFormat.allCases)
    func tooLoudIsLoudestAndNotANumberIsSilence(format: SampleFormat) {
        let heard = roundTrip([3, -3, .nan, .infinity, -.infinity], format)
        for (value, expected) in zip(heard, [1, -1, 0, 1, -1] as [Float]) { #expect(abs(value - expected) < 0.000_1) }
    }

    @Test(arguments: SampleFormat.allCases)
    func channelsAreChosenOrMixed(format: SampleFormat) {
        let levels: [Float] = [0.1, -0.3, 0.5, 0.7]
        let raw = UnsafeMutableRawPointer.allocate(byteCount: 4 * format.bytes, alignment: 16)
        defer { raw.deallocate() }
        for (channel, level) in levels.enumerated() { FakePCM.store(level, format, raw + channel * format.bytes) }
        func read(_ choice: ChannelChoice) -> Float {
            var heard: Float = 9
            SampleConverter(settings(format, 4), choice: choice, isCapture: true).read(1, from: raw, into: &heard)
            return heard
        }
        #expect(abs(read(.all) - 0.25) < 0.000_1)
        #expect(abs(read(.only([1])) + 0.3) < 0.000_1)
        #expect(abs(read(.only([2, 3])) - 0.6) < 0.000_1)
    }

    @Test func whatIsNotANumberFromACardIsSilence() {
        var samples: [Float] = [.nan, .infinity, 1e20, 0.5]
        var heard = [Float](repeating: 9, count: 4)
        SampleConverter(settings(.float32, 1), choice: .all, isCapture: true)
            .read(4, from: &samples, into: &heard)
        #expect(heard == [0, 0, 0, 0.5])
    }

    @Test func soundGoesToLeftAndRightOnly() {
        func written(_ choice: ChannelChoice) -> [Float] {
            var raw = [Float](repeating: 9, count: 6)
            SampleConverter(settings(.float32, 6), choice: choice, isCapture: false).write([0.5], 1, to: &raw)
            return raw
        }
        #expect(written(.all) == [0.5, 0.5, 0, 0, 0, 0])
        #expect(written(.only([2, 5])) == [0, 0, 0.5, 0, 0, 0.5])
    }
}

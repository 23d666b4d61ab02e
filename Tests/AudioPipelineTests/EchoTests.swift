import Base
import Glibc
import Media
import Testing

@testable import AudioPipeline

/// Far speech through simulated rooms into the microphone. `tools/bench echo` does the same with real speech, beside
/// other cancellers.
@Suite struct EchoTests {
    /// Of the devices: what the processor is to be told.
    private static let delay = Duration.milliseconds(30)
    private static let rooms = SimulatedRoom.rooms(delay: 1440)
    /// The same rooms with a television that takes its time.
    private static let slowRooms = SimulatedRoom.rooms(delay: 6240)
    private static let far = Sounds.voice(seed: 3, count: 48_000 * 6)
    private static let noise: [Float] = {
        var noise = Noise(seed: 5)
        return (0..<far.count).map { _ in noise.next() * 0.000_5 }
    }()

    private func clean(
        _ heard: [Float], components: CaptureProcessing = .echoCancellation, told: Duration = EchoTests.delay
    ) throws -> [Float] {
        let processor = try CaptureProcessor(components)
        var output = heard
        Self.far.withUnsafeBufferPointer { far in
            output.withUnsafeMutableBufferPointer { output in
                for start in stride(from: 0, to: far.count - 479, by: 480) {
                    processor.analyze(UnsafeBufferPointer(rebasing: far[start..<start + 480]))
                    processor.process(
                        UnsafeMutableBufferPointer(rebasing: output[start..<start + 480]), delay: told)
                }
            }
        }
        return output
    }

    private func energy(_ sound: [Float], _ seconds: ClosedRange<Double>) -> Double {
        sound[Int(seconds.lowerBound * 48_000)..<Int(seconds.upperBound * 48_000)].reduce(0) { $0 + Double($1 * $1) }
    }

    /// Echo return loss enhancement in decibels.
    private func enhancement(_ heard: [Float], _ output: [Float], _ seconds: ClosedRange<Double>) -> Double {
        10 * log10(energy(heard, seconds) / (energy(output, seconds) + 1e-9))
    }

    private func mix(_ sounds: [Float]...) -> [Float] {
        (0..<Self.far.count).map { index in sounds.reduce(0) { $0 + $1[index] } }
    }

    /// Milliseconds: right, too many, too few.
    @Test(arguments: 0..<3, [(30, 30), (30, 130), (130, 30)])
    func echoIsGoneWithinTwoSecondsAlsoWhereTheDelayIsToldWrong(room: Int, delays: (truth: Int, told: Int)) throws {
        let echo = (delays.truth == 30 ? Self.rooms : Self.slowRooms)[room].echo(of: Self.far)
        let output = try clean(mix(echo, Self.noise), told: .milliseconds(delays.told))
        let early = enhancement(echo, output, 2...3)
        let late = enhancement(echo, output, 3...6)
        #expect(early >= 20 && late >= 20, "\(early) dB, then \(late) dB")
    }

    @Test(arguments: 0..<3)
    func anotherPathIsLearnedWithinTwoSeconds(room: Int) throws {
        let before = Self.rooms[room].echo(of: Self.far)
        let after = Self.rooms[(room + 1) % 3].echo(of: Self.far)
        let echo = Array(before[..<144_000] + after[144_000...])
        let output = try clean(mix(echo, Self.noise))
        let enhancement = enhancement(echo, output, 5...6)
        #expect(enhancement >= 20, "\(enhancement) dB")
    }

    /// In double talk as loud as the echo: the near end stays, the echo goes.
    @Test(arguments: 0..<3)
    func whoSpeaksInTheRoomIsHeardWhileTheOtherSideSpeaks(room: Int) throws {
        let echo = Self.rooms[room].echo(of: Self.far)
        var near = [Float](repeating: 0, count: Self.far.count)
        let voice = Sounds.voice(seed: 77, count: 48_000 * 3)
        // Syllables of another rhythm.
        for index in voice.indices { near[144_000 + index] = voice[(index * 9 / 8) % voice.count] }
        let level = Float((energy(echo, 3...6) / energy(near, 3...6)).squareRoot())
        near = near.map { $0 * level }
        let output = try clean(mix(echo, near, Self.noise))
        // Against the near end, as late as the bands make it.
        let lag = 383
        let (from, to) = (168_000, Self.far.count - lag)
        var (cross, own, out) = (0.0, 0.0, 0.0)
        for index in from..<to {
            cross += Double(near[index] * output[index + lag])
            own += Double(near[index] * near[index])
            out += Double(output[index + lag] * output[index + lag])
        }
        let likeness = cross / (own * out).squareRoot()
        let attenuation = 10 * log10(own / out)
        #expect(likeness > 0.8, "\(likeness)")
        #expect(abs(attenuation) < 6.5, "\(attenuation) dB")
    }

    @Test func allComponentsTogetherTakeEchoOut() throws {
        let echo = Self.rooms[1].echo(of: Self.far)
        let output = try clean(mix(echo, Self.noise), components: .all)
        #expect(enhancement(echo, output, 2...6) >= 20)
    }

    @Test func noiseGoesAndVoiceStays() throws {
        var noise = Noise(seed: 9)
        let hiss = (0..<Self.far.count).map { _ in noise.next() * 0.01 }
        let output = try clean(hiss, components: .noiseSuppression)
        #expect(enhancement(hiss, output, 3...6) > 6)
        let voice = Sounds.voice(seed: 21, count: Self.far.count)
        let kept = try clean(voice, components: .noiseSuppression)
        #expect(abs(enhancement(voice, kept, 3...6)) < 3)
    }

    @Test func quietVoicesBecomeLouder() throws {
        let voice = Sounds.voice(seed: 21, count: Self.far.count).map { $0 * 0.1 }
        let output = try clean(voice, components: .gainControl)
        #expect(enhancement(voice, output, 4...6) < -1.5)
    }
}

import Base
import Glibc
import Media
import Simulation
import TestSupport
import Testing

@Suite struct SoundDeviceTests {
    private func listen(
        to microphone: any Microphone, blocks: Int, from start: Instant, step: Duration = .milliseconds(10)
    ) throws -> (samples: [Float], instants: [Instant]) {
        var samples: [Float] = []
        var instants: [Instant] = []
        var block = [Float](repeating: 1, count: AudioFormat.blockSize)
        var now = start
        for _ in 0..<blocks {
            if let instant = try block.withUnsafeMutableBufferPointer({ try microphone.read(into: $0, at: now) }) {
                instants.append(instant)
            }
            samples += block
            now += step
        }
        return (samples, instants)
    }

    private func level(_ samples: some Collection<Float>) -> Double {
        let energy = samples.reduce(0.0) { $0 + Double($1) * Double($1) }
        return 10 * log10(energy / Double(samples.count))
    }

    @Test func theToneHasItsLevelItsPauseAndItsClick() throws {
        // The first block is heard half a second after a whole one.
        let start = Instant(nanoseconds: 90_510_000_000)
        let (samples, instants) = try listen(to: try ToneMicrophone(frequency: 440), blocks: 100, from: start)
        #expect(instants.first == Instant(nanoseconds: 90_500_000_000))
        #expect(instants.last == Instant(nanoseconds: 91_490_000_000))
        #expect(abs(level(samples[..<19_200]) - -20) < 0.1)
        #expect(samples[19_200..<24_000].allSatisfy { $0 == 0 })
        #expect(samples.firstIndex { abs($0) > 0.5 } == 24_000)
        #expect(samples.lastIndex { abs($0) > 0.5 } == 24_047)
        #expect(abs(level(samples[24_048...]) - -20) < 0.1)
    }

    @Test func unevenWakeUpsLeaveNoSeam() throws {
        let microphone = try ToneMicrophone(frequency: 1000)
        var random = SeededRandom(seed: 3)
        var samples: [Float] = []
        var block = [Float](repeating: 0, count: AudioFormat.blockSize)
        for number in 0..<80 {
            let jitter = Duration.microseconds(Int64(random.next() % 400))
            let now = Instant(nanoseconds: 60_020_000_000 + Int64(number) * 10_000_000) + jitter
            _ = try block.withUnsafeMutableBufferPointer { try microphone.read(into: $0, at: now) }
            samples += block
        }
        // Neighbours of a 1 kHz sine of this level are nearer to each other than this.
        let largest = zip(samples, samples.dropFirst()).map { abs($1 - $0) }.max() ?? 1
        #expect(largest < 0.02)
    }

    @Test func aSpeakerClockThatDriftsIsFollowed() throws {
        // Blocks come 0.02 % too slowly; after 100 s that would be 20 ms.
        let (_, instants) = try listen(
            to: try ToneMicrophone(frequency: 440), blocks: 3000, from: Instant(nanoseconds: 1_000_000_000),
            step: .nanoseconds(10_002_000))
        let last = Instant(nanoseconds: 1_000_000_000 + 2999 * 10_002_000) - .milliseconds(10)
        let error = try #require(instants.last) - last
        #expect(abs(error.inMilliseconds) < 2)
    }

    @Test func aStallMakesTheToneJump() throws {
        let microphone = try ToneMicrophone(frequency: 440)
        _ = try listen(to: microphone, blocks: 10, from: Instant(nanoseconds: 1_000_000_000))
        let (_, instants) = try listen(to: microphone, blocks: 1, from: Instant(nanoseconds: 9_000_000_000))
        #expect(instants == [Instant(nanoseconds: 8_990_000_000)])
    }

    @Test func silenceIsSilent() throws {
        let (samples, instants) = try listen(to: SilenceMicrophone(), blocks: 2, from: .zero)
        #expect(samples.allSatisfy { $0 == 0 })
        #expect(instants.count == 2)
    }

    @Test func speakersAskForABlockEveryTenMilliseconds() throws {
        let pacer = VirtualPacer(startingAt: Instant(nanoseconds: 7_003_000_000))
        let speaker = NullSpeaker(pacer: pacer)
        func wait() throws -> Int64 { try speaker.waitForBlock().nanoseconds / 1_000_000 }
        #expect(try [wait(), wait(), wait()] == [7010, 7020, 7030])
        // A short delay is caught up with, a long one is not.
        pacer.advance(by: .milliseconds(45))
        #expect(try [wait(), wait()] == [7040, 7050])
        pacer.advance(by: .milliseconds(500))
        #expect(try [wait(), wait()] == [7570, 7580])
        speaker.stop()
        let failure = #expect(throws: DeviceError.self) { try speaker.waitForBlock() }
        #expect(failure?.reason == .lost)
    }

    @Test func aFileSpeakerWritesWhatWasPlayed() throws {
        let folder = try TemporaryFolder()
        let pacer = VirtualPacer(startingAt: .zero)
        let speaker = try FileSpeaker(path: folder.path(of: "out.wav"), pacer: pacer)
        for number in 0..<150 {
            _ = try speaker.waitForBlock()
            // Half way the audio thread is held up for 200 ms: silence takes its place.
            if number == 75 {
                pacer.advance(by: .milliseconds(200))
                _ = try speaker.waitForBlock()
            }
            let block = [Float](repeating: number == 149 ? 2 : 0.5, count: AudioFormat.blockSize)
            try block.withUnsafeBufferPointer { try speaker.write($0) }
        }
        speaker.stop()
        #expect(speaker.lost == 0)
        let written = try WAVFile(try folder.contents(of: "out.wav"))
        #expect(written.sampleRate == 48_000 && written.channels == 1 && written.encoding == .signed16)
        var samples = [Float](repeating: 0, count: written.frameCount)
        samples.withUnsafeMutableBufferPointer { written.read(from: 0, into: $0) }
        let silent = samples.filter { $0 == 0 }.count
        #expect(silent % 480 == 0 && silent > 0)
        #expect(samples.count == 150 * 480 + silent)
        #expect(abs(samples[0] - 0.5) < 0.001)
        #expect(samples.last == 32_767.0 / 32_768)
    }

    @Test func theHeaderIsRightWhileTheFileGrows() throws {
        let folder = try TemporaryFolder()
        var writer = try WAVWriter(path: folder.path(of: "out.wav"))
        let second = [Float](repeating: -0.5, count: 48_000)
        try second.withUnsafeBufferPointer { try writer.write($0) }
        try writer.updateHeader()
        try second.withUnsafeBufferPointer { try writer.write($0) }
        #expect(try WAVFile(try folder.contents(of: "out.wav")).frameCount == 48_000)
        try writer.updateHeader()
        #expect(try WAVFile(try folder.contents(of: "out.wav")).frameCount == 96_000)
    }

    @Test func aDiskThatFailsIsAnErrorOfTheSpeaker() throws {
        let full = #expect(throws: DeviceError.self) { _ = try FileSpeaker(path: "/dev/full") }
        #expect(full?.message.contains("No space left") == true)
        // A pipe whose reader has gone.
        let folder = try TemporaryFolder()
        let path = folder.path(of: "out.wav")
        try #require(mkfifo(path, 0o600) == 0)
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        let speaker = try FileSpeaker(path: path, pacer: VirtualPacer(startingAt: .zero))
        close(reader)
        let block = [Float](repeating: 0.5, count: AudioFormat.blockSize)
        let failure = #expect(throws: DeviceError.self) {
            // The writer's thread finds out; until then blocks are taken.
            while true {
                _ = try speaker.waitForBlock()
                try block.withUnsafeBufferPointer { try speaker.write($0) }
            }
        }
        #expect(failure?.reason == .failed)
        #expect(failure?.message.contains("writing \(path) failed: Broken pipe") == true)
    }
}

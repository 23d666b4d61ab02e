import Base
import Glibc
import Media
import TestSupport
import Testing

@testable import Hardware

/// Through the real libasound, on its plugins `null` and `file`. They do not pace themselves: the test does.
@Suite struct SystemPCMTests {
    private static let null = "pcm.test { type null }\nctl.test { type hw card 0 }\n"

    private func file(_ output: String, input: String? = nil) -> String {
        """
        pcm.nowhere { type null }
        pcm.test {
            type file
            slave.pcm nowhere
            file "\(output)"
            \(input.map { "infile \"\($0)\"" } ?? "")
            format "raw"
        }

        """
    }

    private func settings(_ pcm: SystemPCM, isCapture: Bool, choice: ChannelChoice = .all) throws -> PCMSettings {
        try PCMSettings.negotiate(with: pcm, name: "test", choice: choice, isCapture: isCapture)
    }

    @Test func negotiatesWithLibasound() throws {
        for isCapture in [false, true] {
            let pcm = try SystemPCM(name: "test", isCapture: isCapture, configuration: Self.null)
            let settings = try settings(pcm, isCapture: isCapture)
            #expect(settings.rate == 48_000 && settings.format == .float32 && settings.period == 480)
            #expect(settings.channels == (isCapture ? 1 : 2))
        }
        let pcm = try SystemPCM(name: "test", isCapture: true, configuration: Self.null)
        #expect(try settings(pcm, isCapture: true, choice: .only([6])).channels == 7)
    }

    @Test func whatIsPlayedArrivesInTheFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/out.raw"
        let time = FakeTime()
        do {
            let speaker = try ALSASpeaker(
                pcm: SystemPCM(name: "test", isCapture: false, configuration: file(path)), name: "test",
                device: SoundBench.description(.speaker), channels: .all, counters: SoundCounters(), now: { time.now })
            let block = (0..<480).map { Float($0) / 1000 }
            for _ in 0..<10 {
                _ = try speaker.waitForBlock()
                try block.withUnsafeBufferPointer { try speaker.write($0) }
                time.advance(by: .milliseconds(10))
            }
            #expect(speaker.formatText.hasPrefix("48000 Hz, FLOAT_LE, 2 channels"))
        }
        let bytes = try folder.contents(of: "out.raw")
        let samples = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        // A block of silence first, then ours, on left and right.
        let sound = samples.drop { $0 == 0 }
        #expect(samples.count >= 2 * 480 * 10)
        #expect(Array(sound.prefix(4)) == [0.001, 0.001, 0.002, 0.002])
    }

    @Test func whatIsInTheFileIsHeard() throws {
        let folder = try TemporaryFolder()
        let samples = (0..<48_000).map { Float($0 % 480) / 1000 }
        try folder.file("in.raw", samples.withUnsafeBytes { Array($0) })
        let time = FakeTime()
        let microphone = try ALSAMicrophone(
            pcm: SystemPCM(
                name: "test", isCapture: true,
                configuration: file(folder.path + "/unused.raw", input: folder.path + "/in.raw")), name: "test",
            device: SoundBench.description(.microphone), channels: .all, counters: SoundCounters())
        var block = [Float](repeating: 9, count: 480)
        var heard: [Float] = []
        for _ in 0..<8 {
            time.advance(by: .milliseconds(10))
            let isHeard =
                try block.withUnsafeMutableBufferPointer { try microphone.read(into: $0, at: time.now) } != nil
            if isHeard { heard += block }
        }
        #expect(heard.count >= 480)
        #expect(zip(heard, heard.dropFirst()).allSatisfy { abs($1 - $0 - 0.001) < 0.000_01 || $1 < $0 })
        #expect(heard.contains { $0 > 0.4 })
    }

    /// The real calls of a recovery, after an interruption that the plugin itself never has.
    @Test(arguments: [-EPIPE, -ESTRPIPE])
    func afterAnInterruptionLibasoundGoesOn(_ code: Int32) throws {
        let folder = try TemporaryFolder()
        let time = FakeTime()
        let counters = SoundCounters()
        do {
            let pcm = InterruptedPCM(
                try SystemPCM(name: "test", isCapture: false, configuration: file(folder.path + "/out.raw")))
            let speaker = try ALSASpeaker(
                pcm: pcm, name: "test", device: SoundBench.description(.speaker), channels: .all, counters: counters,
                now: { time.now })
            for number in 0..<12 {
                if number == 4 { pcm.interruption = code }
                if number == 8 { pcm.writeInterruption = code }
                let block = [Float](repeating: Float(number + 1) / 100, count: 480)
                _ = try speaker.waitForBlock()
                try block.withUnsafeBufferPointer { try speaker.write($0) }
                time.advance(by: .milliseconds(10))
            }
        }
        let statistics = counters.statistics
        #expect((statistics.xruns, statistics.suspensions) == (code == -EPIPE ? (2, 0) : (0, 2)))
        let samples = try folder.contents(of: "out.raw").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        // Every block is there, also those at which it was interrupted.
        #expect(Set(samples) == Set((0...12).map { Float($0) / 100 }))

        let microphone = InterruptedPCM(try SystemPCM(name: "test", isCapture: true, configuration: Self.null))
        let input = try ALSAMicrophone(
            pcm: microphone, name: "test", device: SoundBench.description(.microphone), channels: .all,
            counters: counters)
        var block = [Float](repeating: 9, count: 480)
        var heard = 0
        for number in 0..<30 {
            if number == 10 { microphone.interruption = code }
            time.advance(by: .milliseconds(10))
            let at = try block.withUnsafeMutableBufferPointer { try input.read(into: $0, at: time.now) }
            heard += at == nil || number < 20 ? 0 : 1
        }
        #expect(heard > 5 && counters.statistics.losses == 0)
    }

    @Test func aPluginWithoutAClockIsRefusedInRunning() throws {
        let speaker = try ALSASpeaker(
            pcm: SystemPCM(name: "test", isCapture: false, configuration: Self.null), name: "test",
            device: SoundBench.description(.speaker), channels: .all, counters: SoundCounters())
        let block = [Float](repeating: 0, count: 480)
        #expect {
            for _ in 0..<1000 {
                _ = try speaker.waitForBlock()
                try block.withUnsafeBufferPointer { try speaker.write($0) }
            }
        } throws: { ($0 as? DeviceError)?.message.contains("has no clock") == true }
    }

    @Test func stopInterruptsAWaitOfLibasound() throws {
        let pcm = try SystemPCM(name: "test", isCapture: false, configuration: Self.null)
        _ = try settings(pcm, isCapture: false)
        #expect(pcm.setRunning(wakeAt: 960) == 0)
        let signal = EventSignal()
        signal.signal()
        #expect(pcm.wait(interrupt: signal.fileDescriptor, milliseconds: 10_000) == .interrupted)
    }

    @Test func whatIsNotThereIsSaidPlainly() {
        func error(_ name: String, _ configuration: String?) -> DeviceError? {
            do throws(DeviceError) {
                _ = try SystemPCM(name: name, isCapture: true, configuration: configuration)
                return nil
            } catch { return error }
        }
        let missing = error("hw:31", nil)
        #expect(missing?.reason == .lost)
        #expect(missing?.message.contains("alsa:hw:31 was expected to be a microphone") == true)
        #expect(error("other", Self.null)?.reason == .lost)
        #expect(error("test", "pcm.test {")?.reason == .failed)
        #expect(error("test", "pcm.test { type nonsense }")?.message.contains("alsa:test") == true)
    }

    @Test func aCardFromTheConfigurationOpensBySpecification() throws {
        // No card here: what is told is that it is not there, and it is tried again.
        let speaker = try SoundDevices.speaker("alsa:hw:31")
        #expect(speaker.problem?.reason == .lost)
        let microphone = try SoundDevices.microphone("alsa:hw:31")
        #expect(microphone.problem?.reason == .lost && microphone.channels == 0)
        speaker.stop()
        microphone.stop()
        #expect(throws: DeviceError.self) { try SoundDevices.speaker("pulse") }
    }
}

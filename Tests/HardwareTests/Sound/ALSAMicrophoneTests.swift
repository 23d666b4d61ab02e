import Base
import Glibc
import Media
import Testing

@testable import Hardware

/// A microphone on a card of the test's own, read at the pace of a speaker.
@Suite struct ALSAMicrophoneTests {
    /// Loudness that tells the frame it belongs to.
    private static func ramp(_ frame: Int, _ channel: Int) -> Float { Float(frame % 24_000) / 24_000 * 0.9 }

    @Test(arguments: [1, 48, 480])
    func tellsWhenItsSoundWasHeard(granularity: Int) throws {
        let bench = try SoundBench { bench in
            bench.capture.granularity = granularity
            bench.capture.hardwareDelay = 96
            bench.capture.formats = [.float32]
            bench.capture.source = Self.ramp
        }
        var checked = 0
        for step in 0..<400 {
            let (_, capturedAt) = try bench.step()
            guard step > 100, let capturedAt else { continue }
            let value = bench.heard[0]
            // The frame from its loudness; the ramp begins anew every half second.
            let within = Int((value / 0.9 * 24_000).rounded())
            let around = bench.capture.framesMoved
            var frame = around / 24_000 * 24_000 + within
            if frame > around { frame -= 24_000 }
            let truth = bench.capture.instant(ofFrame: frame)
            #expect(abs((capturedAt - truth).inMilliseconds) < (granularity == 480 ? 10.5 : 1.2))
            checked += 1
        }
        #expect(checked > 250)
        #expect(bench.microphone.statistics.delay < .milliseconds(30))
    }

    @Test func latencyIsUnderTwentyFiveMillisecondsAndConstant() throws {
        let bench = try SoundBench()
        var delays: [Duration] = []
        for step in 0..<3000 {
            let (_, capturedAt) = try bench.step()
            if step > 50 {
                #expect(capturedAt != nil)
                delays.append(bench.microphone.statistics.delay)
            }
        }
        #expect(delays.max()! < .milliseconds(25))
        #expect(delays.max()! - delays.min()! < .milliseconds(1))
    }

    @Test func samplesOfACardWithTheSpeakersClockStayAsTheyAre() throws {
        let bench = try SoundBench { bench in
            bench.capture.formats = [.float32]
            bench.capture.source = Self.ramp
        }
        var last: Float?
        for step in 0..<600 {
            let (_, capturedAt) = try bench.step()
            guard capturedAt != nil, step > 20 else { continue }
            for sample in bench.heard {
                if let last { #expect(abs(sample - last - 0.9 / 24_000) < 0.000_001 || sample < last) }
                last = sample
            }
        }
        #expect(bench.microphone.statistics.drift == 0)
    }

    @Test(arguments: SampleFormat.allCases)
    func everyFormatIsHeard(format: SampleFormat) throws {
        let bench = try SoundBench { bench in
            bench.capture.formats = [format]
            bench.capture.channelCounts = [4]
            bench.capture.source = { _, channel in [0.1, 0.2, 0.3, 0.4][channel] }
        }
        for _ in 0..<50 { try bench.step() }
        #expect(abs(bench.heard[100] - 0.25) < 0.000_1)
        #expect(bench.microphone.channels == 4)
    }

    @Test(arguments: [44_100, 16_000, 96_000, 8000])
    func aCardOfAnotherRateIsResampled(rate: Int) throws {
        let bench = try SoundBench { bench in
            bench.capture.rates = [rate]
            bench.capture.formats = [.float32]
            bench.capture.source = { frame, _ in
                Float(0.5 * sin(2 * .pi * 440 * Double(frame) / Double(rate)))
            }
        }
        for _ in 0..<100 { try bench.step() }
        var crossings = 0
        var last: Float = 0
        for _ in 0..<200 {
            #expect(try bench.step().capturedAt != nil)
            for sample in bench.heard {
                if last < 0, sample >= 0 { crossings += 1 }
                last = sample
            }
        }
        #expect(abs(crossings - 880) <= 2)
        #expect(bench.microphone.statistics.delay < .milliseconds(30))
    }

    @Test func shortReadsAreReadOn() throws {
        let bench = try SoundBench { $0.capture.largestTransfer = 7 }
        for step in 0..<200 {
            let capturedAt = try bench.step().capturedAt
            #expect(capturedAt != nil || step < 20)
        }
    }

    @Test func aStallOfTheThreadIsCaughtUpWith() throws {
        let bench = try SoundBench()
        for _ in 0..<200 { try bench.step() }
        let before = bench.microphone.statistics.delay
        // The card's buffer, of 100 ms, holds that.
        bench.time.advance(by: .milliseconds(60))
        for _ in 0..<200 { try bench.step() }
        #expect(bench.microphone.statistics.xruns == 0)
        #expect(bench.microphone.statistics.droppedSamples > 2000)
        #expect(abs((bench.microphone.statistics.delay - before).inMilliseconds) < 5)
    }

    @Test func afterAnXrunItIsHeardAgainWithTheSameLatency() throws {
        let bench = try SoundBench()
        for _ in 0..<200 { try bench.step() }
        let before = bench.microphone.statistics.delay
        bench.time.advance(by: .milliseconds(700))
        var silent = 0
        for _ in 0..<200 where try bench.step().capturedAt == nil { silent += 1 }
        #expect(bench.microphone.statistics.xruns == 1)
        #expect((1...4).contains(silent))
        #expect(abs((bench.microphone.statistics.delay - before).inMilliseconds) < 1)
        bench.capture.failures["read"] = [-EPIPE]
        for _ in 0..<200 { try bench.step() }
        #expect(bench.microphone.statistics.xruns == 2)
    }

    @Test func aSleepingMachineIsWaitedFor() throws {
        let bench = try SoundBench()
        for _ in 0..<50 { try bench.step() }
        bench.capture.sleep = -EAGAIN
        #expect { try bench.step() } throws: { ($0 as? DeviceError)?.reason == .busy }
        bench.capture.sleep = -ENOSYS
        for _ in 0..<50 { try bench.step() }
        #expect(bench.microphone.statistics.suspensions == 1)
        #expect(try bench.step().capturedAt != nil)
        bench.capture.failures["read"] = [-ESTRPIPE]
        for _ in 0..<50 { try bench.step() }
        #expect(bench.microphone.statistics.suspensions == 2)
    }

    @Test(arguments: ["status", "read", "prepare", "start"])
    func aCardThatIsPulledOutIsLost(call: String) throws {
        let bench = try SoundBench()
        for _ in 0..<50 { try bench.step() }
        if call == "prepare" || call == "start" { bench.time.advance(by: .seconds(1)) }
        bench.capture.failures[call] = [-ENODEV]
        #expect { for _ in 0..<3 { try bench.step() } } throws: { ($0 as? DeviceError)?.reason == .lost }
    }

    @Test func aCardThatIsUnpluggedWhileItRunsIsLost() throws {
        let bench = try SoundBench()
        for _ in 0..<50 { try bench.step() }
        bench.capture.isGone = true
        #expect { try bench.step() } throws: { ($0 as? DeviceError)?.reason == .lost }
    }

    @Test func aCardWhoseClockStandsStillIsGivenUp() throws {
        let bench = try SoundBench { $0.capture.granularity = 1 << 30 }
        #expect {
            for _ in 0..<40 { try bench.step() }
        } throws: { ($0 as? DeviceError)?.message.contains("clock stands still") == true }
    }

    @Test func aCardThatDoesNotComeBackIsGivenUp() throws {
        let bench = try SoundBench()
        bench.capture.failures["status"] = Array(repeating: -EPIPE, count: 1000)
        #expect {
            for _ in 0..<50 { try bench.step() }
        } throws: { ($0 as? DeviceError)?.message.contains("does not") == true }
    }

    @Test func anErrorThatSaysNothingIsAFailure() throws {
        let bench = try SoundBench()
        bench.capture.failures["status"] = [-EIO]
        #expect { try bench.step() } throws: { ($0 as? DeviceError)?.reason == .failed }
    }

    @Test func stopEndsIt() throws {
        let bench = try SoundBench()
        bench.microphone.stop()
        #expect { try bench.step() } throws: { ($0 as? DeviceError)?.reason == .lost }
    }
}

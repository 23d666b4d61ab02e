import Base
import Glibc
import Media
import TestSupport
import Testing

@testable import Hardware

/// A speaker on a card of the test's own, in virtual time.
@Suite struct ALSASpeakerTests {
    @Test func isPacedByTheCardWithTwoBlocksInItAtMost() throws {
        let bench = try SoundBench { $0.playback.hardwareDelay = 48 }
        var last: Instant?
        var most = 0
        for step in 0..<500 {
            let playAt = try bench.speaker.waitForBlock()
            let frame = bench.playback.framesMoved
            try bench.speaker.write(UnsafeBufferPointer(bench.block))
            most = max(most, bench.playback.framesQueued)
            if let last, step > 2 { #expect(abs((playAt - last).inMilliseconds - 10) < 0.3) }
            last = playAt
            // The very truth, once it runs.
            if bench.playback.starts == 1, frame > 480 {
                #expect(abs((playAt - bench.playback.instant(ofFrame: frame)).inMilliseconds) < 0.3)
            }
        }
        #expect(most <= 960)
        #expect(bench.speaker.statistics.xruns == 0)
        #expect(bench.speaker.statistics.delay < .milliseconds(25))
        #expect(bench.playback.starts == 1)
    }

    @Test func whatIsPlayedIsWhatWasWritten() throws {
        final class Played { var samples: [Int16] = [] }
        let played = Played()
        let bench = try SoundBench { bench in
            bench.playback.sink = { _, raw in played.samples.append(raw.load(as: Int16.self)) }
        }
        for step in 0..<20 {
            _ = try bench.speaker.waitForBlock()
            for index in bench.block.indices { bench.block[index] = Float(step * 480 + index) / 20_000 }
            try bench.speaker.write(UnsafeBufferPointer(bench.block))
        }
        // One block of silence ahead, then all of it without a hole.
        #expect(played.samples[..<480].allSatisfy { $0 == 0 })
        #expect(played.samples.count == 21 * 480)
        for index in 0..<20 * 480 {
            #expect(abs(Double(played.samples[480 + index]) - Double(index) / 20_000 * 32_767) < 1)
        }
    }

    @Test(arguments: [44_100, 16_000, 96_000, 8000])
    func aCardOfAnotherRateIsResampledTo(rate: Int) throws {
        let bench = try SoundBench { $0.playback.rates = [rate] }
        let began = bench.time.now
        for _ in 0..<1000 {
            _ = try bench.speaker.waitForBlock()
            try bench.speaker.write(UnsafeBufferPointer(bench.block))
        }
        let seconds = (bench.time.now - began).inSeconds
        #expect(abs(seconds - 9.98) < 0.03)
        #expect(bench.speaker.statistics.xruns == 0)
        #expect(bench.speaker.statistics.droppedSamples == 0)
        #expect(bench.speaker.statistics.delay < .milliseconds(25))
    }

    @Test func aCardWithLongPeriodsIsKeptFuller() throws {
        let bench = try SoundBench { bench in
            bench.playback.fixedPeriod = 1024
            bench.playback.granularity = 1024
        }
        for _ in 0..<1000 {
            _ = try bench.speaker.waitForBlock()
            try bench.speaker.write(UnsafeBufferPointer(bench.block))
        }
        #expect(bench.speaker.statistics.xruns == 0)
    }

    @Test func afterAnXrunTheLatencyIsWhatItWas() throws {
        let bench = try SoundBench()
        for _ in 0..<100 { try bench.step() }
        let before = bench.speaker.statistics.delay
        // As by SIGSTOP.
        bench.time.advance(by: .milliseconds(700))
        for _ in 0..<100 { try bench.step() }
        #expect(bench.speaker.statistics.xruns == 1)
        #expect(abs((bench.speaker.statistics.delay - before).inMilliseconds) < 0.5)
        #expect(bench.playback.starts == 2)
        // The write may be what finds it.
        bench.playback.failures["write"] = [-EPIPE]
        for _ in 0..<100 { try bench.step() }
        #expect(bench.speaker.statistics.xruns == 2)
        #expect(abs((bench.speaker.statistics.delay - before).inMilliseconds) < 0.5)
    }

    @Test func aSleepingMachineIsWaitedFor() throws {
        let bench = try SoundBench()
        for _ in 0..<10 { try bench.step() }
        bench.playback.sleep = -EAGAIN
        for _ in 0..<100 {
            #expect { _ = try bench.speaker.waitForBlock() } throws: { ($0 as? DeviceError)?.reason == .busy }
        }
        // Of the two that cards do after sleep, one.
        for answer: Int32 in [0, -ENOSYS] {
            bench.playback.sleep = answer
            for _ in 0..<10 { try bench.step() }
        }
        #expect(bench.speaker.statistics.suspensions == 2)
        #expect(bench.speaker.statistics.xruns == 0)
        bench.playback.failures["write"] = [-ESTRPIPE]
        for _ in 0..<10 { try bench.step() }
        #expect(bench.speaker.statistics.suspensions == 3)
    }

    @Test(arguments: ["status", "write", "wait", "prepare", "start"])
    func aCardThatIsPulledOutIsLost(call: String) throws {
        let bench = try SoundBench()
        if call != "start" { for _ in 0..<10 { try bench.step() } }
        if call == "prepare" { bench.time.advance(by: .seconds(1)) }
        bench.playback.failures[call] = [-ENODEV]
        #expect {
            for _ in 0..<3 { try bench.step() }
        } throws: { error in
            let error = error as? DeviceError
            return error?.reason == .lost && error?.message.contains("connect it again") == true
        }
    }

    @Test(arguments: ["status", "write", "wait"])
    func anErrorThatSaysNothingIsAFailure(call: String) throws {
        let bench = try SoundBench()
        for _ in 0..<10 { try bench.step() }
        bench.playback.failures[call] = [-EIO]
        #expect {
            for _ in 0..<3 { try bench.step() }
        } throws: { ($0 as? DeviceError)?.reason == .failed }
    }

    @Test func aCardWhoseClockStandsStillIsGivenUpInTime() throws {
        let bench = try SoundBench()
        for _ in 0..<10 { try bench.step() }
        bench.playback.isStalled = true
        let began = bench.time.now
        #expect {
            for _ in 0..<3 { try bench.step() }
        } throws: { ($0 as? DeviceError)?.message.contains("clock stands still") == true }
        #expect(bench.time.now - began < .milliseconds(400))
    }

    @Test func aCardWithoutAClockDoesNotKeepTheThreadBusy() throws {
        let bench = try SoundBench()
        #expect {
            for _ in 0..<1000 {
                // What is written is gone at once, and no time goes by.
                bench.playback.failures["status"] = []
                _ = try bench.speaker.waitForBlock()
            }
        } throws: { ($0 as? DeviceError)?.message.contains("has no clock") == true }
    }

    @Test func aCardThatDoesNotComeBackIsGivenUp() throws {
        let bench = try SoundBench()
        for _ in 0..<10 { try bench.step() }
        bench.playback.failures["status"] = Array(repeating: -EPIPE, count: 1000)
        #expect { try bench.step() } throws: { ($0 as? DeviceError)?.message.contains("does not") == true }
        bench.playback.failures = ["write": Array(repeating: -EPIPE, count: 1000)]
        #expect { for _ in 0..<5 { try bench.step() } } throws: { ($0 as? DeviceError)?.reason == .failed }
    }

    @Test func aCardThatWakesForNothingIsGivenUpAndDoesNotKeepTheThreadBusy() throws {
        let bench = try SoundBench()
        for _ in 0..<10 { try bench.step() }
        bench.playback.wakesForNothing = true
        let work = processorTime {
            #expect {
                for _ in 0..<3 { try bench.step() }
            } throws: { ($0 as? DeviceError)?.message.contains("clock stands still") == true }
        }
        #expect(work < .milliseconds(200))
    }

    @Test(arguments: [(-EIO, DeviceError.Reason.failed), (0, .failed), (-ENODEV, .lost)])
    func aCardThatDoesNotTakeItsFirstSilenceIsNotUsed(_ answer: Int32, _ reason: DeviceError.Reason) {
        #expect {
            try SoundBench { $0.playback.failures["write"] = [answer] }
        } throws: { ($0 as? DeviceError)?.reason == reason }
    }

    @Test func whatACardDoesNotTakeIsCounted() throws {
        let bench = try SoundBench()
        for _ in 0..<10 { try bench.step() }
        bench.playback.failures["write"] = [-EAGAIN]
        for _ in 0..<10 { try bench.step() }
        #expect(bench.speaker.statistics.droppedSamples == 480)
    }

    @Test func stopEndsAWaitAtOnce() throws {
        let bench = try SoundBench()
        for _ in 0..<10 { try bench.step() }
        bench.speaker.stop()
        #expect { _ = try bench.speaker.waitForBlock() } throws: { ($0 as? DeviceError)?.reason == .lost }
    }
}

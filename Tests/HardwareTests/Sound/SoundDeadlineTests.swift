import Base
import Media
import Synchronization
import Testing

@testable import Hardware

/// A sound card that is unbound, stopped or put to sleep, fifty times: how long until it is heard again, in virtual time.
@Suite struct SoundDeadlineTests {
    /// One card with a speaker and a microphone, their keepers, and the audio thread.
    private final class Room: @unchecked Sendable {
        let time = FakeTime()
        var isPlugged = true
        var sleep: Int32?
        var speaker: DeviceKeeper<ALSASpeaker>!
        var microphone: DeviceKeeper<ALSAMicrophone>!
        let speakerCounters = SoundCounters()
        let microphoneCounters = SoundCounters()
        private var due: [Instant] = [.zero, .zero]
        private var cards: [() -> FakePCM?] = []
        private var block = [Float](repeating: 0.25, count: AudioFormat.blockSize)

        init() throws {
            let time = time
            speaker = try DeviceKeeper(
                device: SoundBench.description(.speaker), counters: speakerCounters, observer: { _ in },
                hasThread: false, now: { time.now }
            ) { [unowned self] counters throws(DeviceError) in
                try ALSASpeaker(
                    pcm: card(isCapture: false), name: "fake", device: SoundBench.description(.speaker),
                    channels: .all, counters: counters, now: { time.now })
            }
            microphone = try DeviceKeeper(
                device: SoundBench.description(.microphone), counters: microphoneCounters, observer: { _ in },
                hasThread: false, now: { time.now }
            ) { [unowned self] counters throws(DeviceError) in
                try ALSAMicrophone(
                    pcm: card(isCapture: true), name: "fake", device: SoundBench.description(.microphone),
                    channels: .all, counters: counters)
            }
        }

        /// Those that are open.
        var open: [FakePCM] { cards.compactMap { $0() } }

        private func card(isCapture: Bool) throws(DeviceError) -> FakePCM {
            guard isPlugged else { throw DeviceError(.lost, "no card is plugged in") }
            let card = FakePCM(time: time, isCapture: isCapture)
            cards = cards.filter { $0() != nil } + [{ [weak card] in card }]
            return card
        }

        func unplug() {
            isPlugged = false
            for card in open { card.isGone = true }
        }

        /// - Parameter isTold: udev says so.
        func plug(isTold: Bool) {
            isPlugged = true
            if isTold {
                speaker.tryNow()
                microphone.tryNow()
            }
        }

        /// One turn of the audio thread, ten milliseconds at most, and of the keepers' threads.
        /// - Returns: what was played and what was heard.
        func step() -> (isPlayed: Bool, isHeard: Bool) {
            let before = time.now
            let isPlayed = play()
            // The engine's own clock goes on where the speaker does not pace.
            if !isPlayed { time.advance(to: before + AudioFormat.blockDuration) }
            let isHeard = listen()
            keep(speaker, 0)
            keep(microphone, 1)
            return (isPlayed, isHeard)
        }

        private func play() -> Bool {
            do throws(DeviceError) {
                try speaker.use { card throws(DeviceError) in
                    _ = try card.waitForBlock()
                    try block.withUnsafeBufferPointer { block throws(DeviceError) in try card.write(block) }
                }
                return true
            } catch {
                return false
            }
        }

        private func listen() -> Bool {
            let now = time.now
            var heard = [Float](repeating: 0, count: AudioFormat.blockSize)
            do throws(DeviceError) {
                return try microphone.use { card throws(DeviceError) in
                    try heard.withUnsafeMutableBufferPointer { block throws(DeviceError) in
                        try card.read(into: block, at: now)
                    }
                } != nil
            } catch {
                return false
            }
        }

        private func keep<Card>(_ keeper: DeviceKeeper<Card>, _ index: Int) {
            guard keeper.wake.drain() > 0 || time.now >= due[index] else { return }
            _ = keeper.work()
            due[index] = time.now + keeper.pauseAtMost
        }

        /// - Returns: how long until both go for a fifth of a second without a gap, not counting that; nil: longer than 5 s.
        func untilLive() -> Duration? {
            let began = time.now
            var since: Instant?
            while time.now - began < .seconds(5) {
                let before = time.now
                let (isPlayed, isHeard) = step()
                since = isPlayed && isHeard ? since ?? before : nil
                if let since, time.now - since >= .milliseconds(200) { return since - began }
            }
            return nil
        }
    }

    private enum Fault: CaseIterable { case unbound, stopped, asleep }

    @Test func fiftyTimesInterruptedItIsHeardAgainWithinASecondAndNothingLeaks() throws {
        let room = try Room()
        #expect(room.untilLive() != nil)
        var random = SeededRandom(seed: 4)
        for round in 0..<50 {
            let comment: Comment = "round \(round)"
            let length = Duration.milliseconds(Int64.random(in: 20...3000, using: &random))
            for _ in 0..<Int.random(in: 0...200, using: &random) { _ = room.step() }
            switch Fault.allCases[round % 3] {
            case .unbound:
                room.unplug()
                let gone = room.time.now
                var silent = 0
                while room.time.now - gone < length {
                    let (isPlayed, isHeard) = room.step()
                    silent += isPlayed || isHeard ? 0 : 1
                }
                // Silence, at the pace of the sound: the other side misses nothing else.
                #expect(abs(silent - Int(length.inMilliseconds / 10)) <= 2, comment)
                #expect(room.open.isEmpty, comment)
                let isTold = round % 2 == 0
                room.plug(isTold: isTold)
                let live = try #require(room.untilLive(), comment)
                #expect(live <= (isTold ? .milliseconds(100) : .seconds(1)), comment)
            case .stopped:
                // As SIGSTOP: nothing of ours runs, and the card goes on.
                room.time.advance(by: length)
                #expect(try #require(room.untilLive(), comment) <= .milliseconds(100), comment)
            case .asleep:
                for card in room.open { card.sleep = -11 }
                let asleep = room.time.now
                while room.time.now - asleep < length { _ = room.step() }
                // Many cards cannot resume: those begin anew.
                for card in room.open { card.sleep = round % 2 == 0 ? 0 : -38 }
                #expect(try #require(room.untilLive(), comment) <= .milliseconds(100), comment)
            }
            #expect(room.open.count == 2, comment)
        }
        #expect(room.speakerCounters.statistics.losses == 17 && room.microphoneCounters.statistics.losses == 17)
        #expect(room.speakerCounters.statistics.suspensions == 16)
        room.speaker.stop()
        room.microphone.stop()
    }
}

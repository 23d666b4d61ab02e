import Base
import Media
import Synchronization
import Testing

@testable import Hardware

/// Cards that vanish and come back, with the keeper's own thread.
@Suite struct ReopeningTests {
    /// What a keeper told, and a cupboard of cards for it.
    private final class World: @unchecked Sendable {
        let time = FakeTime()
        let events = Monitor<[SoundEvent]>([])
        let cards = Mutex<[FakePCM]>([])
        let isPlugged = Atomic<Bool>(true)
        let openings = Atomic<Int>(0)

        func card(isCapture: Bool) throws(DeviceError) -> FakePCM {
            openings.wrappingAdd(1, ordering: .relaxed)
            guard isPlugged.load(ordering: .acquiring) else { throw DeviceError(.lost, "no card is plugged in") }
            let card = FakePCM(time: time, isCapture: isCapture)
            cards.withLock { $0.append(card) }
            return card
        }

        var last: FakePCM { cards.withLock { $0.last! } }
        var note: @Sendable (SoundEvent) -> Void { { event in self.events.update { $0.append(event) } } }

        func sees(_ number: Int, _ condition: (SoundEvent) -> Bool) -> Bool {
            events.wait(until: MonotonicClock.now + .seconds(20)) { events in
                events.filter(condition).count >= number ? true : nil
            } ?? false
        }
    }

    private func isOpened(_ event: SoundEvent) -> Bool {
        if case .opened = event { true } else { false }
    }

    private func speaker(_ world: World) throws -> ReopeningSpeaker {
        try ReopeningSpeaker(device: SoundBench.description(.speaker), observer: world.note) {
            counters throws(DeviceError) in
            let time = world.time
            return try ALSASpeaker(
                pcm: world.card(isCapture: false), name: "fake", device: SoundBench.description(.speaker),
                channels: .all, counters: counters, now: { time.now })
        }
    }

    private func play(_ speaker: ReopeningSpeaker) throws(DeviceError) {
        _ = try speaker.waitForBlock()
        let block = [Float](repeating: 0.1, count: 480)
        let result = block.withUnsafeBufferPointer { block -> Result<Void, DeviceError> in
            do throws(DeviceError) { return .success(try speaker.write(block)) } catch { return .failure(error) }
        }
        try result.get()
    }

    @Test func aSpeakerComesBackByItself() throws {
        let world = World()
        let speaker = try speaker(world)
        #expect(world.sees(1, isOpened))
        #expect(speaker.problem == nil)
        for round in 1...5 {
            for _ in 0..<20 { try play(speaker) }
            world.isPlugged.store(false, ordering: .releasing)
            world.last.isGone = true
            #expect { try play(speaker) } throws: { ($0 as? DeviceError)?.reason == .lost }
            // Nothing blocks while it is away.
            #expect { try play(speaker) } throws: { ($0 as? DeviceError)?.message.contains("is not there") == true }
            #expect(world.sees(round) { if case .lost = $0 { true } else { false } })
            #expect(speaker.problem != nil)
            world.isPlugged.store(true, ordering: .releasing)
            speaker.tryNow()
            #expect(world.sees(round + 1, isOpened))
        }
        for _ in 0..<20 { try play(speaker) }
        #expect(speaker.statistics.losses == 5)
        #expect(speaker.problem == nil)
        speaker.stop()
    }

    @Test func aSpeakerThatIsNotThereYetIsUsedWhenItComes() throws {
        let world = World()
        world.isPlugged.store(false, ordering: .releasing)
        let speaker = try speaker(world)
        #expect(world.sees(1) { if case .unavailable = $0 { true } else { false } })
        #expect(speaker.problem?.message == "no card is plugged in")
        #expect(speaker.device.id == "alsa:fake")
        #expect { try play(speaker) } throws: { ($0 as? DeviceError)?.reason == .lost }
        // Tried again without anybody's asking, and told once.
        world.isPlugged.store(true, ordering: .releasing)
        #expect(world.sees(1, isOpened))
        #expect(world.events.withLock { $0.count } == 2)
        try play(speaker)
        speaker.stop()
        #expect { try play(speaker) } throws: { ($0 as? DeviceError)?.reason == .lost }
    }

    @Test func whoMakesASpeakerDoesNotWaitForItsCard() throws {
        let world = World()
        let gate = EventSignal()
        let speaker = try ReopeningSpeaker(device: SoundBench.description(.speaker), observer: world.note) {
            counters throws(DeviceError) in
            gate.wait(atMost: .seconds(20))
            return try ALSASpeaker(
                pcm: world.card(isCapture: false), name: "fake", device: SoundBench.description(.speaker),
                channels: .all, counters: counters)
        }
        #expect(speaker.problem?.message == "the sound card is not open yet")
        #expect { try play(speaker) } throws: { ($0 as? DeviceError)?.reason == .lost }
        gate.signal()
        #expect(world.sees(1, isOpened))
        #expect(speaker.problem == nil)
        speaker.stop()
    }

    @Test func aSleepingCardIsNotOpenedAgain() throws {
        let world = World()
        let speaker = try speaker(world)
        #expect(world.sees(1, isOpened))
        try play(speaker)
        world.last.sleep = -11
        for _ in 0..<100 {
            #expect { try play(speaker) } throws: { ($0 as? DeviceError)?.reason == .busy }
        }
        world.last.sleep = 0
        try play(speaker)
        #expect(world.openings.load(ordering: .relaxed) == 1)
        #expect(speaker.statistics.losses == 0)
        speaker.stop()
    }

    @Test func aMicrophoneComesBackByItself() throws {
        let world = World()
        let microphone = try ReopeningMicrophone(device: SoundBench.description(.microphone), observer: world.note) {
            counters throws(DeviceError) in
            try ALSAMicrophone(
                pcm: world.card(isCapture: true), name: "fake", device: SoundBench.description(.microphone),
                channels: .all, counters: counters)
        }
        var block = [Float](repeating: 0, count: 480)
        func listen() throws -> Bool {
            world.time.advance(by: .milliseconds(10))
            return try block.withUnsafeMutableBufferPointer { try microphone.read(into: $0, at: world.time.now) } != nil
        }
        #expect(world.sees(1, isOpened))
        #expect(microphone.channels == 2)
        for _ in 0..<20 { _ = try listen() }
        #expect(try listen())
        world.last.isGone = true
        #expect { _ = try listen() } throws: { ($0 as? DeviceError)?.reason == .lost }
        #expect(world.sees(2, isOpened))
        for _ in 0..<20 { _ = try listen() }
        #expect(try listen())
        #expect(microphone.statistics.losses == 1)
        microphone.stop()
        #expect { _ = try listen() } throws: { ($0 as? DeviceError)?.reason == .lost }
    }

    @Test func stopWakesAThreadThatWaitsForTheCard() throws {
        let world = World()
        let speaker = try ReopeningSpeaker(device: SoundBench.description(.speaker), observer: world.note) {
            counters throws(DeviceError) in
            // A clock that stands still, and a wait in earnest.
            try ALSASpeaker(
                pcm: EndlessPCM(time: world.time), name: "fake", device: SoundBench.description(.speaker),
                channels: .all, counters: counters)
        }
        #expect(world.sees(1, isOpened))
        let outcome = Monitor<DeviceError?>(nil)
        let thread = try DeviceThread(name: "audio") {
            do throws(DeviceError) { while true { try self.play(speaker) } } catch {
                outcome.update { $0 = error }
            }
        }
        #expect(EndlessPCM.isWaiting.wait(until: MonotonicClock.now + .seconds(20)) { $0 ? true : nil } == true)
        speaker.stop()
        let error = outcome.wait(until: MonotonicClock.now + .seconds(5)) { $0 }
        #expect(error?.reason == .lost)
        thread.join()
    }

    /// Waits until it is interrupted.
    private final class EndlessPCM: PCM {
        static let isWaiting = Monitor(false)
        private let inner: FakePCM
        init(time: FakeTime) { inner = FakePCM(time: time, isCapture: false) }

        func begin() -> Int32 { 0 }
        func has(rate: Int) -> Bool { rate == 48_000 }
        func set(rate: Int) -> Int32 { 0 }
        func has(_ format: SampleFormat) -> Bool { format == .int16 }
        func set(_ format: SampleFormat) -> Int32 { 0 }
        func has(channels: Int) -> Bool { channels == 2 }
        func set(channels: Int) -> Int32 { 0 }
        var bounds: PCMBounds { inner.bounds }
        func commit(period: inout Int, buffer: inout Int) -> Int32 { inner.commit(period: &period, buffer: &buffer) }
        func setRunning(wakeAt: Int) -> Int32 { inner.setRunning(wakeAt: wakeAt) }
        func prepare() -> Int32 { inner.prepare() }
        func start() -> Int32 { inner.start() }
        func drop() -> Int32 { 0 }
        func resume() -> Int32 { 0 }
        func readStatus(into status: inout PCMStatus) -> Int32 { inner.readStatus(into: &status) }
        func read(into samples: UnsafeMutableRawPointer, frames: Int) -> Int { 0 }
        func write(_ samples: UnsafeRawPointer, frames: Int) -> Int { inner.write(samples, frames: frames) }
        func wait(interrupt: Int32, milliseconds: Int32) -> PCMWake {
            Self.isWaiting.update { $0 = true }
            return SystemPause.pause(interrupt: interrupt, milliseconds: 20_000) ? .timeout : .interrupted
        }
    }

    @Test func specificationsAreCardsOrNamesOfLibasound() throws {
        let inventory = HardwareInventory(devices: [
            SoundScan.device(
                .init(device: 0, isCapture: false, name: "USB Audio"), cardID: "Jabra", cardName: "Jabra",
                cardNumber: 2,
                bus: "usb")
        ])
        func name(_ specification: String) throws -> String {
            try SoundDevices.find(specification, kind: .speaker, inventory: inventory).name
        }
        #expect(try name("auto") == "hw:CARD=Jabra,DEV=0")
        #expect(try name("alsa:plughw:2") == "plughw:2")
        #expect(try name("alsa:default") == "default")
        #expect(
            try SoundDevices.find("alsa:hw:2", kind: .speaker, inventory: inventory).device.id
                == "alsa:hw:CARD=Jabra,DEV=0")
        #expect { try SoundDevices.find("auto", kind: .microphone, inventory: inventory) } throws: {
            ($0 as? DeviceError)?.reason == .lost
        }
        for wrong in ["alsa:", "hw:0", ""] {
            #expect { try SoundDevices.check(wrong, kind: .speaker) } throws: {
                ($0 as? DeviceError)?.reason == .unknown
            }
        }
    }
}

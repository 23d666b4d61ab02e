import Base
import Media
import Synchronization

@testable import AudioPipeline

/// Time that goes on when somebody waits for it.
final class VirtualTime: Sendable {
    private let nanoseconds = Atomic<Int64>(1_000_000_000_000)

    var now: Instant { Instant(nanoseconds: nanoseconds.load(ordering: .sequentiallyConsistent)) }

    func advance(to instant: Instant) {
        nanoseconds.max(instant.nanoseconds, ordering: .sequentiallyConsistent)
    }

    var clock: EngineClock { EngineClock(now: { self.now }, sleep: { self.advance(to: $0) }) }
}

/// A speaker that the test holds: it wants a block every 10 ms of virtual time.
final class FakeSpeaker: Speaker, @unchecked Sendable {
    static let latency = Duration.milliseconds(20)

    struct State {
        var isLost = false
        var isStopped = false
        /// Blocks that may be waited for; nil is any number.
        var permits: Int?
        var heard: [Float] = []
        var blocks = 0
    }

    let device = DeviceDescription(id: "fake", kind: .speaker, name: "Fake", bus: "test")
    let state: Monitor<State>
    let time: VirtualTime
    private let keepsSound: Bool

    init(time: VirtualTime, isStepped: Bool = false, keepsSound: Bool = true) {
        self.time = time
        self.keepsSound = keepsSound
        state = Monitor(State(permits: isStepped ? 0 : nil))
    }

    func waitForBlock() throws(DeviceError) -> Instant {
        let result: Result<Bool, DeviceError>? = state.wait(until: MonotonicClock.now + .seconds(30)) { state in
            if state.isLost || state.isStopped { return .failure(DeviceError(.lost, "the speaker was pulled out")) }
            guard let permits = state.permits else { return .success(true) }
            guard permits > 0 else { return nil }
            state.permits = permits - 1
            return .success(true)
        }
        guard let result else { throw DeviceError(.failed, "the test forgot the speaker") }
        _ = try result.get()
        let next = time.now + AudioFormat.blockDuration
        time.advance(to: next)
        return next + Self.latency
    }

    func write(_ block: UnsafeBufferPointer<Float>) throws(DeviceError) {
        state.withLock { state in
            if keepsSound { state.heard.append(contentsOf: block) }
            state.blocks += 1
        }
        if state.withLock({ $0.permits }) != nil { state.wakeAll() }
    }

    func stop() { state.update { $0.isStopped = true } }

    /// Lets the audio thread play so many blocks and waits until it has.
    func play(_ count: Int) -> Bool {
        let goal = state.update { state in
            state.permits = (state.permits ?? 0) + count
            return state.blocks + (state.permits ?? 0)
        }
        return state.wait(until: MonotonicClock.now + .seconds(20)) { $0.blocks >= goal ? true : nil } ?? false
    }
}

/// A microphone in front of which a tone sounds.
final class FakeMicrophone: Microphone, @unchecked Sendable {
    let device = DeviceDescription(id: "fake", kind: .microphone, name: "Fake", bus: "test")
    let channels = 1
    let isLost = Atomic<Bool>(false)
    private let sound: [Float]
    private var place = 0

    init(_ sound: [Float]) { self.sound = sound }

    func read(into block: UnsafeMutableBufferPointer<Float>, at now: Instant) throws(DeviceError) -> Instant? {
        if isLost.load(ordering: .acquiring) { throw DeviceError(.lost, "the microphone was pulled out") }
        for index in block.indices { block[index] = sound[(place + index) % sound.count] }
        place = (place + block.count) % sound.count
        return now - .milliseconds(12)
    }

    func stop() {}
}

/// What the engine sent.
final class SentPackets: Sendable {
    struct Packet: Sendable {
        var payload: [UInt8]
        var about: EncodedAudio
    }

    private let packets = Mutex<[Packet]>([])

    var all: [Packet] { packets.withLock { $0 } }
    func take() -> [Packet] {
        packets.withLock { packets in
            defer { packets = [] }
            return packets
        }
    }

    var output: AudioEngine.Output {
        { payload, about in
            self.packets.withLock { $0.append(Packet(payload: Array(payload), about: about)) }
        }
    }
}

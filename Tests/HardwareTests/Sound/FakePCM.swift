import Base
import Glibc
import Synchronization

@testable import Hardware

/// Time that the test makes go on.
final class FakeTime: Sendable {
    private let nanoseconds = Atomic<Int64>(1_000_000_000_000)

    var now: Instant { Instant(nanoseconds: nanoseconds.load(ordering: .sequentiallyConsistent)) }
    func advance(by duration: Duration) {
        nanoseconds.wrappingAdd(duration.inNanoseconds, ordering: .sequentiallyConsistent)
    }
    func advance(to instant: Instant) { nanoseconds.max(instant.nanoseconds, ordering: .sequentiallyConsistent) }
}

/// A sound card as the kernel shows it: a position that a clock moves, a buffer that runs dry or over.
final class FakePCM: PCM, @unchecked Sendable {
    // What it can.
    var rates = [48_000]
    var formats: [SampleFormat] = [.int16]
    var channelCounts = [2]
    var fixedPeriod: Int?
    var fixedBuffer: Int?
    /// Answers to the calls of negotiation, by name.
    var refusals: [String: Int32] = [:]

    // How it runs.
    let time: FakeTime
    let isCapture: Bool
    /// How much faster than CLOCK_MONOTONIC.
    var millionths = 0.0
    /// Frames in whose steps its position is seen.
    var granularity = 1
    /// Frames between the buffer and the loudspeaker or microphone.
    var hardwareDelay = 0
    /// Most frames that one call takes or gives.
    var largestTransfer = Int.max
    var knowsTime = true
    var isStalled = false
    /// As plugins do, whose wait is for something else.
    var wakesForNothing = false
    var isGone = false
    /// What `resume` answers; nil while the machine does not sleep.
    var sleep: Int32?
    /// Answers to the next calls, by name, instead of the true ones.
    var failures: [String: [Int32]] = [:]
    /// The sound at a frame, in a channel, of a microphone.
    var source: (_ frame: Int, _ channel: Int) -> Float = { _, _ in 0 }
    /// Told of what a speaker was given: the frame's number since the start, and the first channel's raw bytes.
    var sink: ((_ frame: Int, _ raw: UnsafeRawPointer) -> Void)?

    private(set) var settings = PCMSettings(rate: 48_000, format: .int16, channels: 2, period: 480, buffer: 1920)
    private(set) var prepares = 0
    private(set) var starts = 0
    private var state = PCMStatus.State.other
    private var wakeAt = 1
    private var startedAt = Instant.zero
    private var applied = 0

    init(time: FakeTime, isCapture: Bool) {
        self.time = time
        self.isCapture = isCapture
    }

    // MARK: - Negotiation

    private func refusal(_ name: String) -> Int32 { refusals[name] ?? 0 }
    func begin() -> Int32 { refusal("begin") }
    func has(rate: Int) -> Bool { rates.contains(rate) }
    func set(rate: Int) -> Int32 {
        settings.rate = rate
        return refusal("rate")
    }
    func has(_ format: SampleFormat) -> Bool { formats.contains(format) }
    func set(_ format: SampleFormat) -> Int32 {
        settings.format = format
        return refusal("format")
    }
    func has(channels: Int) -> Bool { channelCounts.contains(channels) }
    func set(channels: Int) -> Int32 {
        settings.channels = channels
        return refusal("channels")
    }
    var bounds: PCMBounds {
        PCMBounds(rates: rates.min()!...rates.max()!, channels: channelCounts.min()!...channelCounts.max()!)
    }
    func commit(period: inout Int, buffer: inout Int) -> Int32 {
        period = fixedPeriod ?? period
        buffer = fixedBuffer ?? max(buffer, 2 * period)
        (settings.period, settings.buffer) = (period, buffer)
        return refusal("commit")
    }
    func setRunning(wakeAt: Int) -> Int32 {
        self.wakeAt = wakeAt
        return refusal("running")
    }

    // MARK: - Running

    /// Frames that the hardware has played or recorded since the start.
    private var position: Int {
        guard state == .running else { return 0 }
        let seconds = (time.now - startedAt).inSeconds
        let exact = Int(seconds * Double(settings.rate) * (1 + millionths / 1_000_000) + 1e-6)
        return exact / granularity * granularity
    }
    private var available: Int {
        isCapture ? position - applied : settings.buffer - (applied - position)
    }
    /// When a frame of the numbering since the start passes the loudspeaker or the microphone.
    func instant(ofFrame frame: Int) -> Instant {
        let seconds = Double(frame) / (Double(settings.rate) * (1 + millionths / 1_000_000))
        let delay = Double(hardwareDelay) / Double(settings.rate)
        return startedAt + .nanoseconds(Int64((seconds + (isCapture ? -delay : delay)) * 1_000_000_000))
    }
    /// Frames written or read since the start.
    var framesMoved: Int { applied }
    /// Frames written and not yet played.
    var framesQueued: Int { applied - position }

    private func failure(_ name: String) -> Int32? {
        if isGone { return -ENODEV }
        guard failures[name]?.isEmpty == false else { return nil }
        let code = failures[name]?.removeFirst()
        if code == -EPIPE { state = .xrun }
        if code == -ESTRPIPE { state = .suspended }
        return code
    }

    private func look() {
        if sleep != nil { state = .suspended }
        guard state == .running, !isStalled else { return }
        if available >= settings.buffer { state = .xrun }
    }

    func prepare() -> Int32 {
        if let code = failure("prepare") { return code }
        // As the kernel has it.
        guard state != .running else { return -EBUSY }
        prepares += 1
        state = .prepared
        applied = 0
        return 0
    }

    func start() -> Int32 {
        if let code = failure("start") { return code }
        guard state == .prepared else { return -EBADFD }
        starts += 1
        startedAt = time.now
        state = .running
        return 0
    }

    func resume() -> Int32 {
        guard let answer = sleep else { return -ENOSYS }
        if answer != -EAGAIN { sleep = nil }
        if answer == 0 { state = .running }
        return answer
    }

    func drop() -> Int32 {
        state = .other
        return 0
    }

    func readStatus(into status: inout PCMStatus) -> Int32 {
        if let code = failure("status") { return code }
        look()
        status.state = state
        status.available = state == .running || !isCapture ? available : 0
        status.delay = state == .running ? (isCapture ? available : settings.buffer - available) + hardwareDelay : 0
        status.timestamp = knowsTime ? time.now : .zero
        return 0
    }

    func read(into samples: UnsafeMutableRawPointer, frames: Int) -> Int {
        if let code = failure("read") { return Int(code) }
        look()
        if state == .xrun { return -Int(EPIPE) }
        if state == .suspended { return -Int(ESTRPIPE) }
        let count = min(frames, available, largestTransfer)
        guard count > 0 else { return -Int(EAGAIN) }
        for frame in 0..<count {
            for channel in 0..<settings.channels {
                let place = samples + (frame * settings.channels + channel) * settings.format.bytes
                Self.store(source(applied + frame, channel), settings.format, place)
            }
        }
        applied += count
        return count
    }

    func write(_ samples: UnsafeRawPointer, frames: Int) -> Int {
        if let code = failure("write") { return Int(code) }
        look()
        if state == .xrun { return -Int(EPIPE) }
        if state == .suspended { return -Int(ESTRPIPE) }
        let count = min(frames, available, largestTransfer)
        guard count > 0 else { return -Int(EAGAIN) }
        if let sink {
            for frame in 0..<count {
                sink(applied + frame, samples + frame * settings.channels * settings.format.bytes)
            }
        }
        applied += count
        return count
    }

    func wait(interrupt: Int32, milliseconds: Int32) -> PCMWake {
        var descriptor = pollfd(fd: interrupt, events: Int16(POLLIN), revents: 0)
        if poll(&descriptor, 1, 0) > 0 { return .interrupted }
        if let code = failure("wait") { return .failed(code) }
        look()
        guard state == .running, !wakesForNothing else { return .ready }
        guard !isStalled else {
            time.advance(by: .milliseconds(Int64(milliseconds)))
            return .timeout
        }
        let wanted = wakeAt - available
        guard wanted > 0 else { return .ready }
        // The hardware tells of its progress in steps.
        let target = (position + wanted + granularity - 1) / granularity * granularity
        let seconds = Double(target) / (Double(settings.rate) * (1 + millionths / 1_000_000))
        time.advance(to: startedAt + .nanoseconds(Int64((seconds * 1_000_000_000).rounded(.up)) + 1))
        return .ready
    }

    static func store(_ sample: Float, _ format: SampleFormat, _ place: UnsafeMutableRawPointer) {
        switch format {
        case .float32: place.storeBytes(of: sample, as: Float.self)
        case .int32: place.storeBytes(of: Int32(sample * 2_147_483_520), as: Int32.self)
        case .int24: place.storeBytes(of: Int32(sample * 8_388_607) & 0xFFFFFF | 0x5A00_0000, as: Int32.self)
        case .packed24:
            let value = UInt32(bitPattern: Int32(sample * 8_388_607))
            for byte in 0..<3 {
                place.storeBytes(of: UInt8(truncatingIfNeeded: value >> (8 * byte)), toByteOffset: byte, as: UInt8.self)
            }
        case .int16: place.storeBytes(of: Int16(sample * 32_767), as: Int16.self)
        }
    }
}

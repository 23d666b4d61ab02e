public import Base
import Glibc
public import Media
import Synchronization

/// A sound card that plays, and by whose clock the audio thread runs.
///
/// At most two blocks are in the card: it wakes the thread when it has begun with the last one, and the thread writes
/// the next. After the start and after every interruption silence is written ahead, so that the latency is what it was.
public final class ALSASpeaker: Speaker, SoundCardStream, @unchecked Sendable {
    /// How long the card may stand still.
    private static let patience: Int32 = 300

    public let device: DeviceDescription
    /// For the log: rate, format, channels and buffer.
    public let formatText: String
    let settings: PCMSettings
    private let failures: SoundFailures
    private let counters: SoundCounters
    private let now: @Sendable () -> Instant
    private let interrupt = EventSignal()
    private let isStopped = Atomic<Bool>(false)

    // The audio thread's own.
    private let pcm: any PCM
    private let converter: SampleConverter
    private let resampler: PlaybackResampler?
    private let resampled: UnsafeMutablePointer<Float>
    private let raw: UnsafeMutableRawPointer
    private let silence: UnsafeMutableRawPointer
    private var status = PCMStatus()
    private var clock = BlockClock()
    private var recovery: PCMRecovery
    private var guardStart: Instant?
    private var guardBlocks = 0
    /// Frames of a block at the card's rate, rounded up.
    private let blockFrames: Int
    /// Frames left in the card when the next block is wanted.
    private let wakeLevel: Int

    /// Carries what cannot be copied.
    private final class PlaybackResampler {
        let converter: RateConverter
        init(_ converter: consuming RateConverter) { self.converter = converter }
    }

    /// Opens a card. Blocks, allocates.
    /// - Parameters:
    ///   - name: a PCM of libasound: `hw:CARD=Jabra,DEV=0`.
    ///   - device: how it is shown.
    init(
        pcm: any PCM, name: String, device: DeviceDescription, channels: ChannelChoice, counters: SoundCounters,
        now: @escaping @Sendable () -> Instant = { MonotonicClock.now }
    ) throws(DeviceError) {
        let settings = try PCMSettings.negotiate(with: pcm, name: name, choice: channels, isCapture: false)
        self.pcm = pcm
        self.device = device
        self.counters = counters
        self.now = now
        self.settings = settings
        formatText = settings.text
        failures = SoundFailures(name: name, kind: .speaker)
        recovery = PCMRecovery(pcm, failures, counters)
        converter = SampleConverter(settings, choice: channels, isCapture: false)
        if settings.rate == AudioFormat.sampleRate {
            resampler = nil
        } else {
            resampler = PlaybackResampler(try RateConverter(from: AudioFormat.sampleRate, to: settings.rate))
        }
        blockFrames = (settings.rate + 99) / 100
        // A card that tells its position only once a period must hold a period more than is being played.
        wakeLevel = min(max(blockFrames, settings.period), settings.buffer - blockFrames)
        // One block more: a resampler may make a few frames more than a block at times.
        let room = 2 * max(blockFrames, AudioFormat.blockSize)
        resampled = .allocate(capacity: room)
        resampled.initialize(repeating: 0, count: room)
        raw = .allocate(byteCount: room * converter.frameBytes, alignment: 16)
        let level = max(wakeLevel, 1)
        silence = .allocate(byteCount: level * converter.frameBytes, alignment: 16)
        silence.initializeMemory(as: UInt8.self, repeating: 0, count: level * converter.frameBytes)
        let running = pcm.setRunning(wakeAt: settings.buffer - wakeLevel)
        guard running >= 0 else {
            throw systemError(running, "alsa:\(name)", expected: "a speaker that can be started")
        }
        try begin()
    }

    deinit {
        resampled.deallocate()
        raw.deallocate()
        silence.deallocate()
    }

    public var statistics: SoundStatistics { counters.statistics }

    // MARK: - Speaker

    public func waitForBlock() throws(DeviceError) -> Instant {
        var wakeups = 0
        while true {
            if isStopped.load(ordering: .acquiring) { throw failures.stopped }
            let code = pcm.readStatus(into: &status)
            guard code >= 0 else {
                try recover(from: code)
                continue
            }
            switch status.state {
            case .prepared, .running: break
            case .xrun, .other:
                try recover(from: -EPIPE)
                continue
            case .suspended:
                try recover(from: -ESTRPIPE)
                continue
            case .disconnected: throw failures.gone
            }
            let queued = settings.buffer - status.available
            if queued <= wakeLevel { return try heardAt(queued: queued) }
            if status.state == .prepared {
                try failures.check(pcm.start())
                continue
            }
            try wait(wakeups: wakeups)
            wakeups += 1
        }
    }

    public func write(_ block: UnsafeBufferPointer<Float>) throws(DeviceError) {
        var frames = block.count
        if let resampler {
            let room = 2 * max(blockFrames, AudioFormat.blockSize)
            let made = resampler.converter.process(block.baseAddress!, block.count, into: resampled, room).made
            converter.write(resampled, made, to: raw)
            frames = made
        } else {
            converter.write(block.baseAddress!, frames, to: raw)
        }
        for _ in 0..<3 {
            let written = pcm.write(raw, frames: frames)
            if written == frames || written == -Int(EAGAIN) || written >= 0 {
                if written < frames {
                    counters.droppedSamples.wrappingAdd(frames - max(written, 0), ordering: .relaxed)
                }
                recovery.blockDone()
                return
            }
            try recover(from: Int32(clamping: written))
        }
        throw failures.refused
    }

    public func stop() {
        isStopped.store(true, ordering: .releasing)
        interrupt.signal()
    }

    // MARK: - The audio thread

    private func wait(wakeups: Int) throws(DeviceError) {
        // Plugins wake for other reasons, too; whoever does so without end is looked at a thousand times a second.
        if wakeups > 8 {
            _ = SystemPause.pause(interrupt: interrupt.fileDescriptor, milliseconds: 1)
            guard wakeups < Int(Self.patience) else { throw failures.stalled }
            return
        }
        switch pcm.wait(interrupt: interrupt.fileDescriptor, milliseconds: Self.patience) {
        case .ready, .interrupted: break
        case .timeout: throw failures.stalled
        case .failed(let code): try recover(from: code)
        }
    }

    private func heardAt(queued: Int) throws(DeviceError) -> Instant {
        let now = now()
        try checkClock(now)
        // Until it runs a card does not tell what its hardware holds.
        guard status.state == .running else { return now + duration(of: queued) }
        // A plugin may know no time, or that of another clock.
        let isTimed = abs((now - status.timestamp).inNanoseconds) < 1_000_000_000
        let playAt = clock.take((isTimed ? status.timestamp : now) + duration(of: max(status.delay, queued)))
        counters.delayNanoseconds.store((playAt - now).inNanoseconds, ordering: .relaxed)
        counters.drift.store(Int(clock.millionths), ordering: .relaxed)
        return playAt
    }

    private func duration(of frames: Int) -> Duration {
        .nanoseconds(Int64(frames) * 1_000_000_000 / Int64(settings.rate))
    }

    /// A card takes a hundred blocks a second; what takes twice as many has no clock, and would keep the thread busy.
    private func checkClock(_ now: Instant) throws(DeviceError) {
        guard let start = guardStart, now - start < .seconds(1) else {
            (guardStart, guardBlocks) = (now, 0)
            return
        }
        guardBlocks += 1
        if guardBlocks > 250 { throw failures.timeless }
    }

    private func begin() throws(DeviceError) {
        try failures.check(pcm.prepare())
        clock.reset()
        var written = 0
        while written < wakeLevel {
            let count = pcm.write(silence, frames: wakeLevel - written)
            guard count > 0 else {
                try failures.check(Int32(clamping: count))
                throw failures.refused
            }
            written += count
        }
    }

    /// Brings the card back, or throws what it is now. Real-time safe.
    private func recover(from code: Int32) throws(DeviceError) {
        try recovery.recover(from: code) { () throws(DeviceError) in try begin() }
    }
}

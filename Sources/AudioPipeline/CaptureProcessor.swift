import Base
import CAudioProcessing
import Media
import Synchronization

/// Cleans what the microphone hears: echo, noise, loudness.
///
/// Echo goes in two stages. A linear filter (`EchoFilter`) takes out what can be predicted, over 300 ms of room, and does
/// not touch speech. webrtc-audio-processing's canceller then takes out what is left, and whatever the first stage does not
/// reach while it learns. Either alone is worse: the first learns slowly, the second cuts into speech while both sides
/// speak (Docs/decisions/0008-echo-in-two-stages.md has the figures). Where the first stage has found the echo is where
/// both look for it (`EchoAlignment`).
///
/// Any thread says what is wanted; everything else belongs to the audio thread.
public final class CaptureProcessor: @unchecked Sendable {
    private let wanted: Atomic<UInt32>
    private let toldDelay = Atomic<Int>(0)
    private let foundDelay = Atomic<Int>(0)

    // The audio thread's own.
    private let engine: OpaquePointer
    private let stage: Stage
    private let far: UnsafeMutablePointer<Float>
    private var alignment = EchoAlignment()
    private var active: CaptureProcessing = []
    private var blocks = 0

    /// The second stage's window begins so many milliseconds before the delay that it is told.
    private static let told = 20
    /// The filter is asked where the echo is so often: ten times a second, as speech changes, and less when it has settled.
    private static let searchInterval = 10
    private static let settledInterval = 50
    private static let settledBlocks = 1000

    /// Carries what cannot be copied.
    private final class Stage {
        var filter: EchoFilter
        var history = PlayedHistory()
        init(_ filter: consuming EchoFilter) { self.filter = filter }
    }

    /// Makes all components, so that switching allocates nothing.
    public init(_ components: CaptureProcessing = .all) throws(CaptureProcessorError) {
        var options = caudioprocessing_options()
        // The filter of 128 ms forgives a delay that is not exact; the delay-agnostic mode was seen not to find long ones.
        options.extended_filter = 1
        options.delay_agnostic = 0
        // Low: the first stage has done the most of it, and this one is to leave speech of the room alone.
        options.suppression = 0
        options.noise_level = 1
        guard let engine = caudioprocessing_create(&options) else {
            throw CaptureProcessorError("webrtc-audio-processing was expected to start at 48 kHz, but refuses")
        }
        guard let filter = EchoFilter() else {
            caudioprocessing_destroy(engine)
            throw CaptureProcessorError("speexdsp was expected to make an echo filter of 300 ms, but refuses")
        }
        self.engine = engine
        stage = Stage(filter)
        far = .allocate(capacity: AudioFormat.blockSize)
        far.initialize(repeating: 0, count: AudioFormat.blockSize)
        wanted = Atomic(components.rawValue)
    }

    deinit {
        caudioprocessing_destroy(engine)
        far.deallocate()
    }

    /// What is to be done; changes count from the next block. Any thread.
    public var components: CaptureProcessing {
        get { CaptureProcessing(rawValue: wanted.load(ordering: .relaxed)) }
        set { wanted.store(newValue.rawValue, ordering: .relaxed) }
    }

    /// The delay of the last block, from playing to hearing, as the devices tell it. Any thread.
    public var delay: Duration { .milliseconds(toldDelay.load(ordering: .relaxed)) }
    /// Where the echo was found, or is taken to be until it is. Any thread.
    public var echoDelay: Duration { .milliseconds(foundDelay.load(ordering: .relaxed)) }

    // MARK: - Audio thread

    /// How late blocks come out of `process`: what splitting them into bands takes. Real-time safe.
    public var latency: Duration {
        active.isDisjoint(with: .banded)
            ? .zero : .nanoseconds(Self.bandSamples * 1_000_000_000 / Int64(AudioFormat.sampleRate))
    }
    /// Measured.
    private static let bandSamples: Int64 = 383

    /// Takes note of what is about to be played; once before each `process`, silence where nothing is. Real-time safe.
    public func analyze(_ played: UnsafeBufferPointer<Float>) {
        obey()
        guard !active.isEmpty, let block = played.baseAddress, played.count == AudioFormat.blockSize else { return }
        stage.history.add(block)
    }

    /// Cleans a block in place; it comes out `latency` late. Real-time safe.
    /// - Parameter delay: from the first sample of the block last analyzed being heard from the loudspeaker, back to this
    ///   block's first sample being heard by the microphone.
    public func process(_ block: UnsafeMutableBufferPointer<Float>, delay: Duration) {
        guard !active.isEmpty, let samples = block.baseAddress, block.count == AudioFormat.blockSize else { return }
        let milliseconds = Int(min(max(delay.inNanoseconds, 0), 500_000_000) / 1_000_000)
        toldDelay.store(milliseconds, ordering: .relaxed)
        // Damage in the sound would stay in the filters for ever.
        Self.tame(samples)
        var told = 0
        if active.contains(.echoCancellation) {
            cancel(samples, delay: milliseconds)
            told = min(alignment.position, Self.told)
            foundDelay.store(alignment.position, ordering: .relaxed)
        }
        let offset = active.contains(.echoCancellation) ? alignment.position - told : 0
        stage.history.copy(delayedBy: Self.samples(offset), to: far)
        _ = caudioprocessing_analyze(engine, far)
        _ = caudioprocessing_process(engine, samples, Int32(told))
        // Bands put together again may be a little louder than they were.
        Self.tame(samples)
    }

    private func cancel(_ samples: UnsafeMutablePointer<Float>, delay: Int) {
        if alignment.take(told: delay) { stage.filter.reset() }
        stage.history.copy(delayedBy: Self.samples(alignment.filterOffset), to: far)
        stage.filter.process(samples, played: far)
        blocks &+= 1
        guard blocks % (blocks < Self.settledBlocks ? Self.searchInterval : Self.settledInterval) == 0 else { return }
        let echo = stage.filter.findEcho()
        if alignment.take(found: echo.place, clearness: echo.clearness) { stage.filter.reset() }
    }

    private static func samples(_ milliseconds: Int) -> Int { milliseconds * AudioFormat.sampleRate / 1000 }

    /// Into −1…1; what is not a number is silence.
    private static func tame(_ samples: UnsafeMutablePointer<Float>) {
        var index = 0
        while index < AudioFormat.blockSize {
            let sample = samples[index]
            if !(abs(sample) <= 1) { samples[index] = sample > 1 ? 1 : sample < -1 ? -1 : 0 }
            index &+= 1
        }
    }

    private func obey() {
        let wanted = CaptureProcessing(rawValue: wanted.load(ordering: .relaxed)).intersection(.all)
        guard wanted != active else { return }
        if wanted.contains(.echoCancellation), !active.contains(.echoCancellation) {
            stage.filter.reset()
            alignment = EchoAlignment()
            blocks = 0
        }
        if active.isEmpty { stage.history.removeAll() }
        _ = caudioprocessing_enable(engine, wanted.rawValue)
        active = wanted
    }
}

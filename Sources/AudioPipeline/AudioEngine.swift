public import Base
public import Codecs
public import Media
import Synchronization

/// The audio thread: every 10 ms it plays the mix of all participants and takes a block from the microphone, which it
/// encodes. The speaker's clock paces it; without a speaker a `Speaker` that only paces does.
///
/// The control plane sets what is wanted and reads what is (`status`): a mute counts when the thread has obeyed it.
public final class AudioEngine: @unchecked Sendable {
    /// Where encoded packets go: called on the audio thread, so it must be real-time safe.
    public typealias Output = @Sendable (UnsafeBufferPointer<UInt8>, EncodedAudio) -> Void

    /// What the audio thread really does.
    public struct Status: Hashable, Sendable {
        /// What leaves the room is what the microphone hears; otherwise it is silence.
        public var isMicrophoneOpen: Bool
        public var isSpeakerMuted: Bool
        /// Per cent.
        public var volume: Int
        public var microphoneLost: Bool
        public var speakerLost: Bool
        /// dBFS of what the microphone hears, muted or not, −127…0.
        public var microphoneDecibels: Int
        /// dBFS of what is played.
        public var speakerDecibels: Int
    }

    private let microphone: (any Microphone)?
    private let speaker: any Speaker
    private let output: Output
    private let processor: CaptureProcessor?
    private let clock: EngineClock
    private let streams = StreamSet()
    private let changed = EventSignal()
    private let encoder: Mutex<SendableEncoder?>
    private let thread = Mutex<[DeviceThread]>([])
    /// Beats with every block.
    public let pulse = LoopPulse("audio")

    private let wantsMicrophone = Atomic<Bool>(false)
    private let wantsSending = Atomic<Bool>(false)
    private let wantedVolume = Atomic<Int>(AudioEngine.unityVolume)
    private let wantsSpeakerMuted = Atomic<Bool>(false)
    private let wantsChime = Atomic<Bool>(false)
    private let isStopping = Atomic<Bool>(false)

    private let hasMicrophone = Atomic<Bool>(false)
    private let hasVolume = Atomic<Int>(AudioEngine.unityVolume)
    private let hasSpeakerMuted = Atomic<Bool>(false)
    private let microphoneLost = Atomic<Bool>(false)
    private let speakerLost = Atomic<Bool>(false)
    private let microphoneLevel = Atomic<Int>(-127)
    private let speakerLevel = Atomic<Int>(-127)
    private let playedBlocks = Atomic<Int64>(0)
    private let lastPlayedAt = Atomic<Int64>(0)
    private let playedVersion = Atomic<Int>(0)
    private let lateWakeups = Atomic<Int64>(0)

    private struct SendableEncoder: ~Copyable, @unchecked Sendable {
        var encoder: OpusEncoder
    }

    /// - Parameter processor: what cleans the microphone's sound in meetings; nil where nothing does, as of simulated
    ///   devices, which have no echo.
    public convenience init(
        microphone: (any Microphone)?, speaker: any Speaker, processor: CaptureProcessor? = nil,
        output: @escaping Output
    ) throws(CodecError) {
        try self.init(
            microphone: microphone, speaker: speaker, processor: processor, clock: .monotonic, output: output)
    }

    init(
        microphone: (any Microphone)?, speaker: any Speaker, processor: CaptureProcessor? = nil, clock: EngineClock,
        output: @escaping Output
    ) throws(CodecError) {
        self.processor = processor
        self.clock = clock
        self.microphone = microphone
        self.speaker = speaker
        self.output = output
        encoder = Mutex(SendableEncoder(encoder: try OpusEncoder()))
    }

    // MARK: - Control plane

    /// Starts the audio thread; once.
    /// - Parameter observer: called on a thread of its own whenever `status` has changed, and ten times a second for the
    ///   levels.
    public func start(observer: @escaping @Sendable (Status) -> Void) throws(ThreadError) {
        let watcher = try DeviceThread(name: "audio-status") { [self] in
            while !isStopping.load(ordering: .acquiring) {
                changed.wait()
                observer(status)
            }
        }
        let audio: DeviceThread
        do {
            audio = try DeviceThread(name: "audio", priority: .realTime(20)) { [self] in run() }
        } catch {
            isStopping.store(true, ordering: .releasing)
            changed.signal()
            throw error
        }
        thread.withLock { $0 = [audio, watcher] }
    }

    /// Ends the thread and frees the devices.
    public func stop() {
        isStopping.store(true, ordering: .releasing)
        speaker.stop()
        microphone?.stop()
        let threads = thread.withLock { threads in
            defer { threads = [] }
            return threads
        }
        threads.first?.join()
        changed.signal()
        for other in threads.dropFirst() { other.join() }
    }

    /// Opens the microphone or mutes it; done when `status` says so.
    public func setMicrophone(isOpen: Bool) {
        wantsMicrophone.store(isOpen, ordering: .releasing)
    }

    /// Whether packets are made at all: in a meeting they are, silence too.
    public func setSending(_ isSending: Bool) {
        wantsSending.store(isSending, ordering: .releasing)
    }

    /// - Parameter volume: per cent.
    public func setSpeaker(volume: Int, isMuted: Bool) {
        wantedVolume.store(min(max(volume, 0), 100), ordering: .releasing)
        wantsSpeakerMuted.store(isMuted, ordering: .releasing)
    }

    /// Sounds the announcement of a join, once.
    public func playChime() {
        wantsChime.store(true, ordering: .releasing)
    }

    public func add(_ stream: PlayoutStream) {
        streams.change { $0.append(stream) }
    }

    public func remove(_ stream: PlayoutStream) {
        streams.change { $0.removeAll { $0 === stream } }
    }

    public var playing: [PlayoutStream] { streams.streams }

    public var status: Status {
        Status(
            isMicrophoneOpen: hasMicrophone.load(ordering: .acquiring),
            isSpeakerMuted: hasSpeakerMuted.load(ordering: .acquiring), volume: hasVolume.load(ordering: .acquiring),
            microphoneLost: microphoneLost.load(ordering: .acquiring),
            speakerLost: speakerLost.load(ordering: .acquiring),
            microphoneDecibels: microphoneLevel.load(ordering: .relaxed),
            speakerDecibels: speakerLevel.load(ordering: .relaxed))
    }

    /// How many samples have been played, and when the first of the last block is heard.
    public var playout: (samples: Int64, at: Instant) {
        while true {
            let version = playedVersion.load(ordering: .sequentiallyConsistent)
            let blocks = playedBlocks.load(ordering: .sequentiallyConsistent)
            let at = lastPlayedAt.load(ordering: .sequentiallyConsistent)
            guard version & 1 == 0, version == playedVersion.load(ordering: .sequentiallyConsistent) else { continue }
            return (max(0, blocks - 1) * Int64(AudioFormat.blockSize), Instant(nanoseconds: at))
        }
    }

    /// For the streams that are played: how long their packets wait until they are heard.
    public let playoutDelays = SharedLatencyHistogram()

    /// How often the thread came more than 10 ms late.
    public var deadlinesMissed: Int64 { lateWakeups.load(ordering: .relaxed) }

    // MARK: - Audio thread

    private func run() {
        var loop = makeLoop()
        while !isStopping.load(ordering: .acquiring) { step(&loop) }
    }

    /// What the one audio thread owns.
    func makeLoop() -> AudioLoop {
        let taken = encoder.withLock { held -> SendableEncoder? in
            var out: SendableEncoder?
            swap(&out, &held)
            return out
        }
        guard let taken else { preconditionFailure("an engine is started once; make a new one after stop()") }
        return AudioLoop(encoder: taken.encoder)
    }

    /// One block of 10 ms. Real-time safe as long as the devices are.
    func step(_ loop: inout AudioLoop) {
        pulse.beat(at: clock.now())
        do {
            let playAt = try speaker.waitForBlock()
            let now = clock.now()
            if now > playAt + AudioFormat.blockDuration { lateWakeups.wrappingAdd(1, ordering: .relaxed) }
            loop.endFallback()
            play(&loop, at: now, playAt: playAt, isAudible: true)
            record(&loop, at: now, playAt: playAt)
        } catch {
            speakerLost.store(true, ordering: .releasing)
            // The clock goes on without the speaker.
            let next = loop.fallbackDeadline(after: clock.now())
            clock.sleep(next)
            play(&loop, at: next, playAt: next, isAudible: false)
            record(&loop, at: next, playAt: next)
        }
        if loop.hasNews(status) { changed.signal() }
    }

    private func play(_ loop: inout AudioLoop, at now: Instant, playAt: Instant, isAudible: Bool) {
        streams.refresh(&loop.streams, version: &loop.streamsVersion)
        let isMuted = wantsSpeakerMuted.load(ordering: .acquiring)
        let volume = wantedVolume.load(ordering: .acquiring)
        loop.mixer.begin()
        for stream in loop.streams {
            if stream.pull(into: loop.block, at: now, playAt: playAt) {
                loop.mixer.add(UnsafeBufferPointer(loop.block))
            }
        }
        if wantsChime.exchange(false, ordering: .acquiring) { loop.chime.start() }
        if loop.chime.read(into: loop.block) { loop.mixer.add(UnsafeBufferPointer(loop.block)) }
        let mixed = loop.mixer.finish(volume: isMuted ? 0 : Self.gain(volume: volume))
        loop.speakerMeter.measure(mixed)
        speakerLevel.store(Int(loop.speakerMeter.decibels.rounded()), ordering: .relaxed)
        var isHeard = isAudible
        if isAudible {
            do {
                try speaker.write(mixed)
                speakerLost.store(false, ordering: .releasing)
                notePlayed(at: playAt)
            } catch {
                speakerLost.store(true, ordering: .releasing)
                isHeard = false
            }
        }
        // Between meetings nobody hears the microphone, and its level need not be clean.
        loop.isProcessing = processor != nil && wantsSending.load(ordering: .acquiring)
        if loop.isProcessing { processor?.analyze(isHeard ? mixed : UnsafeBufferPointer(loop.silence)) }
        hasVolume.store(volume, ordering: .releasing)
        hasSpeakerMuted.store(isMuted, ordering: .releasing)
    }

    /// The volume that leaves the sound as loud as it is.
    public static let unityVolume = 50

    /// The volume's factor: half of the range is unity, the end is +12 dB, a quarter −12 dB.
    static func gain(volume: Int) -> Float { Float(volume * volume) / 2500 }

    /// Two numbers that belong together: the version is odd while they do not.
    private func notePlayed(at playAt: Instant) {
        playedVersion.wrappingAdd(1, ordering: .sequentiallyConsistent)
        lastPlayedAt.store(playAt.nanoseconds, ordering: .sequentiallyConsistent)
        playedBlocks.wrappingAdd(1, ordering: .sequentiallyConsistent)
        playedVersion.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }

    private func record(_ loop: inout AudioLoop, at now: Instant, playAt: Instant) {
        var capturedAt = now - AudioFormat.blockDuration
        var isHeard = false
        if let microphone {
            do {
                if let instant = try microphone.read(into: loop.block, at: now) {
                    capturedAt = instant
                    isHeard = true
                }
                microphoneLost.store(false, ordering: .releasing)
            } catch {
                microphoneLost.store(true, ordering: .releasing)
            }
        }
        if !isHeard { loop.block.update(repeating: 0) }
        if loop.isProcessing, let processor {
            processor.process(loop.block, delay: playAt - capturedAt)
            capturedAt = capturedAt - processor.latency
        }
        loop.microphoneMeter.measure(UnsafeBufferPointer(loop.block))
        microphoneLevel.store(Int(loop.microphoneMeter.decibels.rounded()), ordering: .relaxed)
        let isOpen = wantsMicrophone.load(ordering: .acquiring) && microphone != nil
        loop.open(isOpen)
        hasMicrophone.store(isOpen, ordering: .releasing)
        loop.take(capturedAt: capturedAt, isSending: wantsSending.load(ordering: .acquiring), output)
    }
}

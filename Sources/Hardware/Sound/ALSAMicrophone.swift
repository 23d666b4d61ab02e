public import Base
import Glibc
public import Media
import Synchronization

/// A sound card that records, read at the pace of the speaker.
///
/// Nothing waits here: each block is made of what the card has by then. Where the card's clock is not the speaker's the
/// sound is resampled a little: how much is learned from the latency, which is kept where it is (`DriftLoop`). A card
/// that has the speaker's clock, as every device has that is both, shows no drift, and its samples stay as they are.
public final class ALSAMicrophone: Microphone, SoundCardStream, @unchecked Sendable {
    /// Beyond the block itself: at first, what a miss adds, and at most.
    private static let firstMargin = Duration.milliseconds(4)
    private static let marginStep = Duration.milliseconds(3)
    private static let largestMargin = Duration.milliseconds(13)
    /// So much more than wanted, for this many blocks on end, is thrown away at once; less the drift loop takes.
    private static let excess = 0.004
    private static let excessBlocks = 50
    /// Seconds by which the latency has moved when the clocks are two.
    private static let drifted = 0.0015

    public let device: DeviceDescription
    public var channels: Int { settings.channels }
    /// For the log: rate, format, channels and buffer.
    public let formatText: String
    let settings: PCMSettings
    private let failures: SoundFailures
    private let counters: SoundCounters
    private let isStopped = Atomic<Bool>(false)

    // The audio thread's own.
    private let pcm: any PCM
    private let converter: SampleConverter
    private let sound: Sound
    private let raw: UnsafeMutableRawPointer
    private let rawFrames: Int
    private var status = PCMStatus()
    private var clock = BlockClock()
    private var drift = DriftLoop()
    private var margin = ALSAMicrophone.firstMargin
    private var isPrimed = false
    private var isResampled: Bool
    private var blocks = 0
    private var leastExcess = Double.infinity
    /// Seconds: how much later than it should be the sound at hand is, and how long ago its first sample was heard.
    private var lateness = 0.0
    private var latencyBeforeFill = 0.0
    private var recovery: PCMRecovery
    private var standstill = 0

    /// Carries what cannot be copied.
    private final class Sound {
        var queue: SampleQueue
        var resampler: RateConverter
        init(_ queue: consuming SampleQueue, _ resampler: consuming RateConverter) {
            self.queue = queue
            self.resampler = resampler
        }
    }

    /// Opens a card and starts it. Blocks, allocates.
    /// - Parameters:
    ///   - name: a PCM of libasound: `hw:CARD=Jabra,DEV=0`.
    ///   - device: how it is shown.
    init(
        pcm: any PCM, name: String, device: DeviceDescription, channels: ChannelChoice, counters: SoundCounters
    ) throws(DeviceError) {
        let settings = try PCMSettings.negotiate(with: pcm, name: name, choice: channels, isCapture: true)
        self.pcm = pcm
        self.device = device
        self.counters = counters
        self.settings = settings
        formatText = settings.text
        failures = SoundFailures(name: name, kind: .microphone)
        recovery = PCMRecovery(pcm, failures, counters)
        converter = SampleConverter(settings, choice: channels, isCapture: true)
        sound = Sound(
            SampleQueue(capacity: settings.buffer + settings.rate / 10),
            try RateConverter(from: settings.rate, to: AudioFormat.sampleRate))
        isResampled = settings.rate != AudioFormat.sampleRate
        rawFrames = settings.buffer
        raw = .allocate(byteCount: rawFrames * converter.frameBytes, alignment: 16)
        let running = pcm.setRunning(wakeAt: settings.period)
        guard running >= 0 else {
            throw systemError(running, "alsa:\(name)", expected: "a microphone that can be started")
        }
        try begin()
    }

    deinit { raw.deallocate() }

    public var statistics: SoundStatistics { counters.statistics }

    // MARK: - Microphone

    public func read(
        into block: UnsafeMutableBufferPointer<Float>, at now: Instant
    ) throws(DeviceError) -> Instant? {
        if isStopped.load(ordering: .acquiring) { throw failures.stopped }
        guard try fetch() else {
            block.update(repeating: 0)
            return nil
        }
        guard prime(at: now), fill(block) else {
            block.update(repeating: 0)
            counters.missedBlocks.wrappingAdd(1, ordering: .relaxed)
            return nil
        }
        let latency = latencyBeforeFill
        follow()
        let heardAt = clock.take(now - .nanoseconds(Int64(latency * 1_000_000_000)))
        counters.delayNanoseconds.store((now - heardAt).inNanoseconds, ordering: .relaxed)
        return heardAt
    }

    public func stop() {
        isStopped.store(true, ordering: .releasing)
    }

    // MARK: - The audio thread

    /// Takes all that the card has. `status` then tells what it still holds.
    /// - Returns: false when it had to be started again.
    private func fetch() throws(DeviceError) -> Bool {
        let code = pcm.readStatus(into: &status)
        guard code >= 0 else { return try restarted(from: code) }
        switch status.state {
        case .running, .prepared: break
        case .xrun, .other: return try restarted(from: -EPIPE)
        case .suspended: return try restarted(from: -ESTRPIPE)
        case .disconnected: throw failures.gone
        }
        status.delay = max(status.delay, status.available)
        var left = status.available
        // A card whose clock stands still says so by silence only.
        standstill = left == 0 ? standstill + 1 : 0
        if standstill > 30 { throw failures.stalled }
        while left > 0 {
            if sound.queue.room < min(left, rawFrames) { discard(min(left, rawFrames) - sound.queue.room) }
            let count = pcm.read(into: raw, frames: min(left, rawFrames))
            if count == 0 || count == -Int(EAGAIN) { break }
            guard count > 0 else { return try restarted(from: Int32(clamping: count)) }
            converter.read(count, from: raw, into: sound.queue.makeRoom())
            sound.queue.added(count)
            status.delay -= count
            left -= count
        }
        recovery.blockDone()
        return true
    }

    private func discard(_ count: Int) {
        let dropped = min(max(count, 0), sound.queue.count)
        sound.queue.remove(dropped)
        counters.droppedSamples.wrappingAdd(dropped, ordering: .relaxed)
    }

    /// Waits, in silence, until there is as much as there is to be from then on, and notes the block's latency.
    private func prime(at now: Instant) -> Bool {
        // A plugin may know no time, or that of another clock.
        let isTimed = abs((now - status.timestamp).inNanoseconds) < 1_000_000_000
        let since = isTimed ? (now - status.timestamp).inSeconds : 0
        let rate = Double(settings.rate)
        // What can be had, against what is to be there: what the card itself takes for its work is beyond both.
        lateness = Double(sound.queue.count) / rate + since - (0.01 + margin.inSeconds)
        if !isPrimed {
            guard lateness >= 0 else { return false }
            let surplus = min(Int(lateness * rate), sound.queue.count)
            sound.queue.remove(surplus)
            lateness -= Double(surplus) / rate
            isPrimed = true
            clock.reset()
            drift.forgetLateness()
            leastExcess = .infinity
        }
        let filter = isResampled ? sound.resampler.latency : 0
        latencyBeforeFill = Double(status.delay + sound.queue.count + filter) / rate + since
        return true
    }

    /// Makes one block, or finds that there is too little for it.
    private func fill(_ block: UnsafeMutableBufferPointer<Float>) -> Bool {
        let need = isResampled ? sound.resampler.need(block.count) : block.count
        guard sound.queue.count >= need else {
            // Never again so little: from here on a little more is kept.
            margin = min(margin + Self.marginStep, Self.largestMargin)
            isPrimed = false
            return false
        }
        guard isResampled else {
            block.baseAddress!.update(from: sound.queue.first, count: block.count)
            sound.queue.remove(block.count)
            return true
        }
        var filled = 0
        while filled < block.count, sound.queue.count > 0 {
            let (consumed, made) = sound.resampler.process(
                sound.queue.first, sound.queue.count, into: block.baseAddress! + filled, block.count - filled)
            sound.queue.remove(consumed)
            filled += made
            if consumed == 0, made == 0 { break }
        }
        if filled < block.count { UnsafeMutableBufferPointer(rebasing: block[filled...]).update(repeating: 0) }
        return true
    }

    /// Keeps the latency: slowly by the ratio, at once when it is far off.
    private func follow() {
        blocks &+= 1
        leastExcess = min(leastExcess, lateness)
        if blocks % Self.excessBlocks == 0 {
            if leastExcess > Self.excess { discard(Int(leastExcess * Double(settings.rate))) }
            leastExcess = .infinity
        }
        drift.take(lateness: lateness)
        guard isResampled else {
            drift.forgetDrift()
            if abs(drift.lateness) > Self.drifted {
                isResampled = true
                sound.resampler.reset()
            }
            return
        }
        counters.drift.store(Int(drift.drift.rounded()), ordering: .relaxed)
        // A change costs more than a block does.
        if blocks % 32 == 0 { sound.resampler.change(millionths: drift.correction) }
    }

    private func begin() throws(DeviceError) {
        isPrimed = false
        standstill = 0
        sound.queue.removeAll()
        sound.resampler.reset()
        try failures.check(pcm.prepare())
        try failures.check(pcm.start())
    }

    /// Brings the card back, or throws what it is now. Real-time safe.
    /// - Returns: false: there is nothing to read yet.
    private func restarted(from code: Int32) throws(DeviceError) -> Bool {
        try recovery.recover(from: code) { () throws(DeviceError) in try begin() }
        return false
    }
}

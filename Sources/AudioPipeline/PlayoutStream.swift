public import Base
public import Codecs
public import Media
import Synchronization

/// One participant's sound between the media thread, which pushes packets, and the audio thread, which plays them.
public final class PlayoutStream: @unchecked Sendable {
    /// For the caller to find the stream again.
    public let name: String
    private let packets = PacketRing<PlayoutPacket>(capacity: 64)
    // The audio thread's alone, after `init`.
    private var buffer: PlayoutBuffer
    private var meter = LevelMeter()
    private var offsetKnownAt: Instant?

    // Published by the audio thread.
    private let level = Atomic<Int>(-127)
    private let voice = Atomic<Bool>(false)
    private let offset = Atomic<Int64>(PlayoutPacket.unknownCaptureTime)
    private let depthNanoseconds = Atomic<Int64>(0)
    private let heldPackets = Atomic<Int>(0)
    private let played = Atomic<UInt64>(0)
    private let concealed = Atomic<UInt64>(0)
    private let recovered = Atomic<UInt64>(0)
    private let late = Atomic<UInt64>(0)
    private let overflowed = Atomic<UInt64>(0)
    private let damaged = Atomic<UInt64>(0)
    private let removed = Atomic<UInt64>(0)
    private let inserted = Atomic<UInt64>(0)
    private let targetNanoseconds = Atomic<Int64>(0)

    /// - Parameter delays: see `PlayoutBuffer`.
    public init(name: String, delays: SharedLatencyHistogram? = nil) throws(CodecError) {
        self.name = name
        buffer = try PlayoutBuffer(delays: delays)
    }

    /// Hands one received packet over. From the media thread only. Real-time safe.
    /// - Returns: false when the audio thread is too far behind; the packet is lost.
    @discardableResult
    public func push(_ payload: Span<UInt8>, _ packet: PlayoutPacket) -> Bool {
        packets.push(payload, tag: packet)
    }

    /// dBFS of what was last played, −127…0.
    public var decibels: Int { level.load(ordering: .relaxed) }
    public var isVoice: Bool { voice.load(ordering: .relaxed) }

    /// Clocks drift, and the sender's may be set: without sound for so long nothing is known of them.
    static let longestUnheard = Duration.seconds(5)

    /// Local instant of playing minus the sender's capture time, in nanoseconds; nil until the sender's clock is known,
    /// and again when no sound has come for five seconds.
    /// A picture that was captured at `t` on the sender's clock is in step with the sound when shown at `t` plus this.
    public var playoutOffset: Int64? {
        let value = offset.load(ordering: .relaxed)
        return value == PlayoutPacket.unknownCaptureTime ? nil : value
    }

    /// Sound held back just now.
    public var depth: Duration { .nanoseconds(depthNanoseconds.load(ordering: .relaxed)) }

    /// How full the buffers are: packets on their way to the audio thread, and those held back for their turn.
    public var depths: [BufferDepth] {
        [
            packets.depth(as: "playoutRing"),
            BufferDepth(
                "playout", depth: heldPackets.load(ordering: .relaxed), capacity: PlayoutBuffer.capacity,
                dropped: overflowed.load(ordering: .relaxed)),
        ]
    }

    /// For how long sound is to be held back, as the network's jitter demands.
    public var target: Duration { .nanoseconds(targetNanoseconds.load(ordering: .relaxed)) }

    /// What the buffer has done since it was made. Each figure is right; together they may be of two consecutive blocks.
    public var statistics: PlayoutStatistics {
        var statistics = PlayoutStatistics()
        statistics.samples = played.load(ordering: .relaxed)
        statistics.concealedSamples = concealed.load(ordering: .relaxed)
        statistics.recoveredPackets = recovered.load(ordering: .relaxed)
        statistics.latePackets = late.load(ordering: .relaxed)
        statistics.overflowedPackets = overflowed.load(ordering: .relaxed) + packets.dropped
        statistics.damagedPackets = damaged.load(ordering: .relaxed)
        statistics.removedSamples = removed.load(ordering: .relaxed)
        statistics.insertedSamples = inserted.load(ordering: .relaxed)
        return statistics
    }

    /// Writes the next block. From the audio thread only. Real-time safe.
    /// - Parameter playAt: when the block's first sample will be heard.
    /// - Returns: whether there is anything to hear.
    func pull(into block: UnsafeMutableBufferPointer<Float>, at now: Instant, playAt: Instant) -> Bool {
        // No more than the ring holds, however fast somebody pushes.
        for _ in 0..<packets.capacity {
            guard packets.pop({ payload, packet in buffer.insert(payload, packet) }) != nil else { break }
        }
        let pulled = buffer.pull(into: block, at: now)
        meter.measure(UnsafeBufferPointer(block))
        level.store(Int(meter.decibels.rounded()), ordering: .relaxed)
        voice.store(meter.isVoice, ordering: .relaxed)
        if pulled.captureTime != PlayoutPacket.unknownCaptureTime {
            offset.store(playAt.nanoseconds &- pulled.captureTime, ordering: .relaxed)
            offsetKnownAt = now
        } else if let knownAt = offsetKnownAt, now - knownAt > Self.longestUnheard {
            offset.store(PlayoutPacket.unknownCaptureTime, ordering: .relaxed)
            offsetKnownAt = nil
        }
        depthNanoseconds.store(buffer.depth.inNanoseconds, ordering: .relaxed)
        heldPackets.store(buffer.packetCount, ordering: .relaxed)
        let statistics = buffer.statistics
        played.store(statistics.samples, ordering: .relaxed)
        concealed.store(statistics.concealedSamples, ordering: .relaxed)
        recovered.store(statistics.recoveredPackets, ordering: .relaxed)
        late.store(statistics.latePackets, ordering: .relaxed)
        overflowed.store(statistics.overflowedPackets, ordering: .relaxed)
        damaged.store(statistics.damagedPackets, ordering: .relaxed)
        removed.store(statistics.removedSamples, ordering: .relaxed)
        inserted.store(statistics.insertedSamples, ordering: .relaxed)
        targetNanoseconds.store(buffer.target.inNanoseconds, ordering: .relaxed)
        return pulled.isSound
    }
}

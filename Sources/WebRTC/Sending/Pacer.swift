import Base
import RTP

/// Spreads packets over time with a leaky bucket, so that a key frame does not fill the queues on the way.
///
/// Audio never waits and goes first; retransmissions come before new video; padding fills probes. All queues are
/// bounded. The bucket leaks at 2.5 times the target bitrate, faster when packets would otherwise wait longer than a
/// second, and at the probe's own rate while the path is probed.
struct Pacer: Sendable {
    enum PacketKind: Hashable, Sendable {
        case audio
        case retransmission
        case video
        /// Only measures the path.
        case padding
    }

    /// A packet that is to leave now, besides its bytes.
    struct Departure: Hashable, Sendable {
        var kind: PacketKind
        var extensions: RTPExtensionMap
        /// It may be sent again byte for byte, so that what it is stamped with must be kept.
        var isRepeatable: Bool
        /// The probe that the packet belongs to.
        var probe: Int?
        /// When the encoder was done with what ends with this packet.
        var readyAt: Instant?
    }

    private struct Waiting: Sendable {
        var kind: PacketKind
        var extensions: RTPExtensionMap
        var isRepeatable: Bool
        var since: Instant
        var byteCount: Int
        var readyAt: Instant?
    }

    /// In bits a second.
    var targetBitrate: Int
    private var audio = DatagramQueue<Waiting>(capacity: 64)
    private var retransmissions = DatagramQueue<Waiting>(capacity: 256)
    private var video = DatagramQueue<Waiting>(capacity: Self.videoCapacity)
    private var audioSince: Instant?
    /// Bytes waiting in the queues that are paced.
    private(set) var queuedBytes = 0
    /// Those among them that are sent again.
    private(set) var queuedRetransmissionBytes = 0
    /// Bytes sent ahead of the bucket's leak.
    private var debt = 0.0
    private var debtAt = Instant.zero
    private var probe: Probe?

    private static let videoCapacity = 1024
    private static let factor = 2.5
    private static let longestWait = Duration.seconds(1)
    /// What may leave at once: an ordinary picture is not held back, as in libwebrtc; a key frame still is.
    private static let burst = Duration.milliseconds(40)

    private struct Probe: Sendable {
        let cluster: ProbeCluster
        var sentBytes = 0
        var sentPackets = 0
        var startedAt: Instant?
    }

    init(targetBitrate: Int) {
        self.targetBitrate = targetBitrate
    }

    /// Video packets for which there is room.
    var videoRoom: Int { Self.videoCapacity - video.count }
    /// Packets refused because a queue was full.
    var refusedPackets: UInt64 { audio.dropped + retransmissions.dropped + video.dropped }
    var depths: [BufferDepth] {
        [
            audio.depth(as: "pacerAudio"), retransmissions.depth(as: "pacerRetransmissions"),
            video.depth(as: "pacerVideo"),
        ]
    }
    /// How long a packet that is queued now will wait: the encoder leaves raw frames out when this grows.
    var expectedDelay: Duration { .nanoseconds(Int64(Double(queuedBytes) * 8e9 / rate)) }

    /// In bits a second.
    private var rate: Double {
        if let probe { return Double(probe.cluster.bitrate) }
        let drain = Double(queuedBytes) * 8 / Self.longestWait.inSeconds
        return max(Double(targetBitrate) * Self.factor, drain, 100_000)
    }

    /// Takes the packet's bytes by swapping.
    /// - Parameter isRepeatable: see `Departure`, as for `readyAt`.
    /// - Returns: false when its queue is full.
    mutating func enqueue(
        _ packet: inout [UInt8], as kind: PacketKind, extensions: RTPExtensionMap, isRepeatable: Bool = false,
        readyAt: Instant? = nil, at now: Instant
    ) -> Bool {
        let byteCount = packet.count
        let waiting = Waiting(
            kind: kind, extensions: extensions, isRepeatable: isRepeatable, since: now, byteCount: byteCount,
            readyAt: readyAt)
        switch kind {
        case .audio:
            guard audio.push(swapping: &packet, tag: waiting) else { return false }
            audioSince = audioSince ?? now
            return true
        case .retransmission, .padding:
            guard retransmissions.push(swapping: &packet, tag: waiting) else { return false }
            queuedRetransmissionBytes += byteCount
        case .video:
            guard video.push(swapping: &packet, tag: waiting) else { return false }
        }
        queuedBytes += byteCount
        return true
    }

    /// Hands out the next packet that may leave now by swapping it with `packet`.
    mutating func next(swapping packet: inout [UInt8], at now: Instant) -> Departure? {
        leak(at: now)
        if let waiting = audio.pop(swapping: &packet) {
            audioSince = audio.isEmpty ? nil : audioSince
            return depart(waiting, at: now)
        }
        guard debt <= allowance else { return nil }
        if let waiting = retransmissions.pop(swapping: &packet) ?? video.pop(swapping: &packet) {
            queuedBytes -= waiting.byteCount
            if waiting.kind != .video { queuedRetransmissionBytes -= waiting.byteCount }
            return depart(waiting, at: now)
        }
        return nil
    }

    /// A probe goes out without bursts, or it would measure the burst.
    private var allowance: Double { probe == nil ? rate / 8 * Self.burst.inSeconds : 0 }

    private mutating func leak(at now: Instant) {
        if debtAt < now {
            debt = max(0, debt - rate / 8 * (now - debtAt).inSeconds)
            debtAt = now
        }
        // A probe that media and padding cannot feed is given up.
        if let startedAt = probe?.startedAt, now - startedAt > .seconds(1) { probe = nil }
    }

    /// Takes note of bytes that leave beside the queues.
    mutating func charge(_ byteCount: Int, at now: Instant) {
        leak(at: now)
        debt += Double(byteCount)
    }

    private mutating func depart(_ waiting: Waiting, at now: Instant) -> Departure {
        debt += Double(waiting.byteCount)
        var departure = Departure(
            kind: waiting.kind, extensions: waiting.extensions, isRepeatable: waiting.isRepeatable, probe: nil,
            readyAt: waiting.readyAt)
        guard var probe, waiting.kind != .audio else { return departure }
        departure.probe = probe.cluster.id
        probe.startedAt = probe.startedAt ?? now
        probe.sentBytes += waiting.byteCount
        probe.sentPackets += 1
        let isDone =
            probe.sentPackets >= probe.cluster.minimumPackets && probe.sentBytes >= probe.cluster.minimumBytes
        self.probe = isDone ? nil : probe
        return departure
    }

    /// Begins to send at the cluster's rate; a probe still running is given up.
    mutating func start(_ cluster: ProbeCluster, at now: Instant) {
        leak(at: now)
        debt = 0
        probe = Probe(cluster: cluster)
    }

    /// Whether a probe runs and has nothing left to send: the caller then queues padding and asks again.
    var wantsPadding: Bool { probe?.startedAt != nil && queuedBytes == 0 && debt <= allowance }

    /// When `next` will have a packet, or padding is wanted; nil while there is nothing to send.
    var nextDeadline: Instant? {
        if let audioSince { return audioSince }
        guard queuedBytes > 0 || probe?.startedAt != nil else { return nil }
        let excess = debt - allowance
        guard excess > 0 else {
            // Padding that nobody has must not make the timer spin.
            return queuedBytes > 0 ? debtAt : debtAt + .milliseconds(1)
        }
        // Rounded up: at that instant the bucket has leaked enough.
        return debtAt + .nanoseconds(Int64((excess * 8e9 / rate).rounded(.up)) + 1)
    }
}

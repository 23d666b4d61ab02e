public import Base
import Media
public import RTP
import Synchronization
import WebRTC

/// Encoded audio from the audio thread to one transceiver, without locks and without allocation.
///
/// One thread pushes. When it is full, or its connection is closed, the newest packet is dropped and counted.
public final class OutgoingAudioQueue: Sendable {
    struct Tag: BitwiseCopyable, Sendable {
        var timestamp: UInt32
        var isVoice: Bool
        var minusDecibels: UInt8
        var captureTime: Int64
        /// When it was handed over, which is when the encoder was done with it.
        var readyAt: Int64
    }

    /// 160 ms of 20-ms packets: more would only be late.
    static let capacity = 8

    let transceiver: TransceiverID
    let ring = PacketRing<Tag>(capacity: capacity)
    private let wake: EventSignal
    private let closed = Atomic<Bool>(false)

    init(transceiver: TransceiverID, wake: EventSignal) {
        self.transceiver = transceiver
        self.wake = wake
    }

    /// Packets lost because the media thread did not keep up.
    public var dropped: UInt64 { ring.dropped }
    var depth: BufferDepth { ring.depth(as: "outgoingAudio") }
    /// Whether the connection is gone.
    public var isClosed: Bool { closed.load(ordering: .acquiring) }

    /// Hands over one Opus packet of at most 1500 bytes. Real-time safe.
    /// - Parameters:
    ///   - timestamp: of its first sample, in 48 kHz.
    ///   - captureTime: when its first sample was heard.
    /// - Returns: false when it was dropped.
    @discardableResult
    public func push(_ payload: Span<UInt8>, timestamp: UInt32, level: AudioLevel, captureTime: Instant) -> Bool {
        guard !isClosed else { return false }
        let tag = Tag(
            timestamp: timestamp, isVoice: level.isVoice, minusDecibels: level.minusDecibels,
            captureTime: captureTime.nanoseconds, readyAt: MonotonicClock.now.nanoseconds)
        guard ring.push(payload, tag: tag) else { return false }
        wake.signal()
        return true
    }

    func close() {
        closed.store(true, ordering: .releasing)
    }
}

extension OutgoingAudioQueue.Tag {
    var level: AudioLevel { AudioLevel(isVoice: isVoice, minusDecibels: minusDecibels) }
}

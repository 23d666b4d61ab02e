public import Base
public import Meeting
public import RTP
import Synchronization
import Transport

/// Where the audio and encode threads put what they made; it finds its way to whatever connection there is.
///
/// The lock is held for a moment only when a connection comes or goes, and is never waited for: a packet that meets
/// it is dropped, as is everything while there is no connection.
public final class ConferenceSender: Sendable {
    private struct Queues: Sendable {
        var audio: OutgoingAudioQueue?
        var video: [TrackKind: OutgoingVideoQueue] = [:]
    }

    private let queues = Mutex(Queues())

    init() {}

    /// One Opus packet. One thread calls. Real-time safe.
    /// - Parameters:
    ///   - timestamp: of its first sample, in 48 kHz.
    ///   - captureTime: when its first sample was heard.
    /// - Returns: whether it is on its way.
    @discardableResult
    public func audio(_ payload: Span<UInt8>, timestamp: UInt32, level: RTP.AudioLevel, captureTime: Instant) -> Bool {
        guard let queue = queues.withLockIfAvailable({ $0.audio }) ?? nil else { return false }
        return queue.push(payload, timestamp: timestamp, level: level, captureTime: captureTime)
    }

    /// One encoded picture; afterwards `frame` is an empty buffer. One thread for each kind calls.
    /// - Parameters:
    ///   - timestamp: in 90 kHz.
    ///   - captureTime: when it was exposed.
    /// - Returns: false when it was refused; `frame` is then left as it was.
    @discardableResult
    public func video(
        _ kind: TrackKind, swapping frame: inout [UInt8], isKeyFrame: Bool, timestamp: UInt32, captureTime: Instant
    ) -> Bool {
        guard let queue = queues.withLockIfAvailable({ $0.video[kind] }) ?? nil else { return false }
        return queue.push(swapping: &frame, isKeyFrame: isKeyFrame, timestamp: timestamp, captureTime: captureTime)
    }

    /// Whether a refused picture makes a key frame necessary; true once for each need.
    public func takeKeyFrameNeed(_ kind: TrackKind) -> Bool {
        queues.withLock { $0.video[kind] }?.takeKeyFrameNeed() ?? false
    }

    /// Whether pictures of this kind go anywhere; encoding is of no use otherwise.
    public func isConnected(_ kind: TrackKind) -> Bool {
        queues.withLock { kind == .audio ? $0.audio != nil : $0.video[kind] != nil }
    }

    func connect(audio: OutgoingAudioQueue?, video: [TrackKind: OutgoingVideoQueue]) {
        queues.withLock { $0 = Queues(audio: audio, video: video) }
    }

    func disconnect() {
        queues.withLock { $0 = Queues() }
    }
}

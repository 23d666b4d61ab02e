public import Base
public import Meeting
public import RTP
import Synchronization
import Transport

/// Where the audio and encode threads put what they made; it finds its way to whatever connection there is.
///
/// The audio thread has a lock of its own, held by others only for the moment in which a connection comes or goes, and
/// it never waits for it: a packet that meets such a moment is dropped, as is everything while there is no connection.
/// A picture waits, because one that is dropped would spoil all that refer to it.
public final class ConferenceSender: Sendable {
    private let audioQueue = Mutex<OutgoingAudioQueue?>(nil)
    private let videoQueues = Mutex<[TrackKind: OutgoingVideoQueue]>([:])

    init() {}

    /// One Opus packet. One thread calls. Real-time safe.
    /// - Parameters:
    ///   - timestamp: of its first sample, in 48 kHz.
    ///   - captureTime: when its first sample was heard.
    /// - Returns: whether it is on its way.
    @discardableResult
    public func audio(_ payload: Span<UInt8>, timestamp: UInt32, level: RTP.AudioLevel, captureTime: Instant) -> Bool {
        guard let queue = audioQueue.withLockIfAvailable({ $0 }) ?? nil else { return false }
        return queue.push(payload, timestamp: timestamp, level: level, captureTime: captureTime)
    }

    /// One encoded picture; afterwards `frame` is an empty buffer. One thread for each kind calls.
    /// - Parameters:
    ///   - timestamp: in 90 kHz.
    ///   - captureTime: when it was exposed.
    /// - Returns: false when it was refused; `frame` is then left as it was, and the next one has to be a key frame.
    @discardableResult
    public func video(
        _ kind: TrackKind, swapping frame: inout [UInt8], isKeyFrame: Bool, timestamp: UInt32, captureTime: Instant
    ) -> Bool {
        guard let queue = videoQueues.withLock({ $0[kind] }) else { return false }
        return queue.push(swapping: &frame, isKeyFrame: isKeyFrame, timestamp: timestamp, captureTime: captureTime)
    }

    /// Whether a refused picture makes a key frame necessary; true once for each need.
    public func takeKeyFrameNeed(_ kind: TrackKind) -> Bool {
        videoQueues.withLock { $0[kind] }?.takeKeyFrameNeed() ?? false
    }

    /// Whether pictures of this kind go anywhere; encoding is of no use otherwise.
    public func isConnected(_ kind: TrackKind) -> Bool {
        kind == .audio ? audioQueue.withLock { $0 != nil } : videoQueues.withLock { $0[kind] != nil }
    }

    func connect(audio: OutgoingAudioQueue?, video: [TrackKind: OutgoingVideoQueue]) {
        audioQueue.withLock { $0 = audio }
        videoQueues.withLock { $0 = video }
    }

    func disconnect() {
        connect(audio: nil, video: [:])
    }
}

public import Base
public import Meeting
public import RTP
import Synchronization
import Transport
public import WebRTC

/// Where the audio and encode threads put what they made; it finds its way to whatever connection there is.
///
/// The audio thread has a lock of its own, held by others only for the moment in which a connection comes or goes, and
/// it never waits for it: a packet that meets such a moment is dropped, as is everything while there is no connection.
/// A picture waits, because one that is dropped would spoil all that refer to it.
public final class ConferenceSender: Sendable {
    private let audioQueue = Mutex<OutgoingAudioQueue?>(nil)
    private let video = Mutex(Video())

    private struct Video: Sendable {
        var queues: [TrackKind: OutgoingVideoQueue] = [:]
        var agreed: [TrackKind: OutgoingPictures] = [:]
        var tell: (@Sendable (TrackKind, OutgoingPictures) -> Void)?
    }

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
    ///   - codec: what it was encoded with, which had better be what `pictures(of:)` said.
    ///   - timestamp: in 90 kHz.
    ///   - captureTime: when it was exposed.
    /// - Returns: false when it was refused; `frame` is then left as it was, and the next one has to be a key frame.
    @discardableResult
    public func video(
        _ kind: TrackKind, swapping frame: inout [UInt8], codec: Codec, isKeyFrame: Bool, timestamp: UInt32,
        captureTime: Instant
    ) -> Bool {
        guard let queue = video.withLock({ $0.queues[kind] }) else { return false }
        return queue.push(
            swapping: &frame, codec: codec, isKeyFrame: isKeyFrame, timestamp: timestamp, captureTime: captureTime)
    }

    /// Whether a refused picture makes a key frame necessary; true once for each need.
    public func takeKeyFrameNeed(_ kind: TrackKind) -> Bool {
        video.withLock { $0.queues[kind] }?.takeKeyFrameNeed() ?? false
    }

    /// What pictures of this kind are to be encoded as; encoding is of no use unless there is an answer.
    public func pictures(of kind: TrackKind) -> OutgoingPictures {
        video.withLock { $0.agreed[kind] } ?? .unsettled
    }

    /// Has every change of `pictures(of:)` told, on whatever thread makes it.
    public func whenPicturesChange(_ tell: @escaping @Sendable (TrackKind, OutgoingPictures) -> Void) {
        video.withLock { $0.tell = tell }
    }

    /// Whether sound goes anywhere.
    var isConnectedForAudio: Bool { audioQueue.withLock { $0 != nil } }

    func connect(audio: OutgoingAudioQueue?, video queues: [TrackKind: OutgoingVideoQueue]) {
        audioQueue.withLock { $0 = audio }
        video.withLock { $0.queues = queues }
        agree(on: [:])
    }

    /// The other end has answered.
    func agree(on agreed: [TrackKind: OutgoingPictures]) {
        let (former, tell) = video.withLock { video in
            defer { video.agreed = agreed }
            return (video.agreed, video.tell)
        }
        for kind in TrackKind.allCases where former[kind] != agreed[kind] { tell?(kind, agreed[kind] ?? .unsettled) }
    }

    func disconnect() {
        connect(audio: nil, video: [:])
    }
}

public import Base
import Media
import Synchronization
public import WebRTC

/// Encoded pictures from the encode thread to one transceiver, by swapping buffers, without allocation.
///
/// It begins with a key frame. When it is full the newest picture is refused, and with it all that refer to it, until a
/// key frame comes.
public final class OutgoingVideoQueue: Sendable {
    struct Tag: Sendable {
        var codec: Codec
        var timestamp: UInt32
        var captureTime: Instant
        /// When it was handed over, which is when the encoder was done with it.
        var readyAt: Instant
    }

    /// Pictures wait here for microseconds, unless the media thread is starved.
    static let capacity = 8

    let transceiver: TransceiverID
    let frames = EncodedFrameQueue<Tag>(capacity: capacity, startsWithKeyFrame: true)
    private let wake: EventSignal
    private let closed = Atomic<Bool>(false)

    init(transceiver: TransceiverID, wake: EventSignal) {
        self.transceiver = transceiver
        self.wake = wake
    }

    /// Pictures refused because the media thread did not keep up.
    public var dropped: UInt64 { frames.rejected }
    var depth: BufferDepth { frames.depth(as: "outgoingVideo") }
    /// Whether the connection is gone.
    public var isClosed: Bool { closed.load(ordering: .acquiring) }

    /// Hands over one encoded picture; afterwards `frame` is an empty buffer to be used again.
    /// - Parameters:
    ///   - codec: what it was encoded with; it is sent only where that was negotiated.
    ///   - timestamp: in 90 kHz.
    ///   - captureTime: when it was exposed.
    /// - Returns: false when it was refused; `frame` is then left as it was.
    @discardableResult
    public func push(
        swapping frame: inout [UInt8], codec: Codec, isKeyFrame: Bool, timestamp: UInt32, captureTime: Instant
    ) -> Bool {
        let tag = Tag(codec: codec, timestamp: timestamp, captureTime: captureTime, readyAt: MonotonicClock.now)
        guard frames.push(swapping: &frame, isKeyFrame: isKeyFrame, tag: tag) else { return false }
        wake.signal()
        return true
    }

    /// Whether the encoder has to make a key frame because a picture was refused; true once for each need.
    public func takeKeyFrameNeed() -> Bool {
        frames.takeKeyFrameNeed()
    }

    func close() {
        closed.store(true, ordering: .releasing)
        frames.close()
    }
}

public import Base

/// Raw pictures from capture to encoder: when the encoder lags, the oldest picture goes.
///
/// Raw pictures may be dropped, encoded ones never: those go through `EncodedFrameQueue`.
public final class DropOldestFrameQueue: Sendable {
    private struct Content {
        var frames: BoundedQueue<VideoFrame>
        var isClosed = false
    }

    private let content: Monitor<Content>

    /// - Parameter capacity: pictures held at most; two bound the delay to two frame intervals.
    public init(capacity: Int = 2) {
        content = Monitor(Content(frames: BoundedQueue(capacity: capacity)))
    }

    public func depth(as name: String) -> BufferDepth { content.withLock { $0.frames.depth(as: name) } }

    /// Pictures that made room for newer ones.
    public var dropped: UInt64 { content.withLock { $0.frames.dropped } }

    /// Adds the newest picture. Never blocks. After `close` it is discarded.
    public func push(_ frame: VideoFrame) {
        _ = content.update { content in
            content.isClosed ? nil : content.frames.appendDroppingOldest(frame)
        }
    }

    /// Waits for the oldest picture.
    /// - Returns: nil at the deadline, or at once when the queue is closed.
    public func pop(until deadline: Instant) -> VideoFrame? {
        let popped: VideoFrame?? = content.wait(until: deadline) { content in
            if let frame = content.frames.popFirst() { return .some(frame) }
            return content.isClosed ? .some(nil) : nil
        }
        return popped ?? nil
    }

    /// Discards what is waiting, for instance when the camera is switched off.
    public func removeAll() {
        content.withLock { $0.frames.removeAll() }
    }

    /// Ends every wait; what is inside is discarded.
    public func close() {
        content.update { content in
            content.isClosed = true
            content.frames.removeAll()
        }
    }
}

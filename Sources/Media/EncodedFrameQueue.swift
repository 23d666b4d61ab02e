public import Base

/// Encoded pictures between threads: bounded, in order, by swapping buffers, without allocation in steady state.
///
/// When it is full the new picture is refused. Every later one would refer to it, so those are refused as well until a
/// key frame comes and finds room; `takeKeyFrameNeed` tells whoever can order that key frame.
public final class EncodedFrameQueue<Tag: Sendable>: Sendable {
    private struct Content {
        var frames: DatagramQueue<(tag: Tag, isKeyFrame: Bool)>
        var awaitsKeyFrame: Bool
        var keyFrameNeeded: Bool
        var rejected: UInt64 = 0
        var isClosed = false
    }

    private let content: Monitor<Content>

    /// - Parameters:
    ///   - capacity: pictures held at most.
    ///   - startsWithKeyFrame: whether pictures before the first key frame are refused.
    public init(capacity: Int = 30, startsWithKeyFrame: Bool = false) {
        content = Monitor(
            Content(
                frames: DatagramQueue(capacity: capacity), awaitsKeyFrame: startsWithKeyFrame,
                keyFrameNeeded: startsWithKeyFrame))
    }

    public var count: Int { content.withLock { $0.frames.count } }
    public func depth(as name: String) -> BufferDepth {
        content.withLock { content in
            BufferDepth(
                name, depth: content.frames.count, capacity: content.frames.capacity, dropped: content.rejected)
        }
    }

    /// Pictures refused since the queue was made.
    public var rejected: UInt64 { content.withLock { $0.rejected } }

    /// Takes the bytes by swapping: afterwards `bytes` is an empty buffer to be used again. Never blocks.
    /// - Returns: false when the picture was refused; `bytes` is then left as it was.
    @discardableResult
    public func push(swapping bytes: inout [UInt8], isKeyFrame: Bool, tag: Tag) -> Bool {
        content.update { content in
            guard !content.isClosed else { return false }
            if isKeyFrame || !content.awaitsKeyFrame, !content.frames.isFull {
                content.awaitsKeyFrame = false
                return content.frames.push(swapping: &bytes, tag: (tag, isKeyFrame))
            }
            content.rejected += 1
            // Needed with each that is refused: who was told of the need before may have lost it.
            content.keyFrameNeeded = true
            content.awaitsKeyFrame = true
            return false
        }
    }

    /// Whether a key frame has to be ordered, which the caller thereby promises to do. True once after each refusal,
    /// and only while there is room for it.
    public func takeKeyFrameNeed() -> Bool {
        content.withLock { content in
            guard content.keyFrameNeeded, !content.frames.isFull else { return false }
            content.keyFrameNeeded = false
            return true
        }
    }

    /// Hands out the oldest picture, if any, by swapping it with `bytes`, whose old content is lost.
    public func pop(swapping bytes: inout [UInt8]) -> (tag: Tag, isKeyFrame: Bool)? {
        content.withLock { $0.frames.pop(swapping: &bytes) }
    }

    /// Waits for the oldest picture.
    /// - Returns: nil at the deadline, or at once when the queue is closed.
    public func pop(swapping bytes: inout [UInt8], until deadline: Instant) -> (tag: Tag, isKeyFrame: Bool)? {
        let popped: (tag: Tag, isKeyFrame: Bool)?? = content.wait(until: deadline) { content in
            if let popped = content.frames.pop(swapping: &bytes) { return .some(popped) }
            return content.isClosed ? .some(nil) : nil
        }
        return popped ?? nil
    }

    /// Ends every wait and refuses everything from now on; what is inside can still be taken.
    public func close() {
        content.update { $0.isClosed = true }
    }
}

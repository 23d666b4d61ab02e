import Base
import Synchronization

/// A bounded set of frames that are used again and again: in steady state nothing is allocated.
///
/// A frame is free when nobody but the pool refers to it, so that giving it back is dropping it, on any thread.
public final class FramePool: Sendable {
    private struct Frames: @unchecked Sendable {
        var all: [VideoFrame] = []
        var exhausted: UInt64 = 0
    }

    private let capacity: Int
    private let frames = Mutex(Frames())

    /// - Parameter capacity: frames alive at most at one time.
    public init(capacity: Int) {
        precondition(capacity > 0, "a pool holds at least one frame")
        self.capacity = capacity
    }

    /// How often a frame was asked for while all were in use.
    public var exhausted: UInt64 { frames.withLock { $0.exhausted } }

    /// A free frame of the given size with undefined content.
    /// - Returns: nil when all frames are in use: the caller drops its picture.
    public func take(width: Int, height: Int) -> VideoFrame? {
        frames.withLock { frames in
            // The first free one, not the next: memory and caches then hold only as many as are in use at one time.
            for index in frames.all.indices {
                guard isKnownUniquelyReferenced(&frames.all[index]) else { continue }
                // Pairs with the release of the last reader's reference, so that its reads are over.
                atomicMemoryFence(ordering: .acquiring)
                let frame = frames.all[index]
                frame.reshape(width: width, height: height)
                frame.presentationTime = .zero
                return frame
            }
            guard frames.all.count < capacity else {
                frames.exhausted += 1
                return nil
            }
            let frame = VideoFrame(width: width, height: height)
            frames.all.append(frame)
            return frame
        }
    }
}

/// How a frame is cut into packets: as few as the limit allows, and all about equally long, so that no small one at the
/// end wastes a header.
public struct FrameFragments: Hashable, Sendable {
    public let frameByteCount: Int
    /// Packets needed; 0 for an empty frame.
    public let count: Int

    /// - Parameters:
    ///   - frameByteCount: not negative.
    ///   - maximumByteCount: of frame bytes in one packet, at least 1.
    public init(frameByteCount: Int, maximumByteCount: Int) {
        precondition(frameByteCount >= 0 && maximumByteCount > 0, "fragments need room for at least one byte")
        self.frameByteCount = frameByteCount
        count = (frameByteCount + maximumByteCount - 1) / maximumByteCount
    }

    /// Which bytes of the frame packet `index` carries.
    public func range(_ index: Int) -> Range<Int> {
        precondition((0..<count).contains(index), "no fragment \(index) of \(count)")
        return frameByteCount * index / count..<frameByteCount * (index + 1) / count
    }
}

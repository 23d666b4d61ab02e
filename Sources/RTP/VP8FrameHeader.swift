/// The first bytes of a VP8 frame (RFC 6386 §9.1).
public struct VP8FrameHeader: Hashable, Sendable {
    public let isKeyFrame: Bool
    /// Of a key frame in pixels; nil in other frames, or when the bytes end early.
    public let size: Size?

    public struct Size: Hashable, Sendable {
        public let width: Int
        public let height: Int
    }

    /// - Parameter frame: a frame, or the first packet's piece of one without its descriptor.
    public init(_ frame: Span<UInt8>) {
        isKeyFrame = frame.count > 0 && frame[0] & 1 == 0
        guard isKeyFrame, frame.count >= 10, frame[3] == 0x9D, frame[4] == 0x01, frame[5] == 0x2A else {
            size = nil
            return
        }
        size = Size(
            width: Int(frame[6]) | Int(frame[7] & 0x3F) << 8, height: Int(frame[8]) | Int(frame[9] & 0x3F) << 8)
    }
}

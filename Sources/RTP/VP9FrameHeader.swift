/// The first bytes of a VP9 frame: the beginning of its uncompressed header (VP9 bitstream specification §6.2).
public struct VP9FrameHeader: Hashable, Sendable {
    /// 0…3; 0 is what RTP calls `profile-id=0`: 8 bits, 4:2:0.
    public let profile: UInt8
    public let isKeyFrame: Bool
    /// Of a key frame of profile 0 in pixels; nil in other frames, or when the bytes end early.
    public let size: Size?

    public struct Size: Hashable, Sendable {
        /// 1…65 536.
        public let width: Int
        public let height: Int
    }

    /// - Parameter frame: a frame, or the first packet's piece of one without its descriptor.
    public init(_ frame: Span<UInt8>) {
        let first = frame.count > 0 ? frame[0] : 0
        profile = first >> 5 & 1 | first >> 3 & 2
        // From the highest bit: marker 10, two bits of profile, show_existing_frame, frame_type (0: key frame).
        isKeyFrame = first & 0xCC == 0x80 && profile < 3
        // Then show_frame and error_resilient_mode; sync code, three bits of colour space, one of range, both sizes.
        guard isKeyFrame, profile == 0, frame.count >= 9, frame[1] == 0x49, frame[2] == 0x83, frame[3] == 0x42 else {
            size = nil
            return
        }
        let bits = UInt64(frame.loadUInt32(4)) << 8 | UInt64(frame[8])
        size = Size(width: Int(bits >> 20 & 0xFFFF) + 1, height: Int(bits >> 4 & 0xFFFF) + 1)
    }
}

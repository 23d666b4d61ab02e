import RTP

/// What stands in front of a packet's piece of a picture, whatever the codec, as far as putting pictures together needs
/// it.
struct VideoPayload: Hashable, Sendable {
    /// Of the descriptor in bytes; the piece follows.
    let descriptorByteCount: Int
    /// The packet is the first of its picture.
    let startsPicture: Bool
    /// It is, and the picture is a key frame.
    let startsKeyFrame: Bool

    /// - Returns: nil for what is no payload of this codec.
    init?(_ payload: Span<UInt8>, codec: Codec) {
        var length = 0
        switch codec {
        case .opus: return nil
        case .vp8:
            guard let descriptor = try? VP8Descriptor(payload, byteCount: &length) else { return nil }
            startsPicture = descriptor.startsFrame
            startsKeyFrame = descriptor.startsFrame && payload[length] & 1 == 0
        case .vp9:
            guard let descriptor = try? VP9Descriptor(payload, byteCount: &length) else { return nil }
            startsPicture = descriptor.startsPicture
            // Without prediction from other pictures it may also be an intra-only frame, at which nobody can begin.
            startsKeyFrame =
                descriptor.startsPicture && !descriptor.isInterPredicted
                && VP9FrameHeader(payload.extracting(length..<payload.count)).isKeyFrame
        }
        descriptorByteCount = length
    }
}

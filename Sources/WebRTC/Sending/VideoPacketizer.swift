import RTP

/// Cuts one picture into RTP payloads, as its codec wants it.
enum VideoPacketizer: Sendable {
    case vp8(VP8Packetizer)
    case vp9(VP9Packetizer)

    /// - Parameters:
    ///   - pictureID: 0…32 767, counting on with each picture that is sent.
    ///   - maximumPayloadBytes: of descriptor and picture bytes in one packet.
    /// - Returns: nil for what is no video.
    init?(
        _ picture: Span<UInt8>, codec: Codec, isKeyFrame: Bool, pictureID: UInt16, maximumPayloadBytes: Int
    ) {
        switch codec {
        case .opus: return nil
        case .vp8:
            self = .vp8(
                VP8Packetizer(
                    frameByteCount: picture.count,
                    descriptor: VP8Descriptor(startsPartition: true, pictureID: .long(pictureID)),
                    maximumPayloadBytes: maximumPayloadBytes))
        case .vp9:
            self = .vp9(
                VP9Packetizer(
                    picture, isKeyFrame: isKeyFrame, pictureID: pictureID, maximumPayloadBytes: maximumPayloadBytes))
        }
    }

    /// Packets that the picture takes.
    var count: Int {
        switch self {
        case .vp8(let packetizer): packetizer.count
        case .vp9(let packetizer): packetizer.count
        }
    }

    /// Appends the payload of packet `index`.
    func append(_ index: Int, of picture: Span<UInt8>, to packet: inout [UInt8]) {
        switch self {
        case .vp8(let packetizer): packetizer.append(index, of: picture, to: &packet)
        case .vp9(let packetizer): packetizer.append(index, of: picture, to: &packet)
        }
    }
}

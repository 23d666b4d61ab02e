import Base

/// Cuts one VP9 picture into RTP payloads (RFC 9628 §4): non-flexible mode, one spatial and one temporal layer.
public struct VP9Packetizer: Hashable, Sendable {
    private let fragments: FrameFragments
    private let descriptor: VP9Descriptor
    private let structure: VP9ScalabilityStructure?

    /// - Parameters:
    ///   - picture: as the encoder made it; a key frame's first packet tells the structure that is read out of it.
    ///   - pictureID: 0…32 767, one more than that of the picture before.
    ///   - maximumPayloadBytes: of descriptor and frame bytes in one packet, more than 11.
    public init(_ picture: Span<UInt8>, isKeyFrame: Bool, pictureID: UInt16, maximumPayloadBytes: Int) {
        // Without layer indices, as there are no layers to tell apart.
        descriptor = VP9Descriptor(
            startsLayerFrame: false, endsLayerFrame: false, isInterPredicted: !isKeyFrame, pictureID: .long(pictureID),
            isNonReferenceForUpperLayers: true)
        let size = isKeyFrame ? VP9FrameHeader(picture).size : nil
        structure = size.map { size in
            VP9ScalabilityStructure(
                single: .init(width: UInt16(clamping: size.width), height: UInt16(clamping: size.height)))
        }
        fragments = FrameFragments(
            frameByteCount: picture.count,
            maximumByteCount: maximumPayloadBytes - Self.descriptorByteCount - (structure?.byteCount ?? 0))
    }

    /// Flags and picture ID.
    private static let descriptorByteCount = 3

    /// Packets that the picture takes.
    public var count: Int { fragments.count }

    /// Appends the payload of packet `index`.
    public func append(_ index: Int, of picture: Span<UInt8>, to packet: inout [UInt8]) {
        precondition(picture.count == fragments.frameByteCount, "another picture than the one that was measured")
        var descriptor = descriptor
        descriptor.startsLayerFrame = index == 0
        descriptor.endsLayerFrame = index == fragments.count - 1
        descriptor.structure = index == 0 ? structure : nil
        descriptor.append(to: &packet)
        packet.append(contentsOf: picture.extracting(fragments.range(index)))
    }
}

import Base

/// Cuts one VP8 frame into RTP payloads (RFC 7741 §4.4).
///
/// All pieces are said to be of partition 0: the decoder finds the others by itself, and only the first piece starts
/// one.
public struct VP8Packetizer: Hashable, Sendable {
    private let fragments: FrameFragments
    private var descriptor: VP8Descriptor

    /// - Parameters:
    ///   - descriptor: what the frame's packets have in common.
    ///   - maximumPayloadBytes: of descriptor and frame bytes in one packet, more than 6.
    public init(frameByteCount: Int, descriptor: VP8Descriptor, maximumPayloadBytes: Int) {
        self.descriptor = descriptor
        self.descriptor.partitionIndex = 0
        fragments = FrameFragments(
            frameByteCount: frameByteCount, maximumByteCount: maximumPayloadBytes - Self.longestDescriptor)
    }

    private static let longestDescriptor = 6

    /// Packets that the frame takes.
    public var count: Int { fragments.count }

    /// Appends the payload of packet `index`.
    public func append(_ index: Int, of frame: Span<UInt8>, to packet: inout [UInt8]) {
        precondition(frame.count == fragments.frameByteCount, "another frame than the one that was measured")
        var descriptor = descriptor
        descriptor.startsPartition = index == 0
        descriptor.append(to: &packet)
        packet.append(contentsOf: frame.extracting(fragments.range(index)))
    }
}

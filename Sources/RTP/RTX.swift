public import Base

/// Retransmission packets (RFC 4588 §4): the original, with its sequence number in front of the payload, in a stream of
/// its own.
public enum RTX {
    /// Bytes a retransmission is longer than its original.
    public static let overhead = 2

    /// Writes the retransmission of `original` over the old content of `packet`; header extensions come along.
    /// - Throws: when `original` is no RTP packet.
    public static func wrap(
        _ original: Span<UInt8>, ssrc: SSRC, payloadType: PayloadType, sequenceNumber: SequenceNumber,
        into packet: inout [UInt8]
    ) throws(RTPError) {
        let view = try RTPPacketView(original)
        packet.removeAll(keepingCapacity: true)
        packet.append(contentsOf: original.extracting(0..<view.payloadRange.lowerBound))
        packet.append(bigEndian: view.header.sequenceNumber.raw)
        packet.append(contentsOf: view.payload)
        packet[0] &= ~0x20
        packet[1] = packet[1] & 0x80 | payloadType.rawValue
        packet.overwrite(at: 2, bigEndian: sequenceNumber.raw)
        packet.overwrite(at: 8, bigEndian: ssrc.rawValue)
    }

    /// Turns the retransmission in `packet` back into its original, in place.
    /// - Throws: `.malformed(.rtxPayload)` when there is no original in it, as in padding that probes; `packet` is
    ///   then unchanged.
    public static func unwrap(
        _ packet: inout [UInt8], ssrc: SSRC, payloadType: PayloadType
    ) throws(RTPError) {
        let payload = try payloadRange(packet)
        guard payload.count >= overhead else { throw .malformed(.rtxPayload) }
        let start = payload.lowerBound
        let original = UInt16(packet[start]) << 8 | UInt16(packet[start + 1])
        packet.removeSubrange(payload.upperBound...)
        packet.removeSubrange(start..<start + overhead)
        packet[0] &= ~0x20
        packet[1] = packet[1] & 0x80 | payloadType.rawValue
        packet.overwrite(at: 2, bigEndian: original)
        packet.overwrite(at: 8, bigEndian: ssrc.rawValue)
    }

    private static func payloadRange(_ packet: [UInt8]) throws(RTPError) -> Range<Int> {
        try RTPPacketView(packet.span).payloadRange
    }
}

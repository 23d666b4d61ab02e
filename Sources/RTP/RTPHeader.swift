public import Base

/// The fixed part of an RTP header (RFC 3550 §5.1).
public struct RTPHeader: Hashable, Sendable {
    /// Last packet of a video frame, first of a talkspurt.
    public var marker: Bool
    public var payloadType: PayloadType
    public var sequenceNumber: SequenceNumber
    /// In units of the payload's clock rate.
    public var timestamp: UInt32
    public var ssrc: SSRC

    public init(
        marker: Bool = false, payloadType: PayloadType, sequenceNumber: SequenceNumber, timestamp: UInt32, ssrc: SSRC
    ) {
        self.marker = marker
        self.payloadType = payloadType
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
    }

    /// Bytes of the fixed header.
    public static let byteCount = 12
}

extension [UInt8] {
    /// Appends a header and, when `extensions` and `map` have any in common, its extension block (RFC 8285).
    ///
    /// The one-byte form is used unless an id above 14 needs the two-byte form. The payload follows.
    public mutating func append(
        _ header: RTPHeader, extensions: RTPExtensionValues = RTPExtensionValues(),
        map: RTPExtensionMap = RTPExtensionMap()
    ) {
        let hasExtensions = map.carries(extensions)
        append(hasExtensions ? 0x90 : 0x80)
        append((header.marker ? 0x80 : 0) | header.payloadType.rawValue)
        append(bigEndian: header.sequenceNumber.raw)
        append(bigEndian: header.timestamp)
        append(bigEndian: header.ssrc.rawValue)
        if hasExtensions { appendExtensionBlock(extensions, map: map) }
    }

    /// Appends padding of `padCount` bytes and sets the padding bit of the packet, which must begin at index 0.
    ///
    /// - Parameter padCount: 1…255.
    public mutating func appendRTPPadding(_ padCount: UInt8) {
        precondition(padCount > 0 && !isEmpty, "padding has 1 to 255 bytes and follows a header")
        for _ in 1..<padCount { append(0) }
        append(padCount)
        self[0] |= 0x20
    }
}

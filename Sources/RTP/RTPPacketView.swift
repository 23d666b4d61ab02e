import Base

/// One RTP packet read in place (RFC 3550 §5.1): nothing is copied, nothing allocated.
public struct RTPPacketView: ~Escapable {
    public let header: RTPHeader
    /// Contributing sources, 0…15; see `contributingSource(_:)`.
    public let contributingSourceCount: Int
    /// Where the payload lies in the packet, padding excluded.
    public let payloadRange: Range<Int>
    /// Bytes of padding behind the payload, its count byte included.
    public let paddingByteCount: Int
    private let bytes: Span<UInt8>
    private let extensionProfile: UInt16
    private let extensionRange: Range<Int>

    /// - Throws: `.truncated`, `.unsupportedVersion`, `.invalidPadding`.
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) throws(RTPError) {
        try bytes.require(RTPHeader.byteCount)
        let first = bytes[0]
        guard first >> 6 == 2 else { throw .unsupportedVersion(first >> 6) }
        contributingSourceCount = Int(first & 0x0F)
        var offset = RTPHeader.byteCount + contributingSourceCount * 4
        try bytes.require(offset)
        if first & 0x10 != 0 {
            try bytes.require(offset + 4)
            extensionProfile = bytes.loadUInt16(offset)
            let length = Int(bytes.loadUInt16(offset + 2)) * 4
            try bytes.require(offset + 4 + length)
            extensionRange = offset + 4..<offset + 4 + length
            offset += 4 + length
        } else {
            extensionProfile = 0
            extensionRange = offset..<offset
        }
        if first & 0x20 != 0 {
            let available = bytes.count - offset
            let padding = available > 0 ? Int(bytes[bytes.count - 1]) : 0
            guard padding > 0, padding <= available else {
                throw .invalidPadding(count: padding, available: available)
            }
            paddingByteCount = padding
        } else {
            paddingByteCount = 0
        }
        payloadRange = offset..<bytes.count - paddingByteCount
        header = RTPHeader(
            marker: bytes[1] & 0x80 != 0, payloadType: PayloadType(secondByte: bytes[1]),
            sequenceNumber: SequenceNumber(bytes.loadUInt16(2)), timestamp: bytes.loadUInt32(4),
            ssrc: SSRC(bytes.loadUInt32(8)))
        self.bytes = bytes
    }

    public var payload: Span<UInt8> {
        @_lifetime(copy self)
        get { bytes.extracting(payloadRange) }
    }

    /// - Parameter index: below `contributingSourceCount`.
    public func contributingSource(_ index: Int) -> SSRC {
        precondition((0..<contributingSourceCount).contains(index), "no contributing source \(index)")
        return SSRC(bytes.loadUInt32(RTPHeader.byteCount + index * 4))
    }

    /// The values of the negotiated extensions that this packet carries. Malformed elements end the reading
    /// (RFC 8285 §4.2); what came before them counts.
    public func extensions(_ map: RTPExtensionMap) -> RTPExtensionValues {
        var values = RTPExtensionValues()
        forEachExtension { id, range in
            let element = bytes.extracting(range)
            if id == map.mid {
                values.mid = MID(element)
            } else if id == map.audioLevel {
                values.audioLevel = AudioLevel(element)
            } else if id == map.transportSequenceNumber {
                if element.count >= 2 { values.transportSequenceNumber = element.loadUInt16(0) }
            } else if id == map.absoluteSendTime {
                if element.count >= 3 { values.absoluteSendTime = AbsoluteSendTime(raw: element.loadUInt24(0)) }
            }
        }
        return values
    }

    /// Where in the packet the data of the extension with this id lies, or nil when it is absent.
    public func rangeOfExtension(_ id: UInt8) -> Range<Int>? {
        var found: Range<Int>?
        forEachExtension { candidate, range in
            if candidate == id, found == nil { found = range }
        }
        return found
    }

    private func forEachExtension(_ body: (UInt8, Range<Int>) -> Void) {
        if extensionProfile == 0xBEDE {
            forEachOneByteExtension(body)
        } else if extensionProfile & 0xFFF0 == 0x1000 {
            forEachTwoByteExtension(body)
        }
    }

    private func forEachOneByteExtension(_ body: (UInt8, Range<Int>) -> Void) {
        var offset = extensionRange.lowerBound
        while offset < extensionRange.upperBound {
            let byte = bytes[offset]
            offset += 1
            // A zero byte is padding between elements.
            if byte == 0 { continue }
            let id = byte >> 4
            // Id 15 ends the reading, whatever follows.
            if id == 15 { return }
            let end = offset + Int(byte & 0x0F) + 1
            guard end <= extensionRange.upperBound else { return }
            if id != 0 { body(id, offset..<end) }
            offset = end
        }
    }

    private func forEachTwoByteExtension(_ body: (UInt8, Range<Int>) -> Void) {
        var offset = extensionRange.lowerBound
        while offset < extensionRange.upperBound {
            let id = bytes[offset]
            offset += 1
            if id == 0 { continue }
            guard offset < extensionRange.upperBound else { return }
            let end = offset + 1 + Int(bytes[offset])
            guard end <= extensionRange.upperBound else { return }
            body(id, offset + 1..<end)
            offset = end
        }
    }
}

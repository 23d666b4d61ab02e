import Base

/// Walks the packets of one RTCP datagram, compound or reduced size (RFC 3550 §6.1, RFC 5506).
///
/// ```swift
/// var reader = RTCPReader(datagram.span)
/// while let packet = try reader.next() { … }
/// ```
public struct RTCPReader: ~Escapable {
    private let bytes: Span<UInt8>
    private var offset = 0

    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    /// The next packet, or nil at the end. After a throw the reader is at its end.
    /// - Throws: `.truncated`, `.unsupportedVersion`, `.invalidPadding`.
    @_lifetime(copy self)
    public mutating func next() throws(RTPError) -> RTCPPacketView? {
        guard offset < bytes.count else { return nil }
        let start = offset
        let available = bytes.count - start
        offset = bytes.count
        guard available >= 4 else { throw .truncated(needed: 4, available: available) }
        let first = bytes[start]
        guard first >> 6 == 2 else { throw .unsupportedVersion(first >> 6) }
        let length = Int(bytes.loadUInt16(start + 2)) * 4 + 4
        guard available >= length else { throw .truncated(needed: length, available: available) }
        var end = start + length
        if first & 0x20 != 0 {
            let padding = Int(bytes[end - 1])
            // RFC 3550 wants a multiple of four, but libwebrtc pads transport feedback by one to three bytes.
            guard length > 4, padding > 0, padding <= length - 4 else {
                throw .invalidPadding(count: padding, available: length - 4)
            }
            end -= padding
        }
        offset = start + length
        return RTCPPacketView(
            packetType: bytes[start + 1], format: first & 0x1F, body: bytes.extracting(start + 4..<end))
    }
}

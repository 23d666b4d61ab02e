import Base

/// Cuts the bytes of a TCP or TLS connection to a TURN server into messages (RFC 8656 §3.1, §12.5).
///
/// There is no framing of its own: STUN messages and ChannelData tell their lengths, and ChannelData is padded to a multiple
/// of four. Bytes that are neither cannot be skipped; the connection is then beyond help. In steady state no call
/// allocates.
public struct TURNStreamDeframer: Sendable {
    /// Bytes that may wait: the longest message and what one read brings.
    public static let maximumBuffered = 128 * 1024

    private var bytes: [UInt8] = []
    private var start = 0

    public init() {}

    public var buffered: Int { bytes.count - start }

    /// Takes what the connection brought; afterwards call `next` until it returns false.
    public mutating func append(_ new: Span<UInt8>) throws(ICEError) {
        guard buffered + new.count <= Self.maximumBuffered else {
            throw .malformedStream(
                expected: "at most \(Self.maximumBuffered) bytes waiting", found: buffered + new.count)
        }
        if start > 0 {
            bytes.removeSubrange(0..<start)
            start = 0
        }
        bytes.append(contentsOf: new)
    }

    /// Hands out the next whole message, without padding.
    /// - Returns: false when its end has not come yet; `message` is then left as it was.
    public mutating func next(into message: inout [UInt8]) throws(ICEError) -> Bool {
        guard buffered >= 4 else { return false }
        let length = Int(bytes[start + 2]) << 8 | Int(bytes[start + 3])
        let size: Int
        let padding: Int
        switch bytes[start] >> 4 {
        case 0...3:
            guard length % 4 == 0 else {
                throw .malformedStream(expected: "a STUN length that is a multiple of 4", found: length)
            }
            size = STUNMessage.headerSize + length
            padding = 0
            guard buffered >= 8 else { return false }
            let cookie = bytes[start + 4..<start + 8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard cookie == STUNMessage.magicCookie else {
                throw .malformedStream(expected: "STUN's magic cookie", found: Int(cookie))
            }
        case 4:
            size = TURNFraming.channelHeaderSize + length
            padding = (4 - length % 4) % 4
        default:
            throw .malformedStream(expected: "STUN or ChannelData, a first byte of 0…79", found: Int(bytes[start]))
        }
        guard buffered >= size + padding else { return false }
        message.removeAll(keepingCapacity: true)
        message.append(contentsOf: bytes[start..<start + size])
        start += size + padding
        return true
    }
}

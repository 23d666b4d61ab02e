import Base

/// How data of peers travels between client and server: ChannelData (RFC 8656 §12.4) and Send and Data indications (§11).
///
/// Wrapping and unwrapping happen in the buffer, which is moved but not copied.
public enum TURNFraming {
    /// Bytes before the data of a ChannelData message.
    public static let channelHeaderSize = 4
    /// Channel numbers that clients may use (RFC 8656 §12).
    public static let channels: ClosedRange<UInt16> = 0x4000...0x4FFF

    /// Puts the header of ChannelData before `datagram`.
    /// - Parameter isPadded: to a multiple of four bytes, as TCP and TLS want it.
    static func wrap(_ datagram: inout [UInt8], channel: UInt16, isPadded: Bool) {
        let count = datagram.count
        datagram.insert(contentsOf: repeatElement(0, count: channelHeaderSize), at: 0)
        datagram.overwrite(at: 0, bigEndian: channel)
        datagram.overwrite(at: 2, bigEndian: UInt16(count))
        if isPadded { pad(&datagram, count) }
    }

    /// Makes a Send indication to `peer` of `datagram`.
    static func wrap(_ datagram: inout [UInt8], to peer: SocketAddress, id: STUNTransactionID) {
        let count = datagram.count
        let addressSize = peer.ip.isV6 ? 20 : 8
        let headerSize = STUNMessage.headerSize + 4 + addressSize + 4
        datagram.insert(contentsOf: repeatElement(0, count: headerSize), at: 0)
        pad(&datagram, count)
        datagram.overwrite(at: 0, bigEndian: 0x0010 | STUNMessage.send)
        datagram.overwrite(at: 2, bigEndian: UInt16(datagram.count - STUNMessage.headerSize))
        datagram.overwrite(at: 4, bigEndian: STUNMessage.magicCookie)
        datagram.overwrite(at: 8, bigEndian: id.high)
        datagram.overwrite(at: 12, bigEndian: UInt32(id.low >> 32))
        datagram.overwrite(at: 16, bigEndian: UInt32(truncatingIfNeeded: id.low))
        datagram.overwrite(at: 20, bigEndian: STUNAttributeType.xorPeerAddress)
        datagram.overwrite(at: 22, bigEndian: UInt16(addressSize))
        datagram.overwrite(at: 24, bigEndian: peer.ip.isV6 ? 2 as UInt16 : 1)
        datagram.overwrite(at: 26, bigEndian: peer.port ^ UInt16(STUNMessage.magicCookie >> 16))
        switch peer.ip {
        case .v4(let bits):
            datagram.overwrite(at: 28, bigEndian: bits ^ STUNMessage.magicCookie)
        case .v6(let high, let low):
            let maskedLow = low ^ id.low
            datagram.overwrite(at: 28, bigEndian: UInt32(high >> 32) ^ STUNMessage.magicCookie)
            datagram.overwrite(at: 32, bigEndian: UInt32(truncatingIfNeeded: high) ^ id.high)
            datagram.overwrite(at: 36, bigEndian: UInt32(maskedLow >> 32))
            datagram.overwrite(at: 40, bigEndian: UInt32(truncatingIfNeeded: maskedLow))
        }
        datagram.overwrite(at: headerSize - 4, bigEndian: STUNAttributeType.data)
        datagram.overwrite(at: headerSize - 2, bigEndian: UInt16(count))
    }

    private static func pad(_ datagram: inout [UInt8], _ count: Int) {
        for _ in 0..<(4 - count % 4) % 4 { datagram.append(0) }
    }

    /// Whether the first byte says ChannelData (RFC 7983: 64…79).
    static func isChannelData(_ datagram: Span<UInt8>) -> Bool {
        datagram.count >= channelHeaderSize && datagram[0] >> 4 == 4
    }

    /// Reads ChannelData: the channel, and where the data stands. Over UDP bytes may follow it (RFC 8656 §12.5).
    /// - Returns: nil if it is longer than the datagram.
    static func readChannelData(_ datagram: Span<UInt8>) -> (channel: UInt16, data: Range<Int>)? {
        var reader = ByteReader(datagram)
        guard let channel = try? reader.readUInt16(), let length = try? reader.readUInt16(),
            channels.contains(channel), Int(length) <= reader.remaining
        else { return nil }
        return (channel, channelHeaderSize..<channelHeaderSize + Int(length))
    }

    /// Where DATA of a message that has been parsed stands (RFC 8656 §18.4); nil if there is none.
    static func dataRange(_ datagram: Span<UInt8>) -> Range<Int>? {
        var reader = ByteReader(datagram)
        do {
            try reader.skip(STUNMessage.headerSize)
            while !reader.isAtEnd {
                let type = try reader.readUInt16()
                let length = Int(try reader.readUInt16())
                let start = reader.offset
                try reader.skip(length)
                if type == STUNAttributeType.data { return start..<start + length }
                try reader.skip((4 - length % 4) % 4)
            }
        } catch {
            return nil
        }
        return nil
    }
}

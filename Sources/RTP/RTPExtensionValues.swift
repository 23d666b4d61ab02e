import Base

/// What the header extensions of one packet say; nil for those it does not carry.
public struct RTPExtensionValues: Hashable, Sendable {
    public var mid: MID?
    public var audioLevel: AudioLevel?
    public var transportSequenceNumber: UInt16?
    public var absoluteSendTime: AbsoluteSendTime?

    public init(
        mid: MID? = nil, audioLevel: AudioLevel? = nil, transportSequenceNumber: UInt16? = nil,
        absoluteSendTime: AbsoluteSendTime? = nil
    ) {
        self.mid = mid
        self.audioLevel = audioLevel
        self.transportSequenceNumber = transportSequenceNumber
        self.absoluteSendTime = absoluteSendTime
    }
}

extension [UInt8] {
    mutating func appendExtensionBlock(_ values: RTPExtensionValues, map: RTPExtensionMap) {
        let oneByte = map.fitsOneByteForm
        append(bigEndian: oneByte ? 0xBEDE : 0x1000 as UInt16)
        let lengthOffset = count
        append(bigEndian: 0 as UInt16)
        let start = count
        if let id = map.mid, let mid = values.mid {
            appendElementHeader(id: id, byteCount: mid.count, oneByte: oneByte)
            mid.append(to: &self)
        }
        if let id = map.audioLevel, let level = values.audioLevel {
            appendElementHeader(id: id, byteCount: 1, oneByte: oneByte)
            append(level.byte)
        }
        if let id = map.transportSequenceNumber, let number = values.transportSequenceNumber {
            appendElementHeader(id: id, byteCount: 2, oneByte: oneByte)
            append(bigEndian: number)
        }
        if let id = map.absoluteSendTime, let time = values.absoluteSendTime {
            appendElementHeader(id: id, byteCount: 3, oneByte: oneByte)
            append(bigEndian24: time.raw)
        }
        while (count - start) % 4 != 0 { append(0) }
        overwrite(at: lengthOffset, bigEndian: UInt16((count - start) / 4))
    }

    private mutating func appendElementHeader(id: UInt8, byteCount: Int, oneByte: Bool) {
        if oneByte {
            append(id << 4 | UInt8(byteCount - 1))
        } else {
            append(id)
            append(UInt8(byteCount))
        }
    }

    /// Overwrites, in a whole RTP packet, those of the two send-time extensions that it carries and that are given.
    ///
    /// Packets are written with room for both and stamped at the moment they really leave.
    public mutating func stampRTP(
        transportSequenceNumber: UInt16?, absoluteSendTime: AbsoluteSendTime?, map: RTPExtensionMap
    ) {
        let places = sendTimeRanges(map)
        if let number = transportSequenceNumber, let range = places.transportSequenceNumber, range.count >= 2 {
            overwrite(at: range.lowerBound, bigEndian: number)
        }
        if let time = absoluteSendTime, let range = places.absoluteSendTime, range.count >= 3 {
            self[range.lowerBound] = UInt8(truncatingIfNeeded: time.raw >> 16)
            overwrite(at: range.lowerBound + 1, bigEndian: UInt16(truncatingIfNeeded: time.raw))
        }
    }

    private func sendTimeRanges(
        _ map: RTPExtensionMap
    ) -> (transportSequenceNumber: Range<Int>?, absoluteSendTime: Range<Int>?) {
        guard let view = try? RTPPacketView(span) else { return (nil, nil) }
        return (
            map.transportSequenceNumber.flatMap { view.rangeOfExtension($0) },
            map.absoluteSendTime.flatMap { view.rangeOfExtension($0) }
        )
    }
}

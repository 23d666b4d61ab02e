import Base

/// The VP8 payload descriptor in front of each packet's piece of a frame (RFC 7741 §4.2).
public struct VP8Descriptor: Hashable, Sendable {
    /// A running number of frames, 7 or 15 bits wide on the wire.
    public enum PictureID: Hashable, Sendable {
        case short(UInt8)
        case long(UInt16)
    }

    /// The T and Y fields.
    public struct TemporalLayer: Hashable, Sendable {
        /// 0…3.
        public var index: UInt8
        /// The frame depends on the base layer only.
        public var isSyncPoint: Bool

        public init(index: UInt8, isSyncPoint: Bool) {
            self.index = index
            self.isSyncPoint = isSyncPoint
        }
    }

    /// N: no other frame depends on this one.
    public var isNonReference: Bool
    /// S: the packet starts a partition.
    public var startsPartition: Bool
    /// PID: 0…7.
    public var partitionIndex: UInt8
    public var pictureID: PictureID?
    /// TL0PICIDX: counts frames of the base layer.
    public var baseLayerIndex: UInt8?
    public var temporalLayer: TemporalLayer?
    /// KEYIDX: 0…31.
    public var keyIndex: UInt8?

    public init(
        startsPartition: Bool, partitionIndex: UInt8 = 0, isNonReference: Bool = false, pictureID: PictureID? = nil,
        baseLayerIndex: UInt8? = nil, temporalLayer: TemporalLayer? = nil, keyIndex: UInt8? = nil
    ) {
        self.isNonReference = isNonReference
        self.startsPartition = startsPartition
        self.partitionIndex = partitionIndex & 7
        self.pictureID = pictureID
        self.baseLayerIndex = baseLayerIndex
        self.temporalLayer = temporalLayer
        self.keyIndex = keyIndex
    }

    /// The packet is the first of its frame.
    public var startsFrame: Bool { startsPartition && partitionIndex == 0 }

    /// Reads the descriptor at the start of `payload` and leaves what follows to the caller.
    /// - Parameter byteCount: set to the descriptor's length; at least one byte follows it.
    /// - Throws: `.truncated`, or `.malformed(.vp8Payload)` when nothing follows.
    public init(_ payload: Span<UInt8>, byteCount: inout Int) throws(RTPError) {
        try payload.require(1)
        let first = payload[0]
        self.init(
            startsPartition: first & 0x10 != 0, partitionIndex: first & 7, isNonReference: first & 0x20 != 0)
        var offset = 1
        if first & 0x80 != 0 {
            try payload.require(2)
            let flags = payload[1]
            offset = 2
            if flags & 0x80 != 0 { pictureID = try PictureID(payload, at: &offset) }
            if flags & 0x40 != 0 {
                try payload.require(offset + 1)
                baseLayerIndex = payload[offset]
                offset += 1
            }
            if flags & 0x30 != 0 {
                try payload.require(offset + 1)
                if flags & 0x20 != 0 {
                    temporalLayer = TemporalLayer(
                        index: payload[offset] >> 6, isSyncPoint: payload[offset] & 0x20 != 0)
                }
                if flags & 0x10 != 0 { keyIndex = payload[offset] & 0x1F }
                offset += 1
            }
        }
        guard payload.count > offset else { throw .malformed(.vp8Payload) }
        byteCount = offset
    }

    public func append(to bytes: inout [UInt8]) {
        var flags: UInt8 = 0
        if pictureID != nil { flags |= 0x80 }
        if baseLayerIndex != nil { flags |= 0x40 }
        if temporalLayer != nil { flags |= 0x20 }
        if keyIndex != nil { flags |= 0x10 }
        bytes.append(
            (flags != 0 ? 0x80 : 0) | (isNonReference ? 0x20 : 0) | (startsPartition ? 0x10 : 0) | partitionIndex)
        guard flags != 0 else { return }
        bytes.append(flags)
        pictureID?.append(to: &bytes)
        if let baseLayerIndex { bytes.append(baseLayerIndex) }
        if flags & 0x30 != 0 {
            let layer = temporalLayer.map { $0.index << 6 | ($0.isSyncPoint ? 0x20 : 0) } ?? 0
            bytes.append(layer | (keyIndex ?? 0) & 0x1F)
        }
    }
}

// The same in VP8 and VP9: the highest bit says whether it takes two octets.
extension VP8Descriptor.PictureID {
    init(_ payload: Span<UInt8>, at offset: inout Int) throws(RTPError) {
        try payload.require(offset + 1)
        if payload[offset] & 0x80 == 0 {
            self = .short(payload[offset])
            offset += 1
        } else {
            try payload.require(offset + 2)
            self = .long(payload.loadUInt16(offset) & 0x7FFF)
            offset += 2
        }
    }

    func append(to bytes: inout [UInt8]) {
        switch self {
        case .short(let id): bytes.append(id & 0x7F)
        case .long(let id): bytes.append(bigEndian: id | 0x8000)
        }
    }
}

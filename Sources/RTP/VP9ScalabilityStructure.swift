import Base

/// What a VP9 stream is made of: its spatial layers, and the group of pictures that repeats (SS, RFC 9628 §4.2.1).
public struct VP9ScalabilityStructure: Hashable, Sendable {
    /// Of one spatial layer, in pixels.
    public struct Size: Hashable, Sendable {
        public var width: UInt16
        public var height: UInt16

        public init(width: UInt16, height: UInt16) {
            self.width = width
            self.height = height
        }
    }

    /// One picture of the group.
    public struct Picture: Hashable, Sendable {
        /// TID, 0…7.
        public var temporalIndex: UInt8
        /// U.
        public var isSwitchingPoint: Bool
        /// Distances of 0…255.
        public var references: VP9References

        public init(temporalIndex: UInt8 = 0, isSwitchingPoint: Bool = false, references: VP9References) {
            self.temporalIndex = temporalIndex & 7
            self.isSwitchingPoint = isSwitchingPoint
            self.references = references
        }
    }

    /// N_S + 1: 1…8.
    public let spatialLayerCount: Int
    /// Of each spatial layer, the lowest first; nil where they are not told.
    public let sizes: [Size]?
    /// The group, 255 pictures at most; nil where there is none.
    public let group: [Picture]?

    /// One spatial and one temporal layer, each picture refers to the one before.
    public init(single size: Size) {
        spatialLayerCount = 1
        sizes = [size]
        group = [Picture(references: VP9References(1))]
    }

    init(_ payload: Span<UInt8>, at offset: inout Int) throws(RTPError) {
        try payload.require(offset + 1)
        let flags = payload[offset]
        offset += 1
        spatialLayerCount = Int(flags >> 5) + 1
        if flags & 0x10 != 0 {
            try payload.require(offset + 4 * spatialLayerCount)
            var sizes: [Size] = []
            for _ in 0..<spatialLayerCount {
                sizes.append(Size(width: payload.loadUInt16(offset), height: payload.loadUInt16(offset + 2)))
                offset += 4
            }
            self.sizes = sizes
        } else {
            sizes = nil
        }
        guard flags & 0x08 != 0 else {
            group = nil
            return
        }
        try payload.require(offset + 1)
        let count = Int(payload[offset])
        offset += 1
        var group: [Picture] = []
        for _ in 0..<count {
            try payload.require(offset + 1)
            let octet = payload[offset]
            offset += 1
            let referenceCount = Int(octet >> 2 & 3)
            try payload.require(offset + referenceCount)
            var references = VP9References()
            for index in 0..<referenceCount { references.append(payload[offset + index]) }
            offset += referenceCount
            group.append(
                Picture(temporalIndex: octet >> 5, isSwitchingPoint: octet & 0x10 != 0, references: references))
        }
        self.group = group
    }

    /// Octets on the wire.
    var byteCount: Int {
        let group = group.map { $0.reduce(1) { $0 + 1 + $1.references.count } } ?? 0
        return 1 + 4 * (sizes?.count ?? 0) + group
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(
            UInt8(spatialLayerCount - 1) << 5 | (sizes != nil ? 0x10 : 0) | (group != nil ? 0x08 : 0))
        for size in sizes ?? [] {
            bytes.append(bigEndian: size.width)
            bytes.append(bigEndian: size.height)
        }
        guard let group else { return }
        bytes.append(UInt8(group.count))
        for picture in group {
            bytes.append(
                picture.temporalIndex << 5 | (picture.isSwitchingPoint ? 0x10 : 0)
                    | UInt8(picture.references.count) << 2)
            for index in 0..<picture.references.count { bytes.append(picture.references[index]) }
        }
    }
}

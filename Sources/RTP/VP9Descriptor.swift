import Base

/// The VP9 payload descriptor in front of each packet's piece of a frame (RFC 9628 §4.2), of both modes.
public struct VP9Descriptor: Hashable, Sendable {
    /// A running number of pictures, 7 or 15 bits wide on the wire.
    public typealias PictureID = VP8Descriptor.PictureID

    /// The octets of the L bit.
    public struct Layer: Hashable, Sendable {
        /// TID, 0…7.
        public var temporalIndex: UInt8
        /// U: who comes from a lower temporal layer may begin here.
        public var isSwitchingPoint: Bool
        /// SID, 0…7.
        public var spatialIndex: UInt8
        /// D: it is predicted from the spatial layer below in the same picture.
        public var dependsOnLowerLayer: Bool
        /// TL0PICIDX: counts pictures of the temporal base layer. Not on the wire in flexible mode, and 0 then.
        public var baseLayerIndex: UInt8

        public init(
            temporalIndex: UInt8 = 0, isSwitchingPoint: Bool = false, spatialIndex: UInt8 = 0,
            dependsOnLowerLayer: Bool = false, baseLayerIndex: UInt8 = 0
        ) {
            self.temporalIndex = temporalIndex & 7
            self.isSwitchingPoint = isSwitchingPoint
            self.spatialIndex = spatialIndex & 7
            self.dependsOnLowerLayer = dependsOnLowerLayer
            self.baseLayerIndex = baseLayerIndex
        }
    }

    /// How a receiver learns what a picture refers to.
    public enum Mode: Hashable, Sendable {
        /// F = 0: from the scalability structure.
        case nonFlexible
        /// F = 1: from each descriptor, as distances of 1…127 in picture IDs; empty where nothing is referred to.
        case flexible(VP9References)
    }

    public var pictureID: PictureID?
    /// P: the frame is predicted from earlier pictures.
    public var isInterPredicted: Bool
    public var layer: Layer?
    public var mode: Mode
    /// B: the packet is the first of a frame, which is one spatial layer of a picture.
    public var startsLayerFrame: Bool
    /// E: the packet is the last of a frame.
    public var endsLayerFrame: Bool
    /// Z: no upper spatial layer refers to the frame.
    public var isNonReferenceForUpperLayers: Bool
    /// V: how the stream is built from here on.
    public var structure: VP9ScalabilityStructure?

    public init(
        startsLayerFrame: Bool, endsLayerFrame: Bool, isInterPredicted: Bool, pictureID: PictureID? = nil,
        layer: Layer? = nil, mode: Mode = .nonFlexible, isNonReferenceForUpperLayers: Bool = false,
        structure: VP9ScalabilityStructure? = nil
    ) {
        self.pictureID = pictureID
        self.isInterPredicted = isInterPredicted
        self.layer = layer
        self.mode = mode
        self.startsLayerFrame = startsLayerFrame
        self.endsLayerFrame = endsLayerFrame
        self.isNonReferenceForUpperLayers = isNonReferenceForUpperLayers
        self.structure = structure
    }

    /// The packet is the first of a whole picture: of its lowest spatial layer.
    public var startsPicture: Bool { startsLayerFrame && layer?.spatialIndex ?? 0 == 0 }

    /// Reads the descriptor at the start of `payload` and leaves what follows to the caller.
    /// - Parameter byteCount: set to the descriptor's length; at least one byte follows it.
    /// - Throws: `.truncated`; `.malformed(.vp9References)` for more than three, or any without a picture ID to count
    ///   from; `.malformed(.vp9Payload)` when nothing follows.
    public init(_ payload: Span<UInt8>, byteCount: inout Int) throws(RTPError) {
        try payload.require(1)
        let flags = payload[0]
        var offset = 1
        self.init(
            startsLayerFrame: flags & 0x08 != 0, endsLayerFrame: flags & 0x04 != 0,
            isInterPredicted: flags & 0x40 != 0, isNonReferenceForUpperLayers: flags & 0x01 != 0)
        let isFlexible = flags & 0x10 != 0
        if flags & 0x80 != 0 { pictureID = try PictureID(payload, at: &offset) }
        if flags & 0x20 != 0 { layer = try Layer(payload, at: &offset, hasBaseLayerIndex: !isFlexible) }
        if isFlexible {
            guard !isInterPredicted || pictureID != nil else { throw .malformed(.vp9References) }
            mode = .flexible(isInterPredicted ? try VP9References(chainIn: payload, at: &offset) : VP9References())
        }
        if flags & 0x02 != 0 { structure = try VP9ScalabilityStructure(payload, at: &offset) }
        guard payload.count > offset else { throw .malformed(.vp9Payload) }
        byteCount = offset
    }

    public func append(to bytes: inout [UInt8]) {
        var flags: UInt8 = 0
        if pictureID != nil { flags |= 0x80 }
        if isInterPredicted { flags |= 0x40 }
        if layer != nil { flags |= 0x20 }
        if mode != .nonFlexible { flags |= 0x10 }
        if startsLayerFrame { flags |= 0x08 }
        if endsLayerFrame { flags |= 0x04 }
        if structure != nil { flags |= 0x02 }
        if isNonReferenceForUpperLayers { flags |= 0x01 }
        bytes.append(flags)
        pictureID?.append(to: &bytes)
        if let layer {
            bytes.append(
                layer.temporalIndex << 5 | (layer.isSwitchingPoint ? 0x10 : 0) | layer.spatialIndex << 1
                    | (layer.dependsOnLowerLayer ? 1 : 0))
            if mode == .nonFlexible { bytes.append(layer.baseLayerIndex) }
        }
        if isInterPredicted, case .flexible(let references) = mode { references.appendChain(to: &bytes) }
        structure?.append(to: &bytes)
    }
}

extension VP9Descriptor.Layer {
    fileprivate init(_ payload: Span<UInt8>, at offset: inout Int, hasBaseLayerIndex: Bool) throws(RTPError) {
        try payload.require(offset + (hasBaseLayerIndex ? 2 : 1))
        let indices = payload[offset]
        self.init(
            temporalIndex: indices >> 5, isSwitchingPoint: indices & 0x10 != 0, spatialIndex: indices >> 1 & 7,
            dependsOnLowerLayer: indices & 1 != 0, baseLayerIndex: hasBaseLayerIndex ? payload[offset + 1] : 0)
        offset += hasBaseLayerIndex ? 2 : 1
    }
}

import Base

/// Up to three distances to pictures that one refers to (P_DIFF, RFC 9628 §4.2), kept in place: there is one such list
/// in every packet of flexible mode.
public struct VP9References: Hashable, Sendable {
    public static let limit = 3

    public private(set) var count = 0
    private var packed: UInt32 = 0

    public init() {}

    /// - Parameter distances: three at most; more are our own misuse.
    public init(_ distances: UInt8...) {
        for distance in distances { append(distance) }
    }

    public subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count, "no reference \(index) of \(count)")
        return UInt8(truncatingIfNeeded: packed >> UInt32(8 * index))
    }

    public mutating func append(_ distance: UInt8) {
        precondition(count < Self.limit, "a picture refers to \(Self.limit) others at most")
        packed |= UInt32(distance) << UInt32(8 * count)
        count += 1
    }

    /// Reads seven bits each, and a bit that says whether one more follows.
    init(chainIn payload: Span<UInt8>, at offset: inout Int) throws(RTPError) {
        var hasMore = true
        while hasMore {
            guard count < Self.limit else { throw .malformed(.vp9References) }
            try payload.require(offset + 1)
            append(payload[offset] >> 1)
            hasMore = payload[offset] & 1 != 0
            offset += 1
        }
    }

    /// An empty list, which the wire has no form for, is written as a distance of 0.
    func appendChain(to bytes: inout [UInt8]) {
        for index in 0..<max(count, 1) {
            let distance = index < count ? self[index] : 0
            bytes.append(distance << 1 | (index < count - 1 ? 1 : 0))
        }
    }
}

/// What pictures are encoded with.
public enum VideoCodec: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// RFC 6386.
    case vp8
    /// Profile 0 of the VP9 bitstream specification: 8 bits, 4:2:0.
    case vp9

    public var description: String { rawValue.uppercased() }
}

/// Why bytes are not the RTP, RTCP or payload they were taken for. The packet is to be dropped and counted.
public enum RTPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes ended before what was to be read.
    case truncated(needed: Int, available: Int)
    /// The version field does not say 2.
    case unsupportedVersion(UInt8)
    /// The padding count is zero or reaches beyond what it pads.
    case invalidPadding(count: Int, available: Int)
    /// The packet is of another kind than the one it was to be read as.
    case wrongKind(expected: RTCPKind, found: RTCPKind)
    /// A field has a value that its format does not allow.
    case malformed(Field)

    /// Which field was not as its format demands.
    public enum Field: String, Hashable, Sendable {
        case remb = "unique identifier of a REMB message"
        case transportFeedback = "packet status of transport-wide feedback"
        case vp8Payload = "VP8 payload after its descriptor"
        case vp9Payload = "VP9 payload after its descriptor"
        case vp9References = "list of pictures that a VP9 descriptor refers to"
        case rtxPayload = "original sequence number of a retransmission"
        case opusPayload = "Opus packet"
    }

    public var description: String {
        switch self {
        case .truncated(let needed, let available):
            "expected \(needed) bytes, but only \(available) came; drop the packet"
        case .unsupportedVersion(let version):
            "expected RTP version 2, but the packet says \(version); drop it"
        case .invalidPadding(let count, let available):
            "expected padding of 1 to \(available) bytes, but the packet says \(count); drop it"
        case .wrongKind(let expected, let found):
            "expected an RTCP packet of kind \(expected), but found \(found)"
        case .malformed(let field):
            "the \(field.rawValue) is missing or has a value its format does not allow; drop the packet"
        }
    }
}

/// What a datagram on a bundled transport is, told by its first bytes (RFC 7983, RFC 5761 §4).
public enum DatagramKind: Hashable, Sendable {
    case stun
    case turnChannel
    case dtls
    case rtp
    case rtcp
    /// Nothing that belongs here: drop and count.
    case unknown

    public init(_ datagram: Span<UInt8>) {
        guard datagram.count >= 2 else {
            self = .unknown
            return
        }
        switch datagram[0] {
        case 0...3: self = .stun
        case 20...63: self = .dtls
        case 64...79: self = .turnChannel
        case 128...191:
            // RTCP packet types 192…223 would be payload types 64…95 with the marker set, which are not assigned.
            self = (192...223).contains(datagram[1]) ? .rtcp : .rtp
        default: self = .unknown
        }
    }
}

/// Why a packet was not protected or not accepted. A packet that was refused may have been altered: drop it.
public enum SRTPError: Error, Hashable, Sendable {
    /// The packet came before (RFC 3711 §3.3.2), or lies before the replay window.
    case replayed
    /// The authentication tag is wrong: tampered with, damaged, or under another key.
    case notAuthentic
    /// Not an RTP or RTCP packet at all, or too short to carry a tag.
    case malformed
    /// The key has protected as many packets as it may (RFC 3711 §9.2): a new handshake is due.
    case keyExpired
    /// libsrtp refused for another reason; its `srtp_err_status_t`.
    case library(status: UInt32)
}

extension SRTPError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .replayed: "expected a packet not seen before, but this one came already or is too old; drop it"
        case .notAuthentic: "expected a packet under the negotiated key, but its authentication tag is wrong; drop it"
        case .malformed: "expected an RTP or RTCP packet with an authentication tag, but the bytes are none; drop it"
        case .keyExpired: "the SRTP key is used up; make a new DTLS handshake"
        case .library(let status): "libsrtp answered status \(status) (see srtp_err_status_t); drop the packet"
        }
    }
}

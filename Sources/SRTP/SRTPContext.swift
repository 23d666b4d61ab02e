public import Base
import CSRTP

/// Protects or unprotects the packets of one direction, for any number of SSRCs (RFC 3711, RFC 7714).
///
/// The replay window is 1024 packets, so that retransmissions and reordered packets are accepted. Sending the same
/// packet twice is allowed. Our own streams start their sequence numbers below 2^15, so that a lost first packet cannot
/// put the two ends' rollover counters apart; a restarted stream takes a new SSRC.
public struct SRTPContext: ~Copyable {
    public enum Direction: Hashable, Sendable {
        /// Under the local key: `protect`.
        case outbound
        /// Under the remote key: `unprotect`.
        case inbound
    }

    /// Packets that replay protection looks back.
    public static let replayWindow = 1024

    public let direction: Direction
    public let profile: SRTPProtectionProfile
    private let session: srtp_t

    /// - Throws: `SRTPError.library` when the libsrtp installed lacks the profile.
    public init(_ direction: Direction, _ keys: SRTPKeyingMaterial) throws(SRTPError) {
        let master =
            switch direction {
            case .outbound: keys.localKey + keys.localSalt
            case .inbound: keys.remoteKey + keys.remoteSalt
            }
        precondition(
            master.count == keys.profile.keyLength + keys.profile.saltLength,
            "the keying material must have the lengths that its profile says")
        try Self.check(Self.libraryStatus)
        var session: srtp_t?
        try Self.check(
            csrtp_create(
                &session, keys.profile.rawValue, direction == .outbound ? 1 : 0, master, UInt(Self.replayWindow)))
        guard let session else { throw .library(status: srtp_err_status_alloc_fail.rawValue) }
        self.session = session
        self.direction = direction
        profile = keys.profile
    }

    deinit {
        srtp_dealloc(session)
    }

    /// Encrypts and authenticates an RTP packet in place; it grows by `profile.tagLength` bytes.
    public mutating func protectRTP(_ packet: inout [UInt8]) throws(SRTPError) {
        try protect(&packet, srtp_protect)
    }

    /// Encrypts and authenticates a compound RTCP packet in place; it grows by `profile.tagLength` + 4 bytes.
    public mutating func protectRTCP(_ packet: inout [UInt8]) throws(SRTPError) {
        try protect(&packet, srtp_protect_rtcp)
    }

    /// Checks and decrypts an SRTP packet in place; it shrinks to the RTP packet. After a throw its content is
    /// undefined.
    public mutating func unprotectRTP(_ packet: inout [UInt8]) throws(SRTPError) {
        try unprotect(&packet, minimum: 12, srtp_unprotect)
    }

    /// Checks and decrypts an SRTCP packet in place; it shrinks to the compound RTCP packet. After a throw its content
    /// is undefined.
    public mutating func unprotectRTCP(_ packet: inout [UInt8]) throws(SRTPError) {
        try unprotect(&packet, minimum: 12, srtp_unprotect_rtcp)
    }

    private typealias Transform = (srtp_t?, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int32>?) -> srtp_err_status_t

    private static let trailer = [UInt8](repeating: 0, count: Int(csrtp_trailer_length))

    private func protect(_ packet: inout [UInt8], _ transform: Transform) throws(SRTPError) {
        precondition(direction == .outbound, "an inbound context cannot protect")
        let plain = packet.count
        guard plain >= 8 else { throw .malformed }
        // libsrtp writes the trailer behind the packet and trusts that there is room for the longest.
        packet.append(contentsOf: Self.trailer)
        var length = Int32(plain)
        let status = packet.withUnsafeMutableBufferPointer { transform(session, $0.baseAddress, &length) }
        guard status == srtp_err_status_ok else {
            packet.removeLast(packet.count - plain)
            throw Self.error(status)
        }
        packet.removeLast(packet.count - Int(length))
    }

    private func unprotect(_ packet: inout [UInt8], minimum: Int, _ transform: Transform) throws(SRTPError) {
        precondition(direction == .inbound, "an outbound context cannot unprotect")
        guard packet.count >= minimum + profile.tagLength, packet.count <= Int(UInt16.max) else { throw .malformed }
        var length = Int32(packet.count)
        let status = packet.withUnsafeMutableBufferPointer { transform(session, $0.baseAddress, &length) }
        guard status == srtp_err_status_ok else { throw Self.error(status) }
        guard length >= 0, Int(length) <= packet.count else { throw .malformed }
        packet.removeLast(packet.count - Int(length))
    }

    /// libsrtp's global set-up, made once a process.
    private static let libraryStatus = srtp_init()

    private static func check(_ status: srtp_err_status_t) throws(SRTPError) {
        guard status == srtp_err_status_ok else { throw error(status) }
    }

    private static func error(_ status: srtp_err_status_t) -> SRTPError {
        switch status {
        case srtp_err_status_replay_fail, srtp_err_status_replay_old, srtp_err_status_pkt_idx_old: .replayed
        case srtp_err_status_auth_fail: .notAuthentic
        case srtp_err_status_bad_param, srtp_err_status_parse_err: .malformed
        case srtp_err_status_key_expired: .keyExpired
        default: .library(status: status.rawValue)
        }
    }
}

/// What a plaintext datagram for the peer is, so that SRTP or SRTCP protects it.
enum MediaDatagram: Hashable, Sendable {
    case rtp
    case rtcp
}

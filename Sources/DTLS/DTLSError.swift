/// Why a certificate, a fingerprint or a handshake is of no use.
public enum DTLSError: Error, Hashable, Sendable {
    /// OpenSSL could not make what was asked for: its reason.
    case library(String)
    /// The text is not a fingerprint as RFC 8122 §5 writes it.
    case invalidFingerprint(String)
    /// The peer's certificate is not the one that its description announced.
    case fingerprintMismatch(received: Fingerprint)
    /// The peers share no SRTP protection profile.
    case noSharedProfile
    /// The handshake failed: OpenSSL's reason.
    case handshake(String)
    /// The peer gave up; its alert (RFC 5246 §7.2).
    case alert(code: UInt8, String)
    /// Not connected within `Endpoint.timeLimit`; the last thing that went wrong, if anything did.
    case timedOut(String?)
}

extension DTLSError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .library(let reason):
            "OpenSSL answered “\(reason)”; check that the installed OpenSSL is 3.0 or later"
        case .invalidFingerprint(let text):
            "expected a fingerprint such as “sha-256 4A:AD:…” (sha-256, sha-384 or sha-512), but got “\(text)”"
        case .fingerprintMismatch(let received):
            "expected the certificate that the session description announced, but the peer has \(received); "
                + "somebody may be in between"
        case .noSharedProfile:
            "the peer offers none of the SRTP profiles AEAD_AES_128_GCM, AEAD_AES_256_GCM, AES128_CM_HMAC_SHA1_80"
        case .handshake(let reason):
            "the DTLS handshake failed: \(reason)"
        case .alert(let code, let reason):
            "the peer broke the DTLS connection off with alert \(code): \(reason)"
        case .timedOut(let reason):
            "no DTLS connection within 30 s" + (reason.map { "; the last failure was: \($0)" } ?? "")
        }
    }
}

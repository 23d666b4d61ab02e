import Base
import COpenSSL

/// One SSL with its BIO: OpenSSL's calls as values.
struct Session: ~Copyable {
    enum Progress: Hashable {
        case done
        case waiting
        case failed(reason: String, alert: UInt8?)
        /// The peer's close_notify.
        case closed
    }

    let bio: DatagramBIO
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    /// Kept for the callback that the context holds unretained.
    private let verifier: PeerVerifier

    init(
        role: Endpoint.Role, certificate: Certificate, verifier: PeerVerifier, holdsTimer: Bool
    ) throws(DTLSError) {
        ERR_clear_error()
        guard
            let context = copenssl_dtls_context(
                // Forward secrecy and AES-GCM only, on whose shape `RecordLayer` relies and which every WebRTC peer has
                // (RFC 8827 §6.5); RSA is for peers whose certificate is RSA.
                "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                    + "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
                "X25519:P-256:P-384",
                "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80")
        else { throw .library(OpenSSLErrors.takeReason()) }
        guard SSL_CTX_use_certificate(context, certificate.x509) == 1,
            SSL_CTX_use_PrivateKey(context, certificate.key) == 1,
            let ssl = SSL_new(context)
        else {
            SSL_CTX_free(context)
            throw .library(OpenSSLErrors.takeReason())
        }
        do {
            bio = try DatagramBIO(holdsTimer: holdsTimer)
        } catch {
            SSL_free(ssl)
            SSL_CTX_free(context)
            throw error
        }
        self.context = context
        self.ssl = ssl
        self.verifier = verifier
        SSL_CTX_set_cert_verify_callback(
            context,
            { store, argument in
                guard let argument else { return 0 }
                let verifier = Unmanaged<PeerVerifier>.fromOpaque(argument).takeUnretainedValue()
                if case .refused = verifier.judge(X509_STORE_CTX_get0_cert(store)) {
                    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED)
                    return 0
                }
                return 1
            }, Unmanaged.passUnretained(verifier).toOpaque())
        SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        SSL_set_bio(ssl, bio.bio, bio.bio)
        copenssl_set_mtu(ssl, DatagramBIO.mtu)
        switch role {
        case .client: SSL_set_connect_state(ssl)
        case .server: SSL_set_accept_state(ssl)
        }
    }

    deinit {
        SSL_free(ssl)
        SSL_CTX_free(context)
    }

    func handshake() -> Progress {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        return result == 1 ? .done : progress(result)
    }

    /// Reads and drops what came after the handshake: alerts, repeated flights, and application data, which nobody
    /// has a use for here.
    func drain() -> Progress {
        withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 1) { buffer in
            while true {
                ERR_clear_error()
                let result = SSL_read(ssl, buffer.baseAddress, Int32(buffer.count))
                if result <= 0 { return progress(result) }
            }
        }
    }

    /// Sends close_notify.
    func shutdown() {
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
        ERR_clear_error()
    }

    func judgePeer() -> PeerVerifier.Verdict {
        verifier.judge(SSL_get0_peer_certificate(ssl))
    }

    /// Keys and salts by the exporter (RFC 5764 §4.2), split by role; nil without an agreed profile.
    func exportKeys(role: Endpoint.Role) -> SRTPKeyingMaterial? {
        guard let selected = SSL_get_selected_srtp_profile(ssl),
            let id = UInt16(exactly: selected.pointee.id), let profile = SRTPProtectionProfile(rawValue: id)
        else { return nil }
        let (keyLength, saltLength) = (profile.keyLength, profile.saltLength)
        var material = [UInt8](repeating: 0, count: 2 * (keyLength + saltLength))
        let label = "EXTRACTOR-dtls_srtp"
        ERR_clear_error()
        guard SSL_export_keying_material(ssl, &material, material.count, label, label.utf8.count, nil, 0, 0) == 1 else {
            return nil
        }
        func part(_ offset: Int, _ length: Int) -> [UInt8] { Array(material[offset..<offset + length]) }
        let client = (key: part(0, keyLength), salt: part(2 * keyLength, saltLength))
        let server = (key: part(keyLength, keyLength), salt: part(2 * keyLength + saltLength, saltLength))
        let (local, remote) =
            switch role {
            case .client: (client, server)
            case .server: (server, client)
            }
        return SRTPKeyingMaterial(
            profile: profile, localKey: local.key, localSalt: local.salt, remoteKey: remote.key, remoteSalt: remote.salt
        )
    }

    // MARK: - Time

    /// Wall-clock time until OpenSSL's own timer is due, nil when it does not run. As long as `limit` or longer means
    /// that it is held back.
    func timeLeft(limit: Duration) -> Duration? {
        let left = copenssl_dtls_time_left(ssl, limit.inNanoseconds)
        return left < 0 ? nil : .nanoseconds(left)
    }

    /// Repeats the last flight if OpenSSL's timer is due.
    func retransmit() -> Progress {
        ERR_clear_error()
        let result = copenssl_dtls_handle_timeout(ssl)
        return switch result {
        case 1: .done
        case 0: .waiting
        default: progress(result)
        }
    }

    private func progress(_ result: Int32) -> Progress {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
            return .waiting
        case SSL_ERROR_ZERO_RETURN:
            return .closed
        default:
            let (reason, alert) = OpenSSLErrors.take()
            return .failed(reason: reason, alert: alert)
        }
    }
}

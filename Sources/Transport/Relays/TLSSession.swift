import COpenSSL

/// The client's side of one TLS connection, from bytes to bytes: OpenSSL between two memory buffers.
final class TLSSession {
    enum Progress: Hashable {
        case done
        /// The server's next bytes are needed.
        case waiting
        case failed(String)
    }

    enum Reading: Hashable {
        case bytes(Int)
        case waiting
        /// The server's close_notify.
        case closed
        case failed(String)
    }

    private let ssl: OpaquePointer
    /// Of the SSL, which frees them.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private let trust: TLSTrust
    private let host: String

    /// - Parameter host: the name, or the address, that the server's certificate has to be made for.
    init(host: String, trust: TLSTrust) throws(TransportError) {
        ERR_clear_error()
        guard let ssl = SSL_new(trust.context) else { throw .tls(Self.takeReason()) }
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            SSL_free(ssl)
            throw .tls(Self.takeReason())
        }
        SSL_set_bio(ssl, incoming, outgoing)
        guard copenssl_tls_expect(ssl, host) == 1 else {
            SSL_free(ssl)
            throw .tls("\(host) cannot be the name of a server: \(Self.takeReason())")
        }
        SSL_set_connect_state(ssl)
        (self.ssl, self.incoming, self.outgoing) = (ssl, incoming, outgoing)
        (self.trust, self.host) = (trust, host)
    }

    deinit {
        SSL_free(ssl)
    }

    func handshake() -> Progress {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        if result == 1 { return .done }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .waiting
        default: return .failed(handshakeFailure())
        }
    }

    /// A wrong certificate says more by its own code than by the error that follows from it.
    private func handshakeFailure() -> String {
        let verdict = SSL_get_verify_result(ssl)
        guard Int32(verdict) != copenssl_verified else { return "the TLS handshake failed: \(Self.takeReason())" }
        let reason = X509_verify_cert_error_string(verdict).map { String(cString: $0) } ?? "error \(verdict)"
        ERR_clear_error()
        return "its certificate cannot be trusted for “\(host)”: \(reason)"
    }

    /// Takes bytes of the server's; afterwards call `handshake` or `read`.
    func receive(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        _ = BIO_write(incoming, start, Int32(bytes.count))
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
        ERR_clear_error()
        let result = SSL_read(ssl, buffer.baseAddress, Int32(buffer.count))
        if result > 0 { return .bytes(Int(result)) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .waiting
        case SSL_ERROR_ZERO_RETURN: return .closed
        default: return .failed("TLS broke off: \(Self.takeReason())")
        }
    }

    /// Encrypts bytes; only after the handshake.
    /// - Returns: how many were taken.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return 0 }
        ERR_clear_error()
        return max(0, Int(SSL_write(ssl, start, Int32(bytes.count))))
    }

    /// Says goodbye (close_notify).
    func shutdown() {
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// Moves what is to be sent to the server to the end of `buffer`.
    func drain(into buffer: inout StreamBuffer) {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { chunk in
            while copenssl_bio_pending(outgoing) > 0 {
                let count = BIO_read(outgoing, chunk.baseAddress, Int32(chunk.count))
                guard count > 0 else { return }
                buffer.append(UnsafeRawBufferPointer(rebasing: chunk[..<Int(count)]))
            }
        }
    }

    /// The first error of OpenSSL's queue, which belongs to the thread.
    static func takeReason() -> String {
        let code = ERR_get_error()
        defer { ERR_clear_error() }
        guard code != 0 else { return "no reason given" }
        return ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
    }
}

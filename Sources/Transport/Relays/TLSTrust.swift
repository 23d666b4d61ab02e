import COpenSSL

/// Whom connections to TURN servers trust: the system's authorities, and those of files besides. Made once, off the media
/// thread, as reading the system's takes a while.
public final class TLSTrust: @unchecked Sendable {
    /// An SSL_CTX, which is not changed any more, and which SSLs of all threads share.
    let context: OpaquePointer

    /// Where systems keep the certificates they trust, all in one file.
    private static let systemFiles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]

    /// - Parameter caFiles: PEM files with certificates of one's own authorities.
    /// - Throws: `TransportError.trust` for a file that cannot be used.
    public init(caFiles: [String] = []) throws(TransportError) {
        ERR_clear_error()
        guard let context = copenssl_tls_client_context() else {
            throw .trust(file: nil, reason: TLSSession.takeReason())
        }
        self.context = context
        let isLoaded = Self.systemFiles.contains { SSL_CTX_load_verify_file(context, $0) == 1 }
        if !isLoaded { SSL_CTX_set_default_verify_paths(context) }
        // The context goes with self, whose properties are all set.
        for file in caFiles { try Self.load(file, into: context) }
        ERR_clear_error()
    }

    /// Whether a file can be used, without reading the system's.
    public static func check(_ caFile: String) throws(TransportError) {
        ERR_clear_error()
        guard let context = copenssl_tls_client_context() else {
            throw .trust(file: nil, reason: TLSSession.takeReason())
        }
        defer { SSL_CTX_free(context) }
        try load(caFile, into: context)
    }

    private static func load(_ file: String, into context: OpaquePointer) throws(TransportError) {
        ERR_clear_error()
        guard SSL_CTX_load_verify_file(context, file) == 1 else {
            throw .trust(file: file, reason: TLSSession.takeReason())
        }
    }

    deinit {
        SSL_CTX_free(context)
    }
}

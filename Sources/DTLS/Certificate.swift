public import Base
import COpenSSL

/// A self-signed ECDSA certificate on P-256 with its key (RFC 8827 §6.5), good for any number of connections.
///
/// Nobody checks its name or its dates: the peers compare fingerprints that the signalling carried.
public final class Certificate: @unchecked Sendable {
    /// What `a=fingerprint` announces: SHA-256.
    public let fingerprint: Fingerprint
    // Immutable after init; OpenSSL counts references to both with atomics.
    let x509: OpaquePointer
    let key: OpaquePointer

    /// - Parameters:
    ///   - now: the time of day; the certificate is valid from a day before, for clocks that differ.
    ///   - validity: how long it is valid.
    public init(at now: UTCTime, validity: Duration = .seconds(30 * 86_400)) throws(DTLSError) {
        ERR_clear_error()
        guard let key = copenssl_generate_p256() else { throw .library(OpenSSLErrors.takeReason()) }
        guard let x509 = X509_new() else {
            EVP_PKEY_free(key)
            throw .library(OpenSSLErrors.takeReason())
        }
        var serial: UInt64 = 0
        let name = X509_get_subject_name(x509)
        // The name is the same for all, so that it says nothing about the room.
        guard RAND_bytes_into(&serial),
            ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1) == 1,
            X509_set_version(x509, 2) == 1,
            ASN1_TIME_set(X509_getm_notBefore(x509), Int(now.milliseconds / 1000 - 86_400)) != nil,
            ASN1_TIME_set(X509_getm_notAfter(x509), Int((now + validity).milliseconds / 1000)) != nil,
            X509_NAME_add_entry_by_txt(name, "CN", 0x1000 | 1, "WebRTC", -1, -1, 0) == 1,
            X509_set_issuer_name(x509, name) == 1,
            X509_set_pubkey(x509, key) == 1,
            X509_sign(x509, key, EVP_sha256()) > 0,
            let fingerprint = Fingerprint(of: x509, .sha256)
        else {
            X509_free(x509)
            EVP_PKEY_free(key)
            throw .library(OpenSSLErrors.takeReason())
        }
        self.x509 = x509
        self.key = key
        self.fingerprint = fingerprint
    }

    deinit {
        X509_free(x509)
        EVP_PKEY_free(key)
    }
}

private func RAND_bytes_into(_ value: inout UInt64) -> Bool {
    withUnsafeMutableBytes(of: &value) { bytes in
        RAND_bytes(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(bytes.count)) == 1
    }
}

extension Fingerprint {
    /// The hash of a certificate in DER.
    init?(of x509: OpaquePointer, _ algorithm: Algorithm) {
        let function =
            switch algorithm {
            case .sha256: EVP_sha256()
            case .sha384: EVP_sha384()
            case .sha512: EVP_sha512()
            }
        var bytes = [UInt8](repeating: 0, count: algorithm.length)
        var length = UInt32(bytes.count)
        guard X509_digest(x509, function, &bytes, &length) == 1, Int(length) == algorithm.length else { return nil }
        self.init(algorithm: algorithm, bytes: bytes)
    }
}

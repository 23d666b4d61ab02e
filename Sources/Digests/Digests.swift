import Base
import COpenSSL

/// Message digests over OpenSSL: what STUN (RFC 8489 §14.5) and fingerprints (RFC 8122) need. Deterministic.
public enum Digests {
    /// HMAC-SHA1 (RFC 2104), 20 bytes.
    public static func hmacSHA1(key: [UInt8], _ message: Span<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        var length: UInt32 = 20
        message.withUnsafeBufferPointer { bytes in
            _ = HMAC(EVP_sha1(), key, Int32(key.count), bytes.baseAddress, bytes.count, &digest, &length)
        }
        return digest
    }

    /// MD5 (RFC 1321), 16 bytes: only for the keys of STUN's long-term credentials (RFC 8489 §9.2.2), which ask for it.
    public static func md5(_ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 16)
        var length: UInt32 = 16
        let done = EVP_Digest(message, message.count, &digest, &length, EVP_md5(), nil)
        precondition(done == 1, "OpenSSL has no MD5: its FIPS mode and TURN do not go together")
        return digest
    }

    /// SHA-256, 32 bytes.
    public static func sha256(_ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        SHA256(message, message.count, &digest)
        return digest
    }
}

/// Randomness for secrets: session ids, ICE passwords. Belongs to the shell; the pure core gets seeds from it.
public enum SecureRandom {
    /// `count` bytes from OpenSSL's generator.
    public static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        precondition(RAND_bytes(&bytes, Int32(count)) == 1, "the system has no randomness")
        return bytes
    }

    public static func seed() -> UInt64 {
        bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

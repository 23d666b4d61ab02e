/// The hash of a certificate, as `a=fingerprint` carries it (RFC 8122 §5).
public struct Fingerprint: Hashable, Sendable {
    /// Hash functions in rising order of preference. SHA-1, MD5 and MD2 are not taken: certificates that collide under
    /// them can be made.
    public enum Algorithm: String, Hashable, Sendable, CaseIterable, Comparable {
        case sha256 = "sha-256"
        case sha384 = "sha-384"
        case sha512 = "sha-512"

        /// Bytes of the hash.
        public var length: Int {
            switch self {
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }

        public static func < (left: Algorithm, right: Algorithm) -> Bool {
            left.length < right.length
        }
    }

    public let algorithm: Algorithm
    /// `algorithm.length` bytes.
    public let bytes: [UInt8]

    /// - Parameter bytes: exactly `algorithm.length` bytes.
    public init(algorithm: Algorithm, bytes: [UInt8]) {
        precondition(bytes.count == algorithm.length, "a hash has the length of its function")
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Reads the value of an `a=fingerprint` attribute: `sha-256 4A:AD:B9:…`. Letters may be of either case.
    public init(_ text: some StringProtocol) throws(DTLSError) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, let algorithm = Algorithm(rawValue: parts[0].lowercased()) else {
            throw .invalidFingerprint(String(text))
        }
        let pairs = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        let bytes = pairs.compactMap { pair in
            pair.utf8.count == 2 && pair.allSatisfy(\.isHexDigit) ? UInt8(pair, radix: 16) : nil
        }
        guard bytes.count == pairs.count, bytes.count == algorithm.length else {
            throw .invalidFingerprint(String(text))
        }
        self.init(algorithm: algorithm, bytes: bytes)
    }
}

extension Fingerprint: CustomStringConvertible {
    /// The attribute's value: `sha-256 4A:AD:B9:…`.
    public var description: String {
        let digits = Array("0123456789ABCDEF")
        let pairs = bytes.map { String([digits[Int($0 >> 4)], digits[Int($0 & 15)]]) }
        return algorithm.rawValue + " " + pairs.joined(separator: ":")
    }
}

/// `a=fingerprint:sha-256 AB:CD:…` (RFC 8122 §5): the hash of the certificate that DTLS must show.
public struct FingerprintAttribute: Hashable, Sendable, CustomStringConvertible {
    /// The hash function, in lower case: `sha-256`.
    public var algorithm: String
    /// The hash, as many bytes as the function gives.
    public var bytes: [UInt8]

    public init(algorithm: String, bytes: [UInt8]) {
        self.algorithm = algorithm
        self.bytes = bytes
    }

    init(value: Substring) throws(MalformedValue) {
        let malformed = MalformedValue(expected: "a=fingerprint:<hash> <hex pairs between colons>")
        let fields = value.fields()
        guard fields.count == 2, fields[0].isToken else { throw malformed }
        var bytes: [UInt8] = []
        for pair in fields[1].split(at: 0x3A) {
            guard pair.utf8.count == 2, let byte = UInt8(pair, radix: 16), !pair.utf8.contains(0x2B) else {
                throw malformed
            }
            bytes.append(byte)
        }
        let algorithm = fields[0].lowercased()
        // RFC 8122 §5; a hash of another length can never match, so say it at once.
        let lengths = ["sha-1": 20, "sha-224": 28, "sha-256": 32, "sha-384": 48, "sha-512": 64, "md5": 16]
        if let length = lengths[algorithm], bytes.count != length {
            throw MalformedValue(expected: "\(length) bytes for \(algorithm)")
        }
        guard (1...64).contains(bytes.count) else { throw malformed }
        self.init(algorithm: algorithm, bytes: bytes)
    }

    public var description: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text = Array(algorithm.utf8) + [0x20]
        for (index, byte) in bytes.enumerated() {
            if index > 0 { text.append(0x3A) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

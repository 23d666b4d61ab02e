/// The fragment and password of one side for one ICE session (RFC 8839 §5.4).
public struct ICECredentials: Hashable, Sendable {
    /// 4…256 characters.
    public let ufrag: String
    /// 22…256 characters.
    public let password: String

    /// Takes what a peer signalled. The characters are not held to the ICE-char set, because peers with `-` and `_` in
    /// them exist and nothing depends on it; only a colon or space would make USERNAME ambiguous.
    public init(ufrag: String, password: String) throws(ICEError) {
        guard (4...256).contains(ufrag.utf8.count) else {
            throw .malformedCredentials(reason: "expected a ufrag of 4…256 characters, found \(ufrag.utf8.count)")
        }
        guard (22...256).contains(password.utf8.count) else {
            throw .malformedCredentials(
                reason: "expected a password of 22…256 characters, found \(password.utf8.count)")
        }
        guard (ufrag + password).utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x3A }) else {
            throw .malformedCredentials(reason: "expected visible ASCII without colons, found others")
        }
        self.ufrag = ufrag
        self.password = password
    }

    /// Bytes that `init(entropy:)` wants.
    public static let entropySize = 24

    /// Credentials of our own: a ufrag of 8 characters (48 bits) and a password of 24 (144 bits).
    ///
    /// - Parameter entropy: `entropySize` bytes from a cryptographic generator (`SecureRandom`).
    public init(entropy: [UInt8]) {
        precondition(entropy.count == Self.entropySize, "ICE credentials are made of \(Self.entropySize) bytes")
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var characters: [UInt8] = []
        for start in stride(from: 0, to: entropy.count, by: 3) {
            let bits = entropy[start..<start + 3].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            for shift in [18, 12, 6, 0] as [UInt32] { characters.append(alphabet[Int(bits >> shift & 63)]) }
        }
        ufrag = String(decoding: characters[..<8], as: UTF8.self)
        password = String(decoding: characters[8...], as: UTF8.self)
    }
}

/// What the server asked us to prove ourselves with (RFC 8489 §9.2).
struct TURNChallenge: Hashable, Sendable {
    let realm: String
    let nonce: [UInt8]
    /// MD5 of user, realm and password (RFC 8489 §9.2.2).
    let key: [UInt8]
}

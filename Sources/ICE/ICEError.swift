/// What went wrong with bytes or text from outside, or with values handed to the module.
public enum ICEError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A datagram is not a well-formed STUN message (RFC 8489 §5).
    case malformedSTUN(expected: String, found: Int)
    /// The bytes of a TCP or TLS connection are not a row of TURN messages (RFC 8656 §3.1): it has to be closed.
    case malformedStream(expected: String, found: Int)
    /// A `candidate:` line does not follow RFC 8839 §5.1.
    case malformedCandidate(reason: String, text: String)
    /// An ICE fragment or password does not follow RFC 8839 §5.4.
    case malformedCredentials(reason: String)

    public var description: String {
        switch self {
        case .malformedSTUN(let expected, let found):
            "malformed STUN message: expected \(expected), found \(found); the datagram is dropped"
        case .malformedStream(let expected, let found):
            "malformed TURN stream: expected \(expected), found \(found); the connection to the server is closed"
        case .malformedCandidate(let reason, let text):
            "malformed ICE candidate: \(reason) in \"\(text.prefix(200))\"; the other candidates still count"
        case .malformedCredentials(let reason):
            "malformed ICE credentials: \(reason); RFC 8839 §5.4 says what a=ice-ufrag and a=ice-pwd hold"
        }
    }
}

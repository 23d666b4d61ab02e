/// `a=setup:` (RFC 4145 §4, RFC 8842): who opens the DTLS association.
public enum Setup: String, Hashable, Sendable {
    case active, passive, actpass, holdconn
}

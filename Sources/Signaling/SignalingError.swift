/// Why a server could not be talked to, or no longer can. The text is for the log and the administrator.
public enum SignalingError: Error, Hashable, Sendable {
    /// The address cannot be used as it stands.
    case invalidAddress(String)
    /// No such name, nobody listens, no route, or the connection broke.
    case unreachable(String)
    /// TLS: the certificate, the name in it, the time, or no TLS at all at the other end.
    case tlsFailed(String)
    /// The server answered, with a refusal.
    case refused(status: Int, String)
    /// The server does not speak the protocol.
    case protocolViolation(String)
    /// Too much came, or came faster than it was read.
    case tooLarge(String)
    case timeout(String)
    case cancelled
}

extension SignalingError {
    /// What happened, without the kind of error that it is.
    public var cause: String {
        switch self {
        case .invalidAddress(let text), .unreachable(let text), .tlsFailed(let text), .protocolViolation(let text),
            .tooLarge(let text), .timeout(let text):
            text
        case .refused(let status, let text): "status \(status): \(text)"
        case .cancelled: "cancelled"
        }
    }
}

extension SignalingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidAddress(let text): "invalid address: \(text)"
        case .unreachable(let text): "unreachable: \(text)"
        case .tlsFailed(let text): "TLS failed: \(text)"
        case .refused(let status, let text): "refused with status \(status): \(text)"
        case .protocolViolation(let text): "the server broke the protocol: \(text)"
        case .tooLarge(let text): "too large: \(text)"
        case .timeout(let text): "timed out: \(text)"
        case .cancelled: "cancelled"
        }
    }
}

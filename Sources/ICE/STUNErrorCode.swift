/// The content of ERROR-CODE (RFC 8489 §14.8).
public struct STUNErrorCode: Hashable, Sendable {
    /// 300…699.
    public let code: Int
    public let reason: String

    /// - Parameter code: 300…699.
    public init(code: Int, reason: String) {
        precondition((300...699).contains(code), "STUN error codes are 300…699, not \(code)")
        self.code = code
        self.reason = reason
    }

    /// RFC 8489 §14.8.
    public static let unknownAttribute = STUNErrorCode(code: 420, reason: "Unknown Attribute")
    /// RFC 8445 §7.3.1.1.
    public static let roleConflict = STUNErrorCode(code: 487, reason: "Role Conflict")
}

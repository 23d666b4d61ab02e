/// `o=- 4611731400430051336 2 IN IP4 127.0.0.1` (RFC 8866 §5.2).
public struct Origin: Hashable, Sendable, CustomStringConvertible {
    public var username: String
    /// Names the session; below 2^63 (RFC 9429 §5.2.1).
    public var sessionID: UInt64
    /// Grows with each description of the session.
    public var version: UInt64
    /// `IP4` or `IP6`.
    public var addressType: String
    public var address: String

    public init(
        username: String = "-", sessionID: UInt64, version: UInt64, addressType: String = "IP4",
        address: String = "127.0.0.1"
    ) {
        self.username = username
        self.sessionID = sessionID
        self.version = version
        self.addressType = addressType
        self.address = address
    }

    init(value: Substring) throws(MalformedValue) {
        let fields = value.fields()
        guard fields.count == 6, let session = fields[1].decimal(UInt64.self),
            let version = fields[2].decimal(UInt64.self)
        else { throw MalformedValue(expected: "o=<user> <session id> <version> IN <IP4 or IP6> <address>") }
        self.init(
            username: String(fields[0]), sessionID: session, version: version, addressType: String(fields[4]),
            address: String(fields[5]))
    }

    public var description: String { "\(username) \(sessionID) \(version) IN \(addressType) \(address)" }
}

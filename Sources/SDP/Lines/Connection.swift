/// `c=IN IP4 0.0.0.0` (RFC 8866 §5.7). With ICE it says nothing; it is kept for peers that look at it.
public struct Connection: Hashable, Sendable, CustomStringConvertible {
    public var addressType: String
    public var address: String

    public init(addressType: String = "IP4", address: String = "0.0.0.0") {
        self.addressType = addressType
        self.address = address
    }

    init(value: Substring) throws(MalformedValue) {
        let fields = value.fields()
        guard fields.count == 3, fields[0] == "IN" else {
            throw MalformedValue(expected: "c=IN <IP4 or IP6> <address>")
        }
        self.init(addressType: String(fields[1]), address: String(fields[2]))
    }

    public var description: String { "IN \(addressType) \(address)" }
}

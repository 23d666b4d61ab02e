/// `b=AS:512` (RFC 8866 §5.8).
public struct Bandwidth: Hashable, Sendable, CustomStringConvertible {
    /// `AS` (kbit/s), `TIAS` (bit/s), `CT`, …
    public var type: String
    /// In the unit that `type` says.
    public var value: UInt64

    public init(type: String, value: UInt64) {
        self.type = type
        self.value = value
    }

    init(value text: Substring) throws(MalformedValue) {
        let (type, number) = text.cut(at: 0x3A)
        guard type.isToken, let value = number?.trimmed().decimal(UInt64.self) else {
            throw MalformedValue(expected: "b=<type>:<number>")
        }
        self.init(type: String(type), value: value)
    }

    /// In bits a second, for the types that mean one.
    public var bitsPerSecond: UInt64? {
        switch type {
        case "TIAS": value
        case "AS", "CT": value > .max / 1000 ? .max : value * 1000
        default: nil
        }
    }

    public var description: String { "\(type):\(value)" }
}

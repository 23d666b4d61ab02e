/// `a=ssrc:1234 cname:abc` (RFC 5576 §4.1).
public struct SourceAttribute: Hashable, Sendable, CustomStringConvertible {
    public var ssrc: UInt32
    /// `cname`, `msid`, …; nil for a line that names the source only.
    public var name: String?
    public var value: String?

    public init(ssrc: UInt32, name: String? = nil, value: String? = nil) {
        self.ssrc = ssrc
        self.name = name
        self.value = value
    }

    init(value text: Substring) throws(MalformedValue) {
        let (number, rest) = text.cut(at: 0x20)
        guard let ssrc = number.decimal(UInt32.self) else {
            throw MalformedValue(expected: "a=ssrc:<number below 2^32> <attribute>[:<value>]")
        }
        guard let rest = rest?.trimmed(), !rest.isEmpty else {
            self.init(ssrc: ssrc)
            return
        }
        let (name, value) = rest.cut(at: 0x3A)
        self.init(ssrc: ssrc, name: String(name), value: value.map(String.init))
    }

    public var description: String {
        guard let name else { return "\(ssrc)" }
        return "\(ssrc) \(name)" + (value.map { ":\($0)" } ?? "")
    }
}

/// `a=rtcp-fb:96 nack pli` (RFC 4585 §4.2).
public struct RTCPFeedback: Hashable, Sendable, CustomStringConvertible {
    /// The payload type; nil for `*`, all of the section.
    public var payloadType: UInt8?
    /// `nack`, `nack pli`, `ccm fir`, `goog-remb`, `transport-cc`, …, with single spaces.
    public var name: String

    public init(payloadType: UInt8?, name: String) {
        self.payloadType = payloadType
        self.name = name
    }

    init(value: Substring) throws(MalformedValue) {
        let fields = value.fields()
        let target = fields.first?.payloadType
        guard fields.count >= 2, target != nil || fields[0] == "*" else {
            throw MalformedValue(expected: "a=rtcp-fb:<payload type or *> <feedback>")
        }
        self.init(payloadType: target, name: fields.dropFirst().joined(separator: " "))
    }

    public var description: String { (payloadType.map { "\($0)" } ?? "*") + " " + name }
}

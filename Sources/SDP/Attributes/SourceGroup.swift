/// `a=ssrc-group:FID 1 2` (RFC 5576 §4.2): `FID` pairs a stream with its retransmissions, `SIM` lists simulcast layers.
public struct SourceGroup: Hashable, Sendable, CustomStringConvertible {
    public var semantics: String
    public var ssrcs: [UInt32]

    public init(_ semantics: String, _ ssrcs: [UInt32]) {
        self.semantics = semantics
        self.ssrcs = ssrcs
    }

    init(value: Substring) throws(MalformedValue) {
        let malformed = MalformedValue(expected: "a=ssrc-group:<semantics> <ssrc>…")
        let fields = value.fields()
        guard let first = fields.first else { throw malformed }
        var ssrcs: [UInt32] = []
        for field in fields.dropFirst() {
            guard let ssrc = field.decimal(UInt32.self) else { throw malformed }
            ssrcs.append(ssrc)
        }
        self.init(String(first), ssrcs)
    }

    public var description: String { ([semantics] + ssrcs.map { "\($0)" }).joined(separator: " ") }
}

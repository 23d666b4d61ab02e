/// `a=group:BUNDLE 0 1` (RFC 5888, RFC 9143): media sections that belong together.
public struct Group: Hashable, Sendable, CustomStringConvertible {
    public var semantics: String
    public var mids: [String]

    public init(_ semantics: String, _ mids: [String]) {
        self.semantics = semantics
        self.mids = mids
    }

    init(value: Substring) throws(MalformedValue) {
        let fields = value.fields()
        guard let first = fields.first else { throw MalformedValue(expected: "a=group:<semantics> <mid>…") }
        self.init(String(first), fields.dropFirst().map(String.init))
    }

    public var isBundle: Bool { semantics == "BUNDLE" }

    public var description: String { ([semantics] + mids).joined(separator: " ") }
}

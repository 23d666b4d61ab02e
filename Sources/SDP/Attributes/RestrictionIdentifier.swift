/// `a=rid:hi send pt=97;max-width=1280` (RFC 8851): one encoding of a section, by name.
public struct RestrictionIdentifier: Hashable, Sendable, CustomStringConvertible {
    public var id: String
    /// `true` for `send`, `false` for `recv`.
    public var isSend: Bool
    /// `pt=…;max-width=…` as it came.
    public var restrictions: String?

    public init(id: String, isSend: Bool, restrictions: String? = nil) {
        self.id = id
        self.isSend = isSend
        self.restrictions = restrictions
    }

    /// nil for the forms of early drafts; those are kept as unknown attributes.
    init?(value: Substring) {
        let fields = value.fields()
        guard (2...3).contains(fields.count), fields[1] == "send" || fields[1] == "recv" else { return nil }
        self.init(
            id: String(fields[0]), isSend: fields[1] == "send",
            restrictions: fields.count == 3 ? String(fields[2]) : nil)
    }

    public var description: String {
        "\(id) \(isSend ? "send" : "recv")" + (restrictions.map { " \($0)" } ?? "")
    }
}

/// `a=extmap:3/sendonly urn:… attributes` (RFC 8285 §5): an RTP header extension and the number it goes by.
public struct ExtensionMap: Hashable, Sendable, CustomStringConvertible {
    /// 1…14 fits the one-byte header; 15…255 only the two-byte header; 4096…4351 is an offer of more than can be.
    public var id: UInt16
    /// Which way the extension goes, where that is less than the section's own direction.
    public var direction: MediaDirection?
    public var uri: String
    public var attributes: String?

    public init(id: UInt16, direction: MediaDirection? = nil, uri: String, attributes: String? = nil) {
        self.id = id
        self.direction = direction
        self.uri = uri
        self.attributes = attributes
    }

    init(value: Substring) throws(MalformedValue) {
        let malformed = MalformedValue(expected: "a=extmap:<1…255 or 4096…4351>[/<direction>] <URI> [<attributes>]")
        let (head, rest) = value.cut(at: 0x20)
        let (number, way) = head.cut(at: 0x2F)
        guard let id = number.decimal(UInt16.self), (1...255).contains(id) || (4096...4351).contains(id),
            let (uri, attributes) = rest?.trimmed().cut(at: 0x20), !uri.isEmpty
        else { throw malformed }
        var direction: MediaDirection?
        if let way {
            guard let known = MediaDirection(rawValue: String(way)) else { throw malformed }
            direction = known
        }
        self.init(id: id, direction: direction, uri: String(uri), attributes: attributes.map { String($0.trimmed()) })
    }

    /// Whether packets with it need the two-byte header (RFC 8285 §4.3).
    public var needsTwoByteHeader: Bool { id > 14 }

    public var description: String {
        "\(id)" + (direction.map { "/\($0.rawValue)" } ?? "") + " " + uri + (attributes.map { " \($0)" } ?? "")
    }
}

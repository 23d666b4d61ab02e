/// `a=fmtp:111 minptime=10;useinbandfec=1` (RFC 8866 §6.15). The text is kept as it came: its
/// form belongs to the codec.
public struct FormatParameters: Hashable, Sendable, CustomStringConvertible {
    /// The payload type, or another format's name in sections that are not RTP.
    public var format: String
    public var text: String

    public init(format: String, text: String) {
        self.format = format
        self.text = text
    }

    init(value: Substring) throws(MalformedValue) {
        let (format, text) = value.cut(at: 0x20)
        guard !format.isEmpty, let text else { throw MalformedValue(expected: "a=fmtp:<format> <parameters>") }
        self.init(format: String(format), text: String(text.trimmed()))
    }

    /// The value of `name=value`; names are compared without regard to case.
    public subscript(_ name: String) -> String? {
        FormatParameters.value(of: name, in: text)
    }

    /// The value of `name` in a text of `name=value` pairs between semicolons.
    public static func value(of name: String, in text: String) -> String? {
        for pair in Substring(text).split(at: 0x3B) {
            let (key, value) = pair.trimmed().cut(at: 0x3D)
            if let value, key.lowercased() == name.lowercased() { return String(value) }
        }
        return nil
    }

    public var description: String { "\(format) \(text)" }
}

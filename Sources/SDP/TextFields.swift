/// Cutting of ASCII-structured text. All of it works on UTF-8 bytes, so that no Unicode rule ever joins a separator to
/// the character after it.
extension Substring {
    /// The fields between single or repeated spaces.
    func fields() -> [Substring] {
        split(at: 0x20)
    }

    /// The non-empty pieces between `separator`s.
    func split(at separator: UInt8) -> [Substring] {
        utf8.split(separator: separator).map { Substring($0) }
    }

    /// What stands before the first `separator`, and what after it (nil when there is none).
    func cut(at separator: UInt8) -> (before: Substring, after: Substring?) {
        guard let index = utf8.firstIndex(of: separator) else { return (self, nil) }
        return (Substring(utf8[..<index]), Substring(utf8[utf8.index(after: index)...]))
    }

    /// Without spaces and tabs at both ends.
    func trimmed() -> Substring {
        var bytes = utf8
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes = bytes.dropFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes = bytes.dropLast() }
        return Substring(bytes)
    }

    /// Digits only; nil for signs, blanks, nothing at all and what does not fit.
    func decimal<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
        guard !isEmpty, utf8.count <= 20, utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Value(self)
    }

    /// A payload type of RTP: 0…127.
    var payloadType: UInt8? {
        guard let number = decimal(UInt8.self), number < 128 else { return nil }
        return number
    }

    /// `token` of RFC 8866 §9: visible ASCII without separators. Slashes are let through, as peers put base64 there.
    var isToken: Bool {
        !isEmpty && utf8.allSatisfy { (0x21...0x7E).contains($0) && !#""(),:;<=>?@[\]"#.utf8.contains($0) }
    }

    /// `ice-char`s of RFC 8839 §5.4, and the `-`, `_` and `=` that some agents use.
    var isICEText: Bool {
        utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "="): true
            default: false
            }
        }
    }
}

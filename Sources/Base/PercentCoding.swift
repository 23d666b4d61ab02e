/// Percent-encoding (RFC 3986 §2.1).
public enum PercentCoding {
    /// What stands for what besides the escapes.
    public enum Dialect: Hashable, Sendable {
        /// Nothing does.
        case plain
        /// `+` is a blank, as in the queries that forms make (URL Standard §5.1).
        case form
        /// A `%` that begins no escape is itself: people write paths by hand.
        case path
    }

    /// - Returns: nil when an escape is broken or the bytes are not UTF-8.
    public static func decode(_ text: some StringProtocol, _ dialect: Dialect = .plain) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte == UInt8(ascii: "+") && dialect == .form ? UInt8(ascii: " ") : byte)
                continue
            }
            if let high = rest.first.flatMap(digit), let low = rest.dropFirst().first.flatMap(digit) {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else if dialect == .path {
                bytes.append(byte)
            } else {
                return nil
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Everything but the unreserved characters is escaped.
    public static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}

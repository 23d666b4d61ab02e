/// Reads one JSON text (RFC 8259) in one pass: time grows with the text's length alone, whatever is in it, so that no
/// peer can hold a thread up with a small text.
struct JSONParser {
    /// Nesting deeper than this is refused.
    static let depthLimit = 512

    private let bytes: [UInt8]
    private var offset = 0
    private var depth = 0

    static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        let value = try parser.value()
        parser.skipBlanks()
        guard parser.offset == bytes.count else { throw parser.expected("the end of the text") }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipBlanks()
        switch peek {
        case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(let byte) where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): return try number()
        default: throw expected("a value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONError) -> JSONValue
    ) throws(JSONError) -> JSONValue {
        guard depth < Self.depthLimit else {
            throw JSONError("Nesting deeper than \(Self.depthLimit) at byte \(offset).")
        }
        depth += 1
        defer { depth -= 1 }
        offset += 1
        return try body(&self)
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        var elements: [JSONValue] = []
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value())
            skipBlanks()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw expected("\",\" or \"]\"") }
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        var members: [String: JSONValue] = [:]
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipBlanks()
            guard peek == UInt8(ascii: "\"") else { throw expected("a name in quotes") }
            let name = try string()
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw expected("\":\"") }
            members[name] = try value()
            skipBlanks()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw expected("\",\" or \"}\"") }
        }
    }

    private mutating func string() throws(JSONError) -> String {
        offset += 1
        var start = offset
        var text = ""
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                let part = try validated(start..<offset)
                offset += 1
                return text.isEmpty ? part : text + part
            case UInt8(ascii: "\\"):
                text += try validated(start..<offset)
                text.unicodeScalars.append(try escape())
                start = offset
            case 0..<0x20:
                throw expected("no control character in a string (write \\u00XX)")
            default:
                offset += 1
            }
        }
        throw expected("the end of a string")
    }

    private func validated(_ range: Range<Int>) throws(JSONError) -> String {
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw JSONError("The string at byte \(range.lowerBound) is not UTF-8.")
        }
        return text
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        offset += 1
        guard let byte = peek else { throw expected("the end of a string") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try hexadecimal()
            guard (0xD800..<0xDC00).contains(unit) else {
                guard let scalar = Unicode.Scalar(unit) else { throw expected("a low surrogate only after a high one") }
                return scalar
            }
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw expected("a low surrogate") }
            let low = try hexadecimal()
            guard (0xDC00..<0xE000).contains(low),
                let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
            else { throw expected("a low surrogate") }
            return scalar
        default:
            offset -= 1
            throw expected("an escape: \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\uXXXX")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            switch peek {
            case .some(let byte) where (0x30...0x39).contains(byte): unit = unit << 4 + UInt32(byte - 0x30)
            case .some(let byte) where (0x41...0x46).contains(byte): unit = unit << 4 + UInt32(byte - 0x37)
            case .some(let byte) where (0x61...0x66).contains(byte): unit = unit << 4 + UInt32(byte - 0x57)
            default: throw expected("four hexadecimal digits")
            }
            offset += 1
        }
        return unit
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = offset
        let isNegative = take(UInt8(ascii: "-"))
        var magnitude: UInt64 = 0
        var fits = true
        let digits = offset
        while let byte = peek, (0x30...0x39).contains(byte) {
            let (product, tooMuch) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(UInt64(byte - 0x30))
            if tooMuch || overflow { fits = false }
            magnitude = sum
            offset += 1
        }
        guard offset > digits else { throw expected("a digit") }
        guard bytes[digits] != 0x30 || offset == digits + 1 else {
            offset = digits + 1
            throw expected("no digit after a leading 0")
        }
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            isWhole = false
            try skipDigits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try skipDigits()
        }
        if isWhole, fits {
            if !isNegative, let number = Int64(exactly: magnitude) { return .integer(number) }
            if isNegative, magnitude <= UInt64(Int64.max) + 1 {
                return .integer(Int64(truncatingIfNeeded: 0 &- magnitude))
            }
        }
        guard let number = Double(String(decoding: bytes[start..<offset], as: UTF8.self)), number.isFinite else {
            throw JSONError("The number at byte \(start) is larger than a double holds.")
        }
        return Int64(exactly: number).map { .integer($0) } ?? .number(number)
    }

    private mutating func skipDigits() throws(JSONError) {
        let start = offset
        while let byte = peek, (0x30...0x39).contains(byte) { offset += 1 }
        guard offset > start else { throw expected("a digit") }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for byte in word.description.utf8 {
            guard take(byte) else { throw expected("true, false or null") }
        }
        return value
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        offset += 1
        return true
    }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    private func expected(_ what: String) -> JSONError {
        guard let byte = peek else { return JSONError("Expected \(what) at byte \(offset), came the end.") }
        let isPrintable = (0x20..<0x7F).contains(byte)
        let came = isPrintable ? "\"\(Unicode.Scalar(byte))\"" : "byte 0x\(String(byte, radix: 16, uppercase: true))"
        return JSONError("Expected \(what) at byte \(offset), came \(came).")
    }
}

/// Finds the line of every key in a TOML text: the parser that reads the values does not tell.
///
/// Follows tables, arrays of tables, dotted and quoted keys, inline tables and all four kinds of strings. On text that
/// is no TOML it stops somewhere, never traps.
///
/// It also finds what must be kept from the parser, toml++, whose assertions end the process over some mistakes: a table
/// header without a name, a missing value, and what begins like a date and goes on otherwise. What it cannot follow itself
/// is not shown to the parser either.
struct KeyLines {
    /// Something that the parser does not survive.
    struct Trap: Hashable {
        let line: Int
        let message: String
    }

    private let bytes: [UInt8]
    private var offset = 0
    private var line = 1
    private var lines: [String: Int] = [:]
    /// How many elements the arrays of tables have so far.
    private var arrays: [String: Int] = [:]
    private var trap: Trap?

    /// The first thing that the parser must not see; nil for everything that is TOML, but for dates and times, which no
    /// key takes.
    static func trap(in bytes: [UInt8]) -> Trap? {
        var scanner = KeyLines(bytes: bytes)
        scanner.scanDocument()
        return scanner.trap
    }

    /// - Returns: lines by path, such as `service[0].url`; also those of tables and array elements.
    static func scan(_ bytes: [UInt8]) -> [String: Int] {
        var scanner = KeyLines(bytes: bytes)
        scanner.scanDocument()
        return scanner.lines
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func scanDocument() {
        var table = ""
        // A byte order mark, which the parser passes over, too.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
        while true {
            skip { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
            guard let next = peek else { return }
            if next == UInt8(ascii: "#") {
                skipComment()
            } else if next == UInt8(ascii: "[") {
                table = scanHeader()
            } else {
                let before = offset
                scanPair(in: table)
                if offset == before { return expect("a key, a table such as [room], or a comment", at: line) }
            }
        }
    }

    /// `[a.b]` or `[[a.b]]`.
    private mutating func scanHeader() -> String {
        let start = line
        advance()
        let isArray = peek == UInt8(ascii: "[")
        if isArray { advance() }
        let names = scanKey()
        if names.isEmpty { expect("the name of a table behind “[”, such as [room]", at: start) }
        skip { $0 == UInt8(ascii: "]") || $0 == 0x20 || $0 == 0x09 }
        var path = ""
        for (index, name) in names.enumerated() {
            path = path.isEmpty ? name : "\(path).\(name)"
            if isArray, index == names.count - 1 {
                let count = arrays[path, default: 0]
                arrays[path] = count + 1
                if lines[path] == nil { lines[path] = start }
                path += "[\(count)]"
            } else if let count = arrays[path] {
                path += "[\(count - 1)]"
            }
            if lines[path] == nil { lines[path] = start }
        }
        return path
    }

    /// `key = value`, the value's own keys included.
    private mutating func scanPair(in table: String) {
        let start = line
        var path = table
        for name in scanKey() {
            path = path.isEmpty ? name : "\(path).\(name)"
            if lines[path] == nil { lines[path] = start }
        }
        skipBlanks()
        guard peek == UInt8(ascii: "=") else { return expect("= and a value behind the key", at: line) }
        advance()
        skipBlanks()
        scanValue(at: path)
    }

    /// Bare, quoted and dotted: the names of its parts.
    private mutating func scanKey() -> [String] {
        var names: [String] = []
        while true {
            skipBlanks()
            guard let next = peek else { return names }
            if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") {
                names.append(scanString())
            } else {
                let start = offset
                skip { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                }
                guard offset > start else { return names }
                names.append(String(decoding: bytes[start..<offset], as: UTF8.self))
            }
            skipBlanks()
            guard peek == UInt8(ascii: ".") else { return names }
            advance()
        }
    }

    private mutating func scanValue(at path: String) {
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            _ = scanString()
        case UInt8(ascii: "["):
            advance()
            var index = 0
            while true {
                skipFiller()
                guard let next = peek else { return }
                if next == UInt8(ascii: "]") {
                    advance()
                    return
                }
                let element = "\(path)[\(index)]"
                lines[element] = line
                let before = offset
                scanValue(at: element)
                if offset == before { return }
                index += 1
            }
        case UInt8(ascii: "{"):
            advance()
            while true {
                skipFiller()
                guard let next = peek else { return }
                if next == UInt8(ascii: "}") {
                    advance()
                    return
                }
                let before = offset
                scanPair(in: path)
                if offset == before { return }
            }
        default:
            // Numbers, booleans, dates.
            let start = offset
            skip { byte in
                byte != 0x0A && byte != UInt8(ascii: "#") && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "]")
                    && byte != UInt8(ascii: "}")
            }
            if offset == start || beginsTime(start) {
                expect("a text in quotes, a number, true, false, a list or a table, and no date or time", at: line)
            }
        }
    }

    /// Whether digits and then `-` or `:` stand at `start`.
    private func beginsTime(_ start: Int) -> Bool {
        let digits = bytes[start...].prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, digits.endIndex < bytes.count else { return false }
        return bytes[digits.endIndex] == UInt8(ascii: "-") || bytes[digits.endIndex] == UInt8(ascii: ":")
    }

    private mutating func expect(_ what: String, at line: Int) {
        trap = trap ?? Trap(line: line, message: "expected " + what)
    }

    /// A string of any kind; escapes are kept as they are, since no key of ours has any.
    private mutating func scanString() -> String {
        guard let quote = peek else { return "" }
        let isLong = offset + 2 < bytes.count && bytes[offset + 1] == quote && bytes[offset + 2] == quote
        let width = isLong ? 3 : 1
        for _ in 0..<width { advance() }
        let start = offset
        while let next = peek {
            if next == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                advance()
                advance()
            } else if next == quote, closes(quote, width) {
                let text = String(decoding: bytes[start..<offset], as: UTF8.self)
                for _ in 0..<width { advance() }
                // Up to two more quotes may belong to the end of a long string.
                while isLong, peek == quote { advance() }
                return text
            } else {
                advance()
            }
        }
        return ""
    }

    private func closes(_ quote: UInt8, _ width: Int) -> Bool {
        offset + width <= bytes.count && bytes[offset..<offset + width].allSatisfy { $0 == quote }
    }

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func advance() {
        guard offset < bytes.count else { return }
        if bytes[offset] == 0x0A { line += 1 }
        offset += 1
    }

    private mutating func skip(while condition: (UInt8) -> Bool) {
        while let next = peek, condition(next) { advance() }
    }

    private mutating func skipBlanks() {
        skip { $0 == 0x20 || $0 == 0x09 }
    }

    private mutating func skipComment() {
        skip { $0 != 0x0A }
    }

    /// Between elements of arrays and inline tables.
    private mutating func skipFiller() {
        while let next = peek {
            switch next {
            case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","): advance()
            case UInt8(ascii: "#"): skipComment()
            default: return
            }
        }
    }
}

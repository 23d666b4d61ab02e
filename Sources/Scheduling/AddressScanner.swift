/// Picks absolute addresses out of text that people and programs wrote: plain, HTML, Markdown, any script.
enum AddressScanner {
    /// Of one text at most this much is searched, in UTF-8 bytes.
    static let longestText = 1 << 20
    /// Addresses per text.
    static let mostAddresses = 64
    /// An address longer than this is none (bytes).
    static let longestAddress = 8192

    /// All absolute addresses in a text, in order, also inside HTML and angle brackets.
    static func addresses(in text: String) -> [String] {
        let bytes = decodingEntities(Array(text.utf8.prefix(longestText)))
        var found: [String] = []
        var at = 0
        var floor = 0
        while at + 3 <= bytes.count, found.count < mostAddresses {
            guard bytes[at] == UInt8(ascii: ":"), bytes[at + 1] == UInt8(ascii: "/"), bytes[at + 2] == UInt8(ascii: "/")
            else {
                at += 1
                continue
            }
            let mark = at
            at += 3
            guard let start = schemeStart(before: mark, notBefore: floor, in: bytes) else { continue }
            let end = addressEnd(from: mark + 3, in: bytes)
            guard end > mark + 3, end - start <= longestAddress else { continue }
            found.append(String(decoding: bytes[start..<end], as: UTF8.self))
            // A link inside a link (`?url=https://…`) belongs to the outer one.
            at = end
            floor = end
        }
        return found
    }

    /// RFC 3986 §3.1: a letter, then letters, digits, `+`, `-`, `.`. Of a word that runs into the address
    /// (`Link-https://`) the known scheme at its end is taken.
    private static func schemeStart(before mark: Int, notBefore floor: Int, in bytes: [UInt8]) -> Int? {
        var start = mark
        while start > floor, mark - start < 32, isSchemeByte(bytes[start - 1]) { start -= 1 }
        while start < mark, !isLetter(bytes[start]) { start += 1 }
        let word = String(decoding: bytes[start..<mark], as: UTF8.self).lowercased()
        let known = Origin.defaultPorts.keys.filter { word.hasSuffix($0) }.map(\.utf8.count).max()
        if let known { return mark - known }
        return start < mark ? start : nil
    }

    /// Addresses are ASCII (RFC 3986 §2); only in host names people write other letters.
    private static func addressEnd(from start: Int, in bytes: [UInt8]) -> Int {
        var end = start
        var isInHost = true
        while end < bytes.count {
            let byte = bytes[end]
            if byte >= 0x80 {
                guard isInHost, isHostLetter(at: end, in: bytes) else { break }
            } else if isDelimiter(byte) {
                break
            } else if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") {
                isInHost = false
            }
            end += 1
        }
        return trimPunctuation(bytes, from: start, to: end)
    }

    /// Neither the punctuation of Unicode (U+2000…206F, U+3000…303F, U+FF00…FFEF) nor what Latin-1 has of it.
    private static func isHostLetter(at offset: Int, in bytes: [UInt8]) -> Bool {
        let next = offset + 1 < bytes.count ? bytes[offset + 1] : 0
        switch bytes[offset] {
        case 0x80...0xBF: return true
        case 0xC2: return false
        case 0xE2: return next > 0x81
        case 0xE3: return next > 0x80
        case 0xEF: return next < 0xBC
        default: return true
        }
    }

    private static func isDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, 0x7F: true
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "|"),
            UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "}"):
            true
        default: false
        }
    }

    /// A sentence's end and a bracket that was opened before the address are not part of it.
    private static func trimPunctuation(_ bytes: [UInt8], from start: Int, to end: Int) -> Int {
        var end = end
        while end > start {
            switch bytes[end - 1] {
            case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "!"),
                UInt8(ascii: "?"), UInt8(ascii: "*"):
                end -= 1
            case UInt8(ascii: ")") where isUnbalanced("(", ")", bytes[start..<end]): end -= 1
            case UInt8(ascii: "]") where isUnbalanced("[", "]", bytes[start..<end]): end -= 1
            default: return end
            }
        }
        return end
    }

    private static func isUnbalanced(
        _ opening: Unicode.Scalar, _ closing: Unicode.Scalar, _ bytes: ArraySlice<UInt8>
    ) -> Bool {
        var depth = 0
        for byte in bytes {
            if byte == UInt8(ascii: opening) { depth += 1 }
            if byte == UInt8(ascii: closing) { depth -= 1 }
        }
        return depth < 0
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "+")
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }

    // MARK: - HTML

    private static let named: [[UInt8]: UInt8] = [
        Array("amp".utf8): UInt8(ascii: "&"), Array("lt".utf8): UInt8(ascii: "<"), Array("gt".utf8): UInt8(ascii: ">"),
        Array("quot".utf8): UInt8(ascii: "\""), Array("apos".utf8): UInt8(ascii: "'"), Array("nbsp".utf8): 0x20,
        Array("colon".utf8): UInt8(ascii: ":"), Array("sol".utf8): UInt8(ascii: "/"),
        Array("quest".utf8): UInt8(ascii: "?"), Array("equals".utf8): UInt8(ascii: "="),
    ]

    /// Turns `&amp;`, `&#47;` and the like into what they stand for: programs put HTML into plain fields.
    private static func decodingEntities(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "&")) else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "&"), let (byte, length) = entity(at: at, in: bytes) {
                result.append(byte)
                at += length
            } else {
                result.append(bytes[at])
                at += 1
            }
        }
        return result
    }

    private static func entity(at start: Int, in bytes: [UInt8]) -> (UInt8, length: Int)? {
        let limit = min(bytes.count, start + 10)
        guard let end = bytes[start..<limit].firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let length = end - start + 1
        let name = Array(bytes[(start + 1)..<end])
        if let byte = named[name] { return (byte, length) }
        guard name.first == UInt8(ascii: "#") else { return nil }
        let digits = name.dropFirst()
        let isHexadecimal = digits.first.map { $0 | 0x20 } == UInt8(ascii: "x")
        let text = String(decoding: isHexadecimal ? digits.dropFirst() : digits, as: UTF8.self)
        guard let value = UInt32(text, radix: isHexadecimal ? 16 : 10) else { return nil }
        // What is not ASCII ends an address; which character it was does not matter.
        return (value == 0 || value > 0x7F ? 0x20 : UInt8(value), length)
    }
}

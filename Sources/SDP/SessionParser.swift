extension Session {
    /// Parses a description's body (RFC 8866 §5). Lines of the session are taken in any order after `v=`, as peers mix
    /// them; `s=` and `t=` may be missing. Unknown letters are refused, unknown attributes kept.
    public init(parsing text: String, limits: SDPLimits = .standard) throws(SDPError) {
        guard text.utf8.count <= limits.bytes else {
            throw SDPError(.limit, line: 0, expected: "at most \(limits.bytes) bytes, not \(text.utf8.count)")
        }
        var parser = SessionParser(limits: limits)
        // Lines are found and checked as bytes, which is much faster than going through the text.
        let bytes = Array(text.utf8)
        var line = 0
        var start = 0
        while start < bytes.count {
            line += 1
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            try parser.take(bytes[start..<end], line: line)
            start = end + 1
        }
        self = try parser.finish(line: line)
    }
}

/// Takes a description line by line.
private struct SessionParser {
    let limits: SDPLimits
    private var sawVersion = false
    private var sawBlank = false
    private var origin: Origin?
    private var session = Session(origin: Origin(sessionID: 0, version: 0), otherLines: [])

    init(limits: SDPLimits) {
        self.limits = limits
    }

    mutating func take(_ raw: ArraySlice<UInt8>, line: Int) throws(SDPError) {
        let bytes = raw.last == 0x0D ? raw.dropLast() : raw
        guard bytes.count <= limits.lineBytes else {
            let text = String(decoding: bytes.prefix(80), as: UTF8.self)
            throw SDPError(.limit, line: line, expected: "at most \(limits.lineBytes) bytes a line", came: text[...])
        }
        if bytes.isEmpty {
            sawBlank = true
            return
        }
        let text = String(decoding: bytes, as: UTF8.self)[...]
        guard !sawBlank else { throw SDPError(.syntax, line: line, expected: "nothing after a blank line", came: text) }
        guard !bytes.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F }) else {
            throw SDPError(.syntax, line: line, expected: "text without control characters", came: text)
        }
        let (letter, after) = text.cut(at: 0x3D)
        guard letter.utf8.count == 1, let type = letter.utf8.first, let value = after else {
            throw SDPError(.syntax, line: line, expected: "<letter>=<value>", came: text)
        }
        guard sawVersion || type == UInt8(ascii: "v") else {
            throw SDPError(.structure, line: line, expected: "v=0 as the first line", came: text)
        }
        do throws(MalformedValue) {
            if type == UInt8(ascii: "m") {
                try takeMedia(value, line: line)
            } else if session.media.isEmpty {
                try takeSessionLine(type, value)
            } else {
                try takeMediaLine(type, value)
            }
        } catch {
            throw SDPError(error.reason, line: line, expected: error.expected, came: text)
        }
    }

    mutating func finish(line: Int) throws(SDPError) -> Session {
        guard sawVersion else { throw SDPError(.structure, line: line, expected: "v=0 as the first line") }
        guard let origin else { throw SDPError(.structure, line: line, expected: "an o= line before the end") }
        session.origin = origin
        if session.name.isEmpty { session.name = "-" }
        let time = UInt8(ascii: "t")
        if !session.otherLines.contains(where: { $0.type == time }) {
            session.otherLines.insert(inOrder: OtherLine(type: time, value: "0 0"))
        }
        return session
    }

    private mutating func takeSessionLine(_ type: UInt8, _ value: Substring) throws(MalformedValue) {
        switch type {
        case UInt8(ascii: "v"):
            guard !sawVersion, value.trimmed() == "0" else { throw MalformedValue(.structure, expected: "v=0, once") }
            sawVersion = true
        case UInt8(ascii: "o"):
            guard origin == nil else { throw MalformedValue(.structure, expected: "one o= line") }
            origin = try Origin(value: value)
        case UInt8(ascii: "s"): session.name = String(value)
        case UInt8(ascii: "c"): session.connection = try Connection(value: value)
        case UInt8(ascii: "b"): session.bandwidths.append(try Bandwidth(value: value))
        case UInt8(ascii: "a"): try append(value, to: &session.attributes)
        case UInt8(ascii: "i"), UInt8(ascii: "u"), UInt8(ascii: "e"), UInt8(ascii: "p"), UInt8(ascii: "t"),
            UInt8(ascii: "r"), UInt8(ascii: "z"), UInt8(ascii: "k"):
            try append(OtherLine(type: type, value: String(value)), to: &session.otherLines)
        default: throw MalformedValue(.structure, expected: "a line of RFC 8866 §5")
        }
    }

    private mutating func takeMedia(_ value: Substring, line: Int) throws(MalformedValue) {
        guard session.media.count < limits.mediaSections else {
            throw MalformedValue(.limit, expected: "at most \(limits.mediaSections) media sections")
        }
        session.media.append(try MediaSection(value: value, limits: limits))
    }

    private mutating func takeMediaLine(_ type: UInt8, _ value: Substring) throws(MalformedValue) {
        let last = session.media.count - 1
        switch type {
        case UInt8(ascii: "c"): session.media[last].connection = try Connection(value: value)
        case UInt8(ascii: "b"): session.media[last].bandwidths.append(try Bandwidth(value: value))
        case UInt8(ascii: "a"): try append(value, to: &session.media[last].attributes)
        case UInt8(ascii: "i"), UInt8(ascii: "k"):
            try append(OtherLine(type: type, value: String(value)), to: &session.media[last].otherLines)
        default: throw MalformedValue(.structure, expected: "i=, c=, b=, k= or a= inside a media section")
        }
    }

    private func append(_ value: Substring, to attributes: inout AttributeList) throws(MalformedValue) {
        guard attributes.elements.count < limits.attributesPerSection else {
            throw MalformedValue(.limit, expected: "at most \(limits.attributesPerSection) attributes a section")
        }
        attributes.append(try Attribute(line: value))
    }

    private func append(_ line: OtherLine, to lines: inout [OtherLine]) throws(MalformedValue) {
        guard lines.count < limits.attributesPerSection else {
            throw MalformedValue(.limit, expected: "at most \(limits.attributesPerSection) such lines")
        }
        lines.insert(inOrder: line)
    }
}

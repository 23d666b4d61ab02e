extension Session {
    /// The description as text in the order of RFC 8866 §5, lines ending in CRLF. Line breaks inside of values are
    /// left out, so that no value can add a line.
    public var text: String {
        var writer = SessionWriter()
        writer.line("v", "0")
        writer.line("o", origin.description)
        writer.line("s", name.isEmpty ? "-" : name)
        writer.other(otherLines, of: .description)
        if let connection { writer.line("c", connection.description) }
        for bandwidth in bandwidths { writer.line("b", bandwidth.description) }
        if otherLines.contains(where: { $0.type == UInt8(ascii: "t") }) {
            writer.other(otherLines, of: .time)
        } else {
            writer.line("t", "0 0")
        }
        writer.other(otherLines, of: .end)
        for attribute in attributes.elements { writer.line("a", attribute.text) }
        for section in media { writer.section(section) }
        return writer.text
    }
}

private struct SessionWriter {
    private(set) var text = ""

    mutating func line(_ letter: Character, _ value: String) {
        text.append(letter)
        text += "="
        if value.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A }) {
            text.unicodeScalars.append(contentsOf: value.unicodeScalars.filter { $0 != "\r" && $0 != "\n" })
        } else {
            text += value
        }
        text += "\r\n"
    }

    /// The lines of a place, in the order in which they came.
    mutating func other(_ lines: [OtherLine], of place: OtherLine.Place) {
        for other in lines where other.place == place {
            line(Character(Unicode.Scalar(other.type)), other.value)
        }
    }

    mutating func section(_ section: MediaSection) {
        let ports = section.portCount.map { "\(section.port)/\($0)" } ?? "\(section.port)"
        line("m", "\(section.type) \(ports) \(section.transport) " + section.formats.joined(separator: " "))
        other(section.otherLines, of: .description)
        if let connection = section.connection { line("c", connection.description) }
        for bandwidth in section.bandwidths { line("b", bandwidth.description) }
        other(section.otherLines, of: .end)
        for attribute in section.attributes.elements { line("a", attribute.text) }
    }
}

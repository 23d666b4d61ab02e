/// Text for a terminal.
enum Text {
    /// Names come from other people: control characters, which could steer the terminal, are shown as `?`.
    static func clean(_ text: String) -> String {
        var cleaned = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl =
                scalar.properties.generalCategory == .control || (0x202A...0x202E).contains(scalar.value)
                || (0x2066...0x2069).contains(scalar.value)
            cleaned.append(isControl ? "?" : scalar)
        }
        return String(cleaned)
    }

    /// Columns that a text takes: East Asian wide characters and emoji take two, combining marks none.
    static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    private static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default:
            return first.properties.generalCategory == .nonspacingMark ? 0 : 1
        }
    }

    /// A text of at most so many columns; what does not fit is an ellipsis.
    static func cut(_ text: String, to columns: Int) -> String {
        guard width(text) > columns else { return text }
        guard columns > 0 else { return "" }
        var kept = ""
        var taken = 1
        for character in text {
            taken += width(character)
            if taken > columns { break }
            kept.append(character)
        }
        while kept.last == " " { kept.removeLast() }
        return kept + "…"
    }

    /// Names and what there is to say about them, which goes on below itself where a line would be too long.
    static func list(_ entries: [(name: String, words: String)], columns: Int? = nil) -> String {
        let indentation = (entries.map { width($0.name) }.max() ?? 0) + 2
        return entries.flatMap { entry in
            let room = columns.map { max(20, $0 - indentation) }
            return wrapped(clean(entry.words), to: room).enumerated().map { number, line in
                let name = number == 0 ? entry.name : ""
                return name + String(repeating: " ", count: indentation - width(name)) + line
            }
        }.joined(separator: "\n")
    }

    /// Lines of at most so many columns, broken between words; a longer word is left whole, or goes on in the next line.
    static func wrapped(_ text: String, to columns: Int?, breakingWords: Bool = false) -> [String] {
        guard let columns, width(text) > columns else { return [text] }
        var lines: [String] = []
        let words = text.split(separator: " ").flatMap { breakingWords ? pieces(of: $0, upTo: columns) : [$0] }
        for word in words {
            if let line = lines.last, width(line) + 1 + width(String(word)) <= columns {
                lines[lines.count - 1] = line + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    private static func pieces(of word: Substring, upTo columns: Int) -> [Substring] {
        var pieces: [Substring] = []
        var start = word.startIndex
        var taken = 0
        for index in word.indices {
            let step = width(word[index])
            if taken + step > columns, start < index {
                pieces.append(word[start..<index])
                (start, taken) = (index, 0)
            }
            taken += step
        }
        return pieces + [word[start...]]
    }

    static func duration(seconds: Double) -> String {
        let whole = max(0, Int(seconds))
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3600: return "\(whole / 60) min"
        default: return "\(whole / 3600) h \(whole / 60 % 60) min"
        }
    }
}

/// Makes text from outside fit to be shown: names, titles and messages that strangers typed.
public enum SafeText {
    /// Characters kept at most; Pango shortens to the width of the place with an ellipsis.
    public static let longest = 240
    /// Marks stacked on one character at most: enough for Vietnamese, Hebrew and Thai, too few to climb over the tile.
    static let mostMarks = 3

    /// One line (or several, if `keepsLines`) without anything that is not seen or that changes what is around it:
    /// control characters, bidirectional overrides and isolates, tags, unassigned and private characters are
    /// dropped, white space
    /// becomes one space, stacked marks are limited.
    ///
    /// Right-to-left text keeps its direction, which follows from its letters; joiners that scripts and emoji need
    /// stay.
    public static func clean(_ text: String, longest: Int = SafeText.longest, keepsLines: Bool = false) -> String {
        var result = String.UnicodeScalarView()
        var count = 0
        var marks = 0
        var space: Unicode.Scalar?
        // Ten kilobytes of nothing visible are not worth reading to the end.
        for scalar in text.unicodeScalars.prefix(longest * 8) {
            switch kind(of: scalar, keepsLines: keepsLines) {
            case .dropped:
                continue
            case .space:
                if space == nil, !result.isEmpty { space = " " }
                marks = 0
                continue
            case .line:
                if !result.isEmpty { space = "\n" }
                marks = 0
                continue
            case .mark:
                marks += 1
                guard marks <= mostMarks, !result.isEmpty, space == nil else { continue }
            case .visible:
                marks = 0
            }
            // The space counts, too, and is not kept without what it stands before.
            guard count + (space == nil ? 1 : 2) <= longest else { break }
            if let pending = space {
                result.append(pending)
                count += 1
                space = nil
            }
            result.append(scalar)
            count += 1
            if count >= longest { break }
        }
        // A joiner with nothing behind it.
        while let last = result.last, last == "\u{200D}" || last == "\u{200C}" { result.removeLast() }
        return String(result)
    }

    private enum Kind { case dropped, space, line, mark, visible }

    private static func kind(of scalar: Unicode.Scalar, keepsLines: Bool) -> Kind {
        switch scalar.value {
        case 0x0A where keepsLines: return .line
        case 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85: return .space
        // Joiners and variation selectors, which Indic scripts, Persian and emoji are written with.
        case 0x200C, 0x200D, 0xFE0E, 0xFE0F: return .mark
        // Fillers that are letters by category but show nothing.
        case 0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800: return .space
        default: break
        }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: return .dropped
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: return .space
        case .nonspacingMark, .enclosingMark: return .mark
        default: return properties.isDefaultIgnorableCodePoint ? .dropped : .visible
        }
    }
}

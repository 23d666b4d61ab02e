/// Why a calendar could not be read at all. The text is for the log and the administrator; it says “it” of the calendar,
/// whose name stands before it.
public enum CalendarError: Error, Hashable, Sendable {
    /// The address, or the room's time zone, cannot be used as it stands.
    case invalidSetting(String)
    /// The file or the server did not give the calendar.
    case unreadable(String)
    /// In bytes.
    case tooLarge(size: Int, limit: Int)
    /// What came is no iCalendar text; `got` is how it begins.
    case notCalendar(line: Int, got: String)
}

extension CalendarError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidSetting(let text), .unreadable(let text): text
        case .tooLarge(let size, let limit): "it has \(size) bytes; at most \(limit) are read"
        case .notCalendar(let line, let got):
            "expected BEGIN:VCALENDAR, but line \(line) is “\(got)”; does the address lead to an iCalendar text, "
                + "and without a login?"
        }
    }
}

/// Something wrong with one entry of a calendar; the others are read.
public struct CalendarProblem: Hashable, Sendable {
    /// What it means for the entry that it is about, which is named by the line where it begins.
    public enum Effect: Hashable, Sendable {
        /// It is about the text as a whole.
        case noEntry
        case leftOut(entry: Int)
        case readInPart(entry: Int)
    }

    /// Of the calendar's text, from 1.
    public var line: Int
    public var text: String
    public var effect: Effect

    public init(line: Int, text: String, effect: Effect = .noEntry) {
        self.line = line
        self.text = text
        self.effect = effect
    }
}

extension CalendarProblem: CustomStringConvertible {
    public var description: String { "line \(line): \(text)" }
}

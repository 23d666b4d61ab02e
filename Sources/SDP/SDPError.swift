/// A session description that cannot be read: which line, what was expected, what came.
public struct SDPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is, for callers that treat them apart.
    public enum Reason: Hashable, Sendable {
        /// A bound of ``SDPLimits`` was passed: hostile or broken, not worth a second look.
        case limit
        /// The line is not of the form `x=value`, or its bytes are not text.
        case syntax
        /// A line that must be there is missing, or stands where it may not.
        case structure
        /// The line's value is not of its form.
        case value
    }

    public let reason: Reason
    /// The line, counted from 1; 0 when the fault is of the whole text.
    public let line: Int
    /// What would have been right.
    public let expected: String
    /// The beginning of the line as it came, at most 80 characters.
    public let excerpt: String

    init(_ reason: Reason, line: Int, expected: String, came text: Substring = "") {
        self.reason = reason
        self.line = line
        self.expected = expected
        excerpt = String(text.unicodeScalars.prefix(80).map { $0.value < 0x20 ? "?" : Character($0) })
    }

    public var description: String {
        let place = line == 0 ? "session description" : "session description, line \(line)"
        return excerpt.isEmpty ? "\(place): expected \(expected)" : "\(place): expected \(expected), got '\(excerpt)'"
    }
}

/// A value that is not of its form; the parser adds the line.
struct MalformedValue: Error {
    let reason: SDPError.Reason
    let expected: String

    init(_ reason: SDPError.Reason = .value, expected: String) {
        self.reason = reason
        self.expected = expected
    }
}

public import JSON
public import Meeting

/// The id of a room or participant: a number, or text where the server is configured with `string_ids`.
public enum JanusID: Hashable, Sendable {
    case number(Int64)
    case text(String)

    /// Longer ids from a server are refused.
    static let longest = 128

    /// What a person wrote: digits mean a number until the server wants text.
    public init(written text: String) {
        if let number = Int64(text), number > 0, String(number) == text {
            self = .number(number)
        } else {
            self = .text(text)
        }
    }

    init?(_ value: JSONValue?) {
        switch value {
        case .integer(let number)?: self = .number(number)
        case .string(let text)? where text.utf8.count <= Self.longest: self = .text(text)
        default: return nil
        }
    }

    public var json: JSONValue {
        switch self {
        case .number(let number): .integer(number)
        case .text(let text): .string(text)
        }
    }

    public var text: String {
        switch self {
        case .number(let number): String(number)
        case .text(let text): text
        }
    }

    /// The same id for a server with `string_ids`.
    var asText: JanusID { .text(text) }

    public var participant: ParticipantID { ParticipantID(text) }
}

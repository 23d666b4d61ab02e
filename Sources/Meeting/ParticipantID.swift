/// Who somebody is in one meeting, as the service names them: opaque text, unique within the meeting.
///
/// Janus's numeric ids are kept in decimal.
public struct ParticipantID: Hashable, Comparable, Sendable, RawRepresentable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    public init(_ text: String) {
        rawValue = text
    }

    public var description: String { rawValue }

    public static func < (left: ParticipantID, right: ParticipantID) -> Bool {
        left.rawValue < right.rawValue
    }
}

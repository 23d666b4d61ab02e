public import Base

/// One occurrence of a calendar entry: recurrences are expanded, exceptions applied, times in UTC.
public struct CalendarEvent: Hashable, Sendable {
    public enum Status: String, Hashable, Sendable {
        case confirmed, tentative, cancelled
    }

    /// The room's own answer to the invitation (RFC 5545 PARTSTAT); nil when the room is not among the attendees.
    public enum Participation: String, Hashable, Sendable {
        case accepted, tentative, declined, needsAction
    }

    /// Stable over edits of the entry: the UID, and for one of a series also its original start (RECURRENCE-ID).
    public var id: String
    public var title: String
    public var start: UTCTime
    /// At least `start`.
    public var end: UTCTime
    /// Whole days; such an entry is shown but never joined by itself.
    public var isAllDay: Bool
    public var status: Status
    /// Mail address in lower case, without `mailto:`; nil when the entry names nobody.
    public var organizer: String?
    public var participation: Participation?
    public var link: MeetingLink

    public init(
        id: String, title: String, start: UTCTime, end: UTCTime, isAllDay: Bool = false, status: Status = .confirmed,
        organizer: String? = nil, participation: Participation? = nil, link: MeetingLink = .none
    ) {
        self.id = id
        self.title = title
        self.start = start
        self.end = max(start, end)
        self.isAllDay = isAllDay
        self.status = status
        self.organizer = organizer
        self.participation = participation
        self.link = link
    }
}

public import Base
public import JSON

extension RoomState {
    public struct Schedule: Hashable, Sendable {
        public enum Condition: String, CaseIterable, Sendable { case ok, stale, failed }

        public var state: Condition
        /// When a calendar was last read without an error.
        public var refreshed: UTCTime?
        public var next: Event?
        public var events: [Event]

        public init(
            state: Condition = .ok, refreshed: UTCTime? = nil, next: Event? = nil, events: [Event] = []
        ) {
            self.state = state
            self.refreshed = refreshed
            self.next = next
            self.events = events
        }

        public var json: JSONValue {
            [
                "state": .string(state.rawValue), "refreshed": .optional(refreshed), "next": next?.json ?? .null,
                "events": .array(events.map(\.json)),
            ]
        }
    }

    /// A calendar event as the room sees it.
    public struct Event: Hashable, Sendable {
        public enum Condition: String, CaseIterable, Sendable {
            case upcoming, countdown, joining, joined, done, missed, dismissed, cancelled, declined, unsupported, nolink
        }

        public var id: String
        public var title: String
        public var start: UTCTime
        public var end: UTCTime
        /// Without passcode; nil where no address was found.
        public var url: String?
        public var state: Condition
        public var why: Why
        /// When the room tries by itself to join again, after a join that failed.
        public var retry: UTCTime?

        public init(
            id: String, title: String, start: UTCTime, end: UTCTime, url: String?, state: Condition, why: Why,
            retry: UTCTime? = nil
        ) {
            self.id = id
            self.title = title
            self.start = start
            self.end = end
            self.url = url
            self.state = state
            self.why = why
            self.retry = retry
        }

        public var json: JSONValue {
            [
                "id": .string(id), "title": .string(title), "start": .instant(start), "end": .instant(end),
                "url": .optional(url), "state": .string(state.rawValue), "why": why.json,
                "retry": .optional(retry),
            ]
        }
    }

    /// The reason for a decision: a stable code and a sentence.
    public struct Why: Hashable, Sendable {
        public var code: String
        public var text: String

        public init(code: String, text: String) {
            self.code = code
            self.text = text
        }

        public var json: JSONValue { ["code": .string(code), "text": .string(text)] }
    }
}

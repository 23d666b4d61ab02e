public import Base

/// What the planner decided, when, and why.
public struct Decision: Hashable, Sendable {
    public enum Action: String, Hashable, Sendable, CaseIterable {
        /// Announce the join in the room.
        case countdown
        /// Join the event's address.
        case join
        /// Leave the running meeting, which belongs to the event.
        case leave
        /// Leave the running meeting and join the event's.
        case handover
        /// The event will not be joined by itself, or no longer.
        case skip
    }

    /// In place of an event's id: the meeting is not in the calendar.
    public static let noEvent = ""

    public let at: UTCTime
    /// The event's id, or `noEvent`.
    public let event: String
    public let action: Action
    public let why: Why

    public init(at: UTCTime, event: String, action: Action, why: Why) {
        self.at = at
        self.event = event
        self.action = action
        self.why = why
    }
}

/// An event as the room sees it: `schedule.events` of the control API.
public struct ScheduledEvent: Hashable, Sendable {
    public enum State: String, Hashable, Sendable, CaseIterable {
        case upcoming, countdown, joining, joined, done, missed, dismissed, cancelled, declined, unsupported, nolink
    }

    public let event: CalendarEvent
    public let state: State
    public let why: Why
    /// When the room tries again by itself, after a join that failed.
    public let retryAt: UTCTime?

    public init(event: CalendarEvent, state: State, why: Why, retryAt: UTCTime? = nil) {
        self.event = event
        self.state = state
        self.why = why
        self.retryAt = retryAt
    }
}

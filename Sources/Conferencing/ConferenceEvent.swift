public import Meeting

/// Names one stay in a meeting, from the join to the end: what is told of one is never taken for another's.
public struct StayID: Hashable, Sendable {
    public let number: UInt64

    public init(_ number: UInt64) {
        self.number = number
    }
}

/// What happens in a meeting, and in which.
public struct ConferenceEvent: Hashable, Sendable {
    public let stay: StayID
    public let event: MeetingEvent

    public init(stay: StayID, event: MeetingEvent) {
        self.stay = stay
        self.event = event
    }
}

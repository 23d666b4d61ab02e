/// Where the room is: between meetings or in one.
enum Whereabouts: Sendable {
    case idle
    case joining(Attempt)
    case inMeeting(Stay)
    /// Until the shell says that the meeting is left; only then the next one may be joined.
    case leaving(Departure)
}

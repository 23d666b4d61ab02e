import ControlAPI

/// What monitoring is told of the room: nothing of who meets whom.
struct RoomSummary: Hashable, Sendable {
    /// nil outside meetings.
    var meeting: RoomState.Meeting.Condition?
    /// Codes of what is wrong.
    var problems: [String] = []
}

extension RoomSummary {
    init(_ state: RoomState) {
        meeting = state.meeting?.state
        problems = state.health.problems.map(\.code)
    }
}

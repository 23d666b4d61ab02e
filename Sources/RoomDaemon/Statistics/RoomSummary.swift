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

    /// One line for `systemctl status`.
    var text: String {
        let activity =
            switch meeting {
            case nil: "Between meetings"
            case .joining: "Joining a meeting"
            case .joined: "In a meeting"
            case .reconnecting: "Coming back into a meeting"
            case .leaving: "Leaving a meeting"
            }
        return problems.isEmpty ? activity : "\(activity); problems: \(problems.joined(separator: ", "))"
    }
}

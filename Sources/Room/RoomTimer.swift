/// Why the controller wants to be woken.
enum RoomTimer: Hashable, Sendable {
    case messageOver
    case noticeOver
    case displayIdle
    case joinUnanswered
    case leaveUnanswered
    case operationUnanswered(CommandID)
    case arrivalUnanswered(CommandID)
    case deviceUnanswered(CommandID)
    case calendarsUnanswered(CommandID)
    case calendarsSilent
    case planner
}

import Base
import ControlAPI
import Meeting

/// A leave under way, of a meeting or of a join that was stopped.
struct Departure: Sendable {
    let generation: MeetingGeneration
    var view: RoomState.Meeting
    /// Nil when the room never was in the meeting.
    let reason: LeaveReason?
    /// A stopped join may come through yet: nothing has been said of its outcome.
    var isJoinOpen: Bool
    /// Who waits for it.
    var waiting: [CommandID]
    /// Joined as soon as the meeting has been left.
    var next: Attempt?
    /// By the join that was stopped, or for it.
    var closed = ClosedDevices()
    /// When it is given up.
    let deadline: Instant
}

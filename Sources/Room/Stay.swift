import Base
import ControlAPI
import Meeting

/// A meeting the room is in.
struct Stay: Sendable {
    let generation: MeetingGeneration
    var view: RoomState.Meeting
    let joinedAt: Instant
    /// What everybody publishes, so that nothing is announced twice.
    var tracks: [String: Set<Meeting.TrackKind>] = [:]
    /// What a host holds back of the room's own.
    var blocked: Set<Meeting.TrackKind> = []
    /// What a host was said to hold back since the connection was lost: the rest ends with the session that is gone.
    var blockedSinceLoss: Set<Meeting.TrackKind> = []
    /// As the planner was told last.
    var isAlone = true

    /// As clients see it: while the connection is lost, nothing of anybody gets through.
    var shown: RoomState.Meeting {
        guard view.state == .reconnecting else { return view }
        var shown = view
        for id in view.participants.keys { shown.participants[id]?.quality = .lost }
        return shown
    }

    var hasOthers: Bool { view.participants.values.contains { !$0.isSelf } }
}

import ControlAPI
import Meeting

extension RoomController {
    /// Only the state tells of it: clients that care follow it, and all others are spared an event every few seconds.
    mutating func handle(_ report: MediaReport, at now: RoomTime) {
        guard case .inMeeting(var stay) = whereabouts, stay.view.state == .joined else { return }
        stay.note(report, at: now.monotonic)
        whereabouts = .inMeeting(stay)
    }
}

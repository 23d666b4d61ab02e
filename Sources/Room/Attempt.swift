import Base
import ControlAPI
import Meeting

/// A join: under way, or waiting for the meeting before it to be left.
struct Attempt: Sendable {
    /// What happens in a meeting may be told before the join is; a hostile service cannot make the room hold more.
    static let earlyEventLimit = 2048

    let generation: MeetingGeneration
    /// The stay's id in the state tree.
    let meetingID: String
    let request: JoinRequest
    /// The calendar event it is for.
    let event: String?
    let title: String
    let service: String
    /// Without secrets.
    let url: String
    /// The planner decided it, not a person.
    let isPlanned: Bool
    /// How the room enters: as requested, unless somebody has said otherwise since.
    var microphone: Bool
    var camera: Bool
    /// Who waits for it.
    var waiting: [CommandID]
    var closed = ClosedDevices()
    /// What the meeting told before the join was reported.
    var early: [MeetingEvent] = []
    /// When it is given up; nil before it has begun.
    var deadline: Instant?

    /// What must not appear in any text about it.
    var secrets: [String] {
        switch request.target {
        case .address(let address): [request.passcode, address.passcode].compactMap(\.self)
        case .new(let service, _): [request.passcode, service.passcode].compactMap(\.self)
        }
    }

    var hasPasscode: Bool {
        switch request.target {
        case .address(let address): (request.passcode ?? address.passcode)?.isEmpty == false
        case .new: true
        }
    }

    /// The meeting as far as it is known before the room is in it.
    func view(_ state: RoomState.Meeting.Condition) -> RoomState.Meeting {
        var view = RoomState.Meeting(id: meetingID, url: url, title: title, service: service, state: state)
        view.scheduled = event
        return view
    }
}

/// The events of the contract.
public enum EventName: String, CaseIterable, Hashable, Sendable {
    case meetingJoined = "meeting.joined"
    case meetingLeft = "meeting.left"
    case meetingEnded = "meeting.ended"
    case meetingReconnecting = "meeting.reconnecting"
    case participantJoined = "participant.joined"
    case participantLeft = "participant.left"
    case participantUpdated = "participant.updated"
    case trackPublished = "track.published"
    case trackUnpublished = "track.unpublished"
    case speakerActive = "speaker.active"
    case audioLevels = "audio.levels"
    case hostChanged = "host.changed"
    case requestReceived = "request.received"
    case requestAnswered = "request.answered"
    case shareStarted = "share.started"
    case shareStopped = "share.stopped"
    case recordingStarted = "recording.started"
    case recordingStopped = "recording.stopped"
    case deviceAdded = "device.added"
    case deviceRemoved = "device.removed"
    case deviceChanged = "device.changed"
    case scheduleChanged = "schedule.changed"
    case healthChanged = "health.changed"

    public var summary: String {
        switch self {
        case .meetingJoined: "The room is in a meeting; `first`: it is no return into it after a lost connection."
        case .meetingLeft: "The room left; the meeting may go on."
        case .meetingEnded: "The meeting is over for everybody."
        case .meetingReconnecting: "The connection was lost; the room is coming back by itself."
        case .participantJoined: "Somebody came, or was there already when the room came."
        case .participantLeft: "Somebody went: left, dropped, removed or hidden."
        case .participantUpdated: "A participant's name, role or media changed."
        case .trackPublished: "A participant's audio, video or screen can be received."
        case .trackUnpublished: "A participant's audio, video or screen has ended."
        case .speakerActive: "Somebody else speaks now."
        case .audioLevels: "How loud everybody is, as often as `levels.report` says."
        case .hostChanged: "The host's role went over."
        case .requestReceived: "Somebody asks the room for something."
        case .requestAnswered: "A request was accepted, declined, withdrawn or timed out."
        case .shareStarted: "Somebody shares a screen."
        case .shareStopped: "The sharing has ended."
        case .recordingStarted: "The meeting is recorded."
        case .recordingStopped: "The recording has ended; its files are closed."
        case .deviceAdded: "A device was plugged in."
        case .deviceRemoved: "A device is gone."
        case .deviceChanged: "A device's state changed, or another one was selected."
        case .scheduleChanged: "The calendar, or what the room will do about it, changed."
        case .healthChanged: "A problem came or went."
        }
    }

    /// The shape of `data`.
    public var data: Schema {
        let participant = Field.required("participant", .id)
        let reason = Field.required("reason", .text)
        switch self {
        case .meetingJoined: return .object(.required("first", .boolean))
        case .meetingLeft, .meetingEnded: return .object(reason)
        case .meetingReconnecting: return .done
        case .participantJoined, .participantUpdated:
            return .object([participant] + StateSchema.participant.fields)
        case .participantLeft:
            return .object(
                participant, .optional("name", .text),
                .required("reason", .choice(ParticipantDeparture.allCases.map(\.rawValue))))
        case .trackPublished:
            return .object(participant, .required("kind", .choice(TrackKind.allCases.map(\.rawValue))))
        case .trackUnpublished:
            return .object(participant, .required("kind", .choice(TrackKind.allCases.map(\.rawValue))), reason)
        case .speakerActive: return .object(.optional("participant", .id, "null: nobody."))
        case .audioLevels:
            return .object(
                .required(
                    "levels",
                    .map(
                        .object(
                            .required("linear", .integer(0...255)), .required("decibels", .level),
                            .required("voice", .boolean))), "By participant."))
        case .hostChanged: return .object(.optional("former", .id), .optional("host", .id))
        case .requestReceived:
            return .object(.required("request", .id), .required("kind", .text), .required("from", .id))
        case .requestAnswered:
            return .object(.required("request", .id), .required("accepted", .boolean), .optional("reason", .text))
        case .shareStarted: return .object(participant)
        case .shareStopped: return .object(reason)
        case .recordingStarted:
            return .object(.required("where", .choice(RoomState.Recording.Place.allCases.map(\.rawValue))))
        case .recordingStopped: return .object(reason, .required("files", .list(of: .text)))
        case .deviceAdded, .deviceRemoved, .deviceChanged: return StateSchema.device
        case .scheduleChanged: return .done
        case .healthChanged: return .object(.required("status", .text), .required("problems", .list(of: .any)))
        }
    }
}

/// Why a participant is gone.
public enum ParticipantDeparture: String, CaseIterable, Hashable, Sendable { case left, dropped, removed, hidden }

/// What a track carries.
public enum TrackKind: String, CaseIterable, Hashable, Sendable { case audio, video, screen }

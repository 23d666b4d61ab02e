public import JSON

/// Something that passed, as the events feed tells it.
public enum RoomEvent: Hashable, Sendable {
    case meetingJoined(first: Bool)
    case meetingLeft(reason: String)
    case meetingEnded(reason: String)
    case meetingReconnecting
    case participantJoined(id: String, RoomState.Participant)
    case participantLeft(id: String, name: String?, ParticipantDeparture)
    case participantUpdated(id: String, RoomState.Participant)
    case trackPublished(participant: String, TrackKind)
    case trackUnpublished(participant: String, TrackKind, reason: String)
    /// nil: nobody speaks.
    case speakerActive(participant: String?)
    case audioLevels([String: AudioLevel])
    case hostChanged(former: String?, host: String?)
    case requestReceived(request: String, kind: String, from: String)
    case requestAnswered(request: String, accepted: Bool, reason: String?)
    case shareStarted(participant: String)
    case shareStopped(reason: String)
    case recordingStarted(RoomState.Recording.Place)
    case recordingStopped(reason: String, files: [String])
    case deviceAdded(DeviceDescription)
    case deviceRemoved(DeviceDescription)
    case deviceChanged(DeviceDescription)
    case scheduleChanged
    case healthChanged(RoomState.Health)

    public struct AudioLevel: Hashable, Sendable {
        /// 0…255.
        public var linear: Int
        /// dBFS, −127…0.
        public var decibels: Double
        public var voice: Bool

        public init(linear: Int, decibels: Double, voice: Bool) {
            self.linear = linear
            self.decibels = decibels
            self.voice = voice
        }

        var json: JSONValue {
            [
                "linear": .integer(Int64(max(0, min(255, linear)))), "decibels": .level(decibels),
                "voice": .bool(voice),
            ]
        }
    }

    public var name: EventName {
        switch self {
        case .meetingJoined: .meetingJoined
        case .meetingLeft: .meetingLeft
        case .meetingEnded: .meetingEnded
        case .meetingReconnecting: .meetingReconnecting
        case .participantJoined: .participantJoined
        case .participantLeft: .participantLeft
        case .participantUpdated: .participantUpdated
        case .trackPublished: .trackPublished
        case .trackUnpublished: .trackUnpublished
        case .speakerActive: .speakerActive
        case .audioLevels: .audioLevels
        case .hostChanged: .hostChanged
        case .requestReceived: .requestReceived
        case .requestAnswered: .requestAnswered
        case .shareStarted: .shareStarted
        case .shareStopped: .shareStopped
        case .recordingStarted: .recordingStarted
        case .recordingStopped: .recordingStopped
        case .deviceAdded: .deviceAdded
        case .deviceRemoved: .deviceRemoved
        case .deviceChanged: .deviceChanged
        case .scheduleChanged: .scheduleChanged
        case .healthChanged: .healthChanged
        }
    }

    public var data: JSONValue {
        switch self {
        case .meetingJoined(let first): return ["first": .bool(first)]
        case .meetingLeft(let reason), .meetingEnded(let reason), .shareStopped(let reason):
            return ["reason": .string(reason)]
        case .meetingReconnecting, .scheduleChanged: return [:]
        case .participantJoined(let id, let participant), .participantUpdated(let id, let participant):
            var members = participant.json.objectValue ?? [:]
            members["participant"] = .string(id)
            return .object(members)
        case .participantLeft(let id, let name, let departure):
            return ["participant": .string(id), "name": .optional(name), "reason": .string(departure.rawValue)]
        case .trackPublished(let participant, let kind):
            return ["participant": .string(participant), "kind": .string(kind.rawValue)]
        case .trackUnpublished(let participant, let kind, let reason):
            return [
                "participant": .string(participant), "kind": .string(kind.rawValue), "reason": .string(reason),
            ]
        case .speakerActive(let participant): return ["participant": .optional(participant)]
        case .audioLevels(let levels): return ["levels": .object(levels.mapValues(\.json))]
        case .hostChanged(let former, let host): return ["former": .optional(former), "host": .optional(host)]
        case .requestReceived(let request, let kind, let from):
            return ["request": .string(request), "kind": .string(kind), "from": .string(from)]
        case .requestAnswered(let request, let accepted, let reason):
            return ["request": .string(request), "accepted": .bool(accepted), "reason": .optional(reason)]
        case .shareStarted(let participant): return ["participant": .string(participant)]
        case .recordingStarted(let place): return ["where": .string(place.rawValue)]
        case .recordingStopped(let reason, let files):
            return ["reason": .string(reason), "files": .array(files.map { .string($0) })]
        case .deviceAdded(let device), .deviceRemoved(let device), .deviceChanged(let device): return device.json
        case .healthChanged(let health): return health.json
        }
    }
}

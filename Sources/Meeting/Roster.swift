/// Who is there and what each one publishes, reconciled from whatever order a service tells it in.
///
/// Every method is idempotent and returns the events that the change makes: joining twice tells once, a track of
/// somebody unknown waits for nobody (the participant appears with it), and who leaves takes the tracks along first.
public struct Roster: Sendable {
    /// A hostile service cannot make the room hold more.
    public static let limit = 1000

    public private(set) var participants: [ParticipantID: Participant] = [:]
    private var tracks: [ParticipantID: Set<TrackKind>] = [:]

    public init() {}

    public subscript(_ id: ParticipantID) -> Participant? { participants[id] }

    public var selfID: ParticipantID? { participants.values.first(where: \.isSelf)?.id }

    public func tracks(of id: ParticipantID) -> Set<TrackKind> { tracks[id] ?? [] }

    /// Somebody is there, with `name` if it is known.
    public mutating func join(_ id: ParticipantID, name: String?, isSelf: Bool = false, role: Role = .participant)
        -> [MeetingEvent]
    {
        if let known = participants[id] {
            guard let name, !name.isEmpty, name != known.name else { return [] }
            return update(id) { $0.name = name }
        }
        guard participants.count < Self.limit else { return [] }
        let participant = Participant(id: id, name: name ?? "", role: role, isSelf: isSelf)
        participants[id] = participant
        tracks[id] = []
        return [.participantJoined(participant)]
    }

    /// Changes whatever `change` changes; tells only when something did.
    public mutating func update(_ id: ParticipantID, _ change: (inout Participant) -> Void) -> [MeetingEvent] {
        guard let old = participants[id] else { return [] }
        var new = old
        change(&new)
        guard new != old else { return [] }
        participants[id] = new
        return [.participantUpdated(new)]
    }

    /// What `id` publishes now, whole; the difference to before is told per kind.
    ///
    /// - Parameter media: the states that go with it.
    public mutating func publish(
        _ id: ParticipantID, _ kinds: Set<TrackKind>, microphone: MediaState, camera: MediaState,
        reason: UnpublishReason = .participant
    ) -> [MeetingEvent] {
        guard participants[id] != nil else { return [] }
        let old = tracks[id] ?? []
        tracks[id] = kinds
        var events: [MeetingEvent] = []
        for kind in TrackKind.allCases where old.contains(kind) && !kinds.contains(kind) {
            events.append(.trackUnpublished(id, kind, reason))
            if kind == .screen { events.append(.shareStopped(id, reason: reason.rawValue)) }
        }
        for kind in TrackKind.allCases where kinds.contains(kind) && !old.contains(kind) {
            events.append(.trackPublished(id, kind))
            if kind == .screen { events.append(.shareStarted(id)) }
        }
        events += update(id) {
            $0.microphone = microphone
            $0.camera = camera
            $0.isSharing = kinds.contains(.screen)
            if microphone != .on { $0.isSpeaking = false }
        }
        return events
    }

    /// Somebody is gone; a share stops before the leave is told.
    public mutating func leave(_ id: ParticipantID, _ reason: LeaveReason) -> [MeetingEvent] {
        guard participants[id] != nil else { return [] }
        let unpublish: UnpublishReason = reason == .dropped ? .dropped : .left
        let events = publish(id, [], microphone: .off, camera: .off, reason: unpublish).filter {
            if case .participantUpdated = $0 { false } else { true }
        }
        participants[id] = nil
        tracks[id] = nil
        return events + [.participantLeft(id, reason)]
    }

    /// The service's whole list after a return: whoever is not in it has gone meanwhile.
    public mutating func retain(_ present: Set<ParticipantID>, _ reason: LeaveReason = .left) -> [MeetingEvent] {
        participants.keys.filter { !present.contains($0) }.sorted().flatMap { leave($0, reason) }
    }

    /// Gives the one role of host to `id`; tells when it moved.
    public mutating func setHost(_ id: ParticipantID?) -> [MeetingEvent] {
        let former = participants.values.first { $0.role == .host }?.id
        guard former != id else { return [] }
        var events: [MeetingEvent] = []
        if let former { events += update(former) { $0.role = .participant } }
        if let id { events += update(id) { $0.role = .host } }
        return events + [.hostChanged(former: former, host: id)]
    }
}

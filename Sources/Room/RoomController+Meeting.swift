import Base
import ControlAPI
import JSON
import Meeting
import Scheduling

// In a meeting: what it tells. Everything is idempotent: what is known already is not announced again.

extension RoomController {
    mutating func handle(_ event: MeetingEvent, _ generation: MeetingGeneration, at now: RoomTime) {
        switch whereabouts {
        case .joining(var attempt):
            // Who is there may be told before the join is.
            guard attempt.generation == generation, attempt.early.count < Attempt.earlyEventLimit else { return }
            attempt.early.append(event)
            whereabouts = .joining(attempt)
        case .inMeeting(let stay):
            if stay.generation == generation { handle(event, in: stay, at: now) }
        case .idle, .leaving: return
        }
    }

    private mutating func handle(_ event: MeetingEvent, in former: Stay, at now: RoomTime) {
        var stay = former
        switch event {
        case .left(let reason):
            lose(stay, reason, at: now)
            return
        case .ended(let reason):
            perform(.event(.meetingEnded(reason: reason.rawValue)))
            lose(stay, .ended, at: now)
            return
        case .joined, .reconnected:
            guard stay.view.state == .reconnecting else { return }
            stay.view.state = .joined
            // The service tells a new session what it holds back; what it does not tell is not held back any more. What
            // was closed stays closed, until somebody in the room opens it.
            stay.blocked.formIntersection(stay.blockedSinceLoss)
            setProblem("meeting.connection", nil, at: now)
            perform(.event(.meetingJoined(first: false)))
        case .reconnecting:
            guard stay.view.state != .reconnecting else { return }
            stay.view.state = .reconnecting
            stay.blockedSinceLoss = []
            stay.forgetQualities()
            setProblem(
                "meeting.connection",
                "The connection to the meeting is lost, and the room tries to come back. The log says what is in the way.",
                at: now)
            perform(.event(.meetingReconnecting))
        case .participantJoined(let participant): update(participant, in: &stay, isNew: true)
        case .participantUpdated(let participant): update(participant, in: &stay, isNew: false)
        case .participantLeft(let id, let reason): remove(id.rawValue, reason, from: &stay)
        case .trackPublished(let id, let kind):
            guard stay.tracks[id.rawValue, default: []].insert(kind).inserted else { return }
            perform(.event(.trackPublished(participant: id.rawValue, ControlAPI.TrackKind(kind))))
        case .trackUnpublished(let id, let kind, let reason):
            guard stay.tracks[id.rawValue]?.remove(kind) != nil else { return }
            let kind = ControlAPI.TrackKind(kind)
            perform(.event(.trackUnpublished(participant: id.rawValue, kind, reason: reason.rawValue)))
        case .audioLevels(let levels):
            perform(.event(.audioLevels(RoomEvent.AudioLevel.levels(levels))))
            return
        case .activeSpeaker(let id): setSpeaker(id?.rawValue, in: &stay)
        case .hostChanged(let former, let host): setHost(host?.rawValue, former: former?.rawValue, in: &stay)
        case .moderated(let kind, let isBlocked): moderate(kind, isBlocked: isBlocked, in: &stay)
        case .requestReceived, .requestAnswered: update(event, in: &stay, at: now)
        case .shareStarted, .shareStopped, .recordingStarted, .recordingStopped: update(event, in: &stay, at: now)
        case .capabilitiesChanged(let capabilities):
            stay.view.capabilities = RoomState.Capabilities(capabilities)
        }
        whereabouts = .inMeeting(stay)
        refreshSelf()
        tellAlone(at: now)
    }

    // MARK: - Participants

    private mutating func update(_ participant: Participant, in stay: inout Stay, isNew: Bool) {
        let id = participant.id.rawValue
        if participant.isSelf {
            adopt(participant, in: &stay)
            return
        }
        let view = RoomState.Participant(participant, quality: stay.view.participants[id]?.quality ?? .excellent)
        switch stay.view.participants[id] {
        case nil:
            // Somebody unknown changes nothing; the join comes first, or has been taken back.
            guard isNew else { return }
            stay.view.participants[id] = view
            perform(.event(.participantJoined(id: id, stay.asShown(view))))
        case view: return
        case .some:
            stay.view.participants[id] = view
            perform(.event(.participantUpdated(id: id, stay.asShown(view))))
        }
    }

    /// The room's own entry: what its devices do is known better here. Its id is another one after a reconnection.
    private mutating func adopt(_ participant: Participant, in stay: inout Stay) {
        let id = participant.id.rawValue
        var view = RoomState.Participant(participant, quality: .excellent)
        if let old = stay.view.selfID, let known = stay.view.participants[old] {
            view.microphone = known.microphone
            view.camera = known.camera
            view.quality = known.quality
            if old != id {
                stay.view.participants[old] = nil
                stay.tracks[old] = nil
                if stay.view.host == old { stay.view.host = id }
                if stay.view.activeSpeaker == old { stay.view.activeSpeaker = nil }
            }
        }
        stay.view.selfID = id
        stay.view.role = view.role
        guard stay.view.participants[id] != view else { return }
        stay.view.participants[id] = view
        perform(.event(.participantUpdated(id: id, stay.asShown(view))))
    }

    private mutating func remove(_ id: String, _ reason: LeaveReason, from stay: inout Stay) {
        // The room itself leaves by `left`; an id that it had before a reconnection is gone already.
        guard id != stay.view.selfID, let known = stay.view.participants.removeValue(forKey: id) else { return }
        stay.tracks[id] = nil
        if pinned == id { pinned = nil }
        if stay.view.activeSpeaker == id { setSpeaker(nil, in: &stay) }
        if stay.view.share?.participant == id {
            stay.view.share = nil
            perform(.event(.shareStopped(reason: UnpublishReason.left.rawValue)))
        }
        perform(.event(.participantLeft(id: id, name: known.name, ParticipantDeparture(reason))))
        if stay.view.host == id { setHost(nil, former: id, in: &stay) }
    }

    private mutating func setSpeaker(_ id: String?, in stay: inout Stay) {
        let id = id.flatMap { stay.view.participants[$0] == nil ? nil : $0 }
        guard stay.view.activeSpeaker != id else { return }
        stay.view.activeSpeaker = id
        perform(.event(.speakerActive(participant: id)))
    }

    private mutating func setHost(_ host: String?, former: String?, in stay: inout Stay) {
        guard stay.view.host != host else { return }
        stay.view.host = host
        if host == stay.view.selfID {
            stay.view.role = .host
        } else if stay.view.role == .host {
            stay.view.role = .participant
        }
        if let id = stay.view.selfID { stay.view.participants[id]?.role = stay.view.role }
        perform(.event(.hostChanged(former: former, host: host)))
    }

    private mutating func tellAlone(at now: RoomTime) {
        guard case .inMeeting(var stay) = whereabouts, stay.isAlone == stay.hasOthers else { return }
        stay.isAlone = !stay.hasOthers
        whereabouts = .inMeeting(stay)
        tell(.alone(stay.isAlone), at: now)
    }

    // MARK: - Requests, share, recording

    private mutating func update(_ event: MeetingEvent, in stay: inout Stay, at now: RoomTime) {
        switch event {
        case .requestReceived(let request):
            guard stay.view.requests[request.id] == nil else { return }
            let kind = request.kind.rawValue
            let from = request.from.rawValue
            stay.view.requests[request.id] = RoomState.Request(
                kind: kind, from: from, to: request.to?.rawValue ?? stay.view.selfID ?? from, at: now.civil)
            perform(.event(.requestReceived(request: request.id, kind: kind, from: from)))
        case .requestAnswered(let id, let isAccepted, let reason):
            stay.view.requests[id] = nil
            perform(.event(.requestAnswered(request: id, accepted: isAccepted, reason: reason)))
        case .shareStarted(let id):
            guard stay.view.share?.participant != id.rawValue else { return }
            stay.view.share = RoomState.Share(participant: id.rawValue, since: now.civil)
            perform(.event(.shareStarted(participant: id.rawValue)))
        case .shareStopped(let id, let reason):
            guard stay.view.share?.participant == id.rawValue else { return }
            stay.view.share = nil
            perform(.event(.shareStopped(reason: reason)))
        case .recordingStarted:
            guard stay.view.recording == nil else { return }
            stay.view.recording = RoomState.Recording(state: .recording, since: now.civil, place: .service)
            perform(.event(.recordingStarted(.service)))
        case .recordingStopped(let reason, let files):
            guard stay.view.recording != nil else { return }
            stay.view.recording = nil
            perform(.event(.recordingStopped(reason: reason, files: files)))
        default: return
        }
    }

    // MARK: - The room's own devices

    /// The host's block closes the room's device; only the room opens it again, and only when the host lets it.
    private mutating func moderate(_ kind: Meeting.TrackKind, isBlocked: Bool, in stay: inout Stay) {
        guard isBlocked else {
            stay.blocked.remove(kind)
            stay.blockedSinceLoss.remove(kind)
            return
        }
        stay.blockedSinceLoss.insert(kind)
        guard stay.blocked.insert(kind).inserted else { return }
        switch kind {
        case .audio: closeMicrophone(by: .host)
        case .video: closeCamera()
        case .screen: break
        }
    }

    /// What the roster says of the room itself is what its devices do.
    mutating func refreshSelf() {
        guard case .inMeeting(var stay) = whereabouts, let id = stay.view.selfID,
            var participant = stay.view.participants[id]
        else { return }
        participant.microphone =
            stay.blocked.contains(.audio) ? .blocked : devices.microphone.state == .live ? .on : .off
        participant.camera = stay.blocked.contains(.video) ? .blocked : devices.camera.state == .live ? .on : .off
        guard stay.view.participants[id] != participant else { return }
        stay.view.participants[id] = participant
        whereabouts = .inMeeting(stay)
        perform(.event(.participantUpdated(id: id, stay.asShown(participant))))
    }
}

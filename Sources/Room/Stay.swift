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
    /// How well media gets through since the connection is there.
    var qualities = QualityMonitor()
    /// As the planner was told last.
    var isAlone = true

    /// As clients see it: while the connection is lost, nothing of anybody gets through.
    var shown: RoomState.Meeting {
        guard view.state == .reconnecting else { return view }
        var shown = view
        shown.participants = view.participants.mapValues(asShown)
        return shown
    }

    /// One of its participants, as clients see them.
    func asShown(_ participant: RoomState.Participant) -> RoomState.Participant {
        var shown = participant
        if view.state == .reconnecting { shown.quality = .lost }
        return shown
    }

    /// Takes in what media did.
    mutating func note(_ report: MediaReport, at now: Instant) {
        var open: [ParticipantID: Set<Meeting.TrackKind>] = [:]
        for (id, participant) in view.participants where !participant.isSelf {
            open[ParticipantID(id)] = participant.openTracks
        }
        qualities.handle(report, open: open, at: now)
        for (id, participant) in view.participants {
            let measured = participant.isSelf ? qualities.ownQuality : qualities.quality(of: ParticipantID(id))
            let quality = RoomState.Participant.Quality(measured)
            if participant.quality != quality { view.participants[id]?.quality = quality }
        }
    }

    /// What was measured on a connection says nothing of the next one.
    mutating func forgetQualities() {
        qualities = QualityMonitor()
        for id in view.participants.keys { view.participants[id]?.quality = .excellent }
    }

    var hasOthers: Bool { view.participants.values.contains { !$0.isSelf } }
}

extension RoomState.Participant {
    /// What the service lets the others receive.
    fileprivate var openTracks: Set<Meeting.TrackKind> {
        var open: Set<Meeting.TrackKind> = sharing ? [.screen] : []
        if microphone == .on { open.insert(.audio) }
        if camera == .on { open.insert(.video) }
        return open
    }
}

import ControlAPI
import Meeting

// From the vocabulary of a meeting to that of the wire.

extension RoomState.Role {
    init(_ role: Meeting.Role) {
        self =
            switch role {
            case .host: .host
            case .cohost: .cohost
            case .participant: .participant
            }
    }
}

extension RoomState.Participant.Medium {
    init(_ state: MediaState) {
        self =
            switch state {
            case .on: .on
            case .off: .off
            case .blocked: .blocked
            }
    }
}

extension RoomState.Participant {
    /// - Parameter quality: as measured; the service does not know.
    init(_ participant: Participant, quality: Quality) {
        self.init(
            name: participant.name, role: RoomState.Role(participant.role), isSelf: participant.isSelf,
            microphone: Medium(participant.microphone), camera: Medium(participant.camera),
            sharing: participant.isSharing, speaking: participant.isSpeaking, hand: participant.handRaised,
            quality: quality)
    }
}

extension RoomState.Participant.Quality {
    init(_ quality: Meeting.Quality) {
        self =
            switch quality {
            case .excellent: .excellent
            case .good: .good
            case .poor: .poor
            case .lost: .lost
            }
    }
}

extension RoomState.Capabilities {
    init(_ capabilities: Meeting.Capabilities) {
        self.init()
        muteParticipant = capabilities.muteParticipant
        requestMicrophone = capabilities.requestMicrophone
        muteAll = capabilities.muteAll
        remove = capabilities.remove
        transferHost = capabilities.transferHost
        end = capabilities.end
        record = capabilities.record
        share = capabilities.share
        lobby = capabilities.lobby
        lock = capabilities.lock
    }
}

extension ControlAPI.TrackKind {
    init(_ kind: Meeting.TrackKind) {
        self =
            switch kind {
            case .audio: .audio
            case .video: .video
            case .screen: .screen
            }
    }
}

extension ParticipantDeparture {
    init(_ reason: LeaveReason) {
        self =
            switch reason {
            case .left, .ended: .left
            case .dropped: .dropped
            case .removed: .removed
            case .hidden: .hidden
            }
    }
}

extension RoomEvent.AudioLevel {
    static func levels(_ levels: [ParticipantID: Meeting.AudioLevel]) -> [String: RoomEvent.AudioLevel] {
        Dictionary(
            uniqueKeysWithValues: levels.map { id, level in
                (id.rawValue, RoomEvent.AudioLevel(linear: level.linear, decibels: level.decibels, voice: level.voice))
            })
    }
}

extension RPCError {
    /// The error of a meeting, with the same reason on the wire.
    init(error: MeetingError, _ message: String) {
        guard let reason = Reason(rawValue: error.reason) else {
            self = .internalError(message)
            return
        }
        self.init(reason, message)
    }
}

extension MeetingError {
    /// Whether trying again by itself is of no use.
    var isPermanent: Bool {
        switch self {
        case .wrongPasscode, .unsupportedAddress, .removed, .denied, .invalidToken, .unsupportedByService, .locked:
            true
        case .notInMeeting, .alreadyInMeeting, .joining, .notHost, .notPermitted, .unknownParticipant, .unknownDevice,
            .deviceBusy, .deviceLost, .unknownRequest, .unreachable, .rejectedByService, .meetingFull,
            .meetingNotFound, .meetingEnded, .tlsFailed, .floorTaken, .diskFull, .limitExceeded, .timeout, .cancelled,
            .busy:
            false
        }
    }
}

/// What a meeting tells, whatever the service behind it. Names follow the contract's events.
public enum MeetingEvent: Hashable, Sendable {
    /// We are in, with media. `first` is false when this is a return into the same meeting.
    case joined(first: Bool)
    /// We are out, for good.
    case left(LeaveReason)
    /// The meeting is over for everybody; `left(.ended)` follows.
    case ended(EndReason)
    case reconnecting
    case reconnected

    /// Also once for each participant that was there before us, and never twice for one that is there.
    case participantJoined(Participant)
    case participantLeft(ParticipantID, LeaveReason)
    case participantUpdated(Participant)
    case trackPublished(ParticipantID, TrackKind)
    case trackUnpublished(ParticipantID, TrackKind, UnpublishReason)

    /// Only participants that are heard; at most as often as asked for.
    case audioLevels([ParticipantID: AudioLevel])
    case activeSpeaker(ParticipantID?)
    case hostChanged(former: ParticipantID?, host: ParticipantID?)
    /// A host closed (or freed) our own microphone or camera at the SFU.
    case moderated(TrackKind, blocked: Bool)

    case requestReceived(MeetingRequest)
    case requestAnswered(id: String, accepted: Bool, reason: String)
    case shareStarted(ParticipantID)
    case shareStopped(ParticipantID, reason: String)
    case recordingStarted
    case recordingStopped(reason: String, files: [String])
    case capabilitiesChanged(Capabilities)
}

/// Why somebody is no longer in the meeting. Raw values are the contract's; `ended` concerns ourselves only.
public enum LeaveReason: String, Hashable, Sendable, CaseIterable {
    case left
    case dropped
    case removed
    case hidden
    case ended
}

/// Why a meeting is over.
public enum EndReason: String, Hashable, Sendable, CaseIterable {
    case host
    case empty
    case time
    /// The service closed it without saying why.
    case service
}

/// Why a track is no longer published.
public enum UnpublishReason: String, Hashable, Sendable, CaseIterable {
    /// Its owner closed it.
    case participant
    /// A host closed it.
    case host
    /// Its owner left the meeting.
    case left
    /// Its owner's media connection broke.
    case dropped
}

/// Somebody asks the room, or the room asks the host.
public struct MeetingRequest: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case microphone
        case camera
        case share
        case record
    }

    public let id: String
    public let kind: Kind
    public let from: ParticipantID
    public let to: ParticipantID?

    public init(id: String, kind: Kind, from: ParticipantID, to: ParticipantID?) {
        self.id = id
        self.kind = kind
        self.from = from
        self.to = to
    }
}

/// The loudness of one participant.
public struct AudioLevel: Hashable, Sendable {
    /// −127…0 dBFS.
    public let decibels: Double
    public let voice: Bool

    public init(decibels: Double, voice: Bool) {
        self.decibels = decibels.isFinite ? min(0, max(-127, decibels)) : -127
        self.voice = voice
    }

    /// 0…255: −60 dBFS and less is 0, full scale is 255, linear in decibels between.
    public var linear: Int {
        min(255, max(0, Int(((decibels + 60) / 60 * 255).rounded())))
    }
}

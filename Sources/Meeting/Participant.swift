/// One person or device in a meeting, as everybody there may see it.
public struct Participant: Hashable, Sendable {
    public let id: ParticipantID
    public var name: String
    public var role: Role
    /// This is the room itself.
    public var isSelf: Bool
    public var microphone: MediaState
    public var camera: MediaState
    /// Sends a screen.
    public var isSharing: Bool
    /// Speaks at the moment, as far as the service or the sound tells.
    public var isSpeaking: Bool
    public var handRaised: Bool

    public init(
        id: ParticipantID, name: String, role: Role = .participant, isSelf: Bool = false, microphone: MediaState = .off,
        camera: MediaState = .off, isSharing: Bool = false, isSpeaking: Bool = false, handRaised: Bool = false
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.isSelf = isSelf
        self.microphone = microphone
        self.camera = camera
        self.isSharing = isSharing
        self.isSpeaking = isSpeaking
        self.handRaised = handRaised
    }
}

/// What somebody may do in a meeting. Raw values are the contract's.
public enum Role: String, Hashable, Sendable, CaseIterable {
    case host
    case cohost
    case participant
}

/// A microphone or camera as the others get it. Raw values are the contract's.
public enum MediaState: String, Hashable, Sendable, CaseIterable {
    case on
    case off
    /// Held back by a host at the SFU, whatever its owner does.
    case blocked
}

/// What a published track shows or sounds like. Raw values are the contract's.
public enum TrackKind: String, Hashable, Sendable, CaseIterable {
    case audio
    case video
    case screen
}

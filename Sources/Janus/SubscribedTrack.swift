public import Meeting

/// What comes in on one m-line of the subscriber connection.
public struct SubscribedTrack: Hashable, Sendable {
    /// Of our subscriber connection.
    public let mid: String
    public let participant: ParticipantID
    public let kind: TrackKind
    public let displayName: String?
    /// Another track carries the same already: this one makes up for what is lost on the way (`receivePictures`).
    public let isCopy: Bool

    public init(mid: String, participant: ParticipantID, kind: TrackKind, displayName: String?, isCopy: Bool = false) {
        self.mid = mid
        self.participant = participant
        self.kind = kind
        self.displayName = displayName
        self.isCopy = isCopy
    }
}

public import Meeting

/// What comes in on one m-line of the subscriber connection.
public struct SubscribedTrack: Hashable, Sendable {
    /// Of our subscriber connection.
    public let mid: String
    public let participant: ParticipantID
    public let kind: TrackKind
    public let displayName: String?

    public init(mid: String, participant: ParticipantID, kind: TrackKind, displayName: String?) {
        self.mid = mid
        self.participant = participant
        self.kind = kind
        self.displayName = displayName
    }
}

/// What a connection to a meeting leaves to the next one into the same meeting.
public struct FormerStay: Sendable {
    /// Who was there, as told.
    public var roster: Roster
    /// Kinds of which a host held back everybody's, also those that came later.
    public var blockedForAll: Set<TrackKind>
    /// Of these kinds, those whose owners may open them again by themselves.
    public var selfUnmute: Set<TrackKind>
    /// Held back until they close it themselves.
    public var heldUntilClosed: [TrackKind: Set<ParticipantID>]
    /// What was not to be received.
    public var unwanted: [ParticipantID: Set<TrackKind>]

    public init(
        roster: Roster, blockedForAll: Set<TrackKind> = [], selfUnmute: Set<TrackKind> = [],
        heldUntilClosed: [TrackKind: Set<ParticipantID>] = [:], unwanted: [ParticipantID: Set<TrackKind>] = [:]
    ) {
        self.roster = roster
        self.blockedForAll = blockedForAll
        self.selfUnmute = selfUnmute
        self.heldUntilClosed = heldUntilClosed
        self.unwanted = unwanted
    }
}

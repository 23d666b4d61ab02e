/// What a connection to a meeting leaves to the next one into the same meeting.
public struct FormerStay: Sendable {
    /// Who was there, as told.
    public var roster: Roster
    /// Kinds of which a host held back everybody's, also those that came later.
    public var blockedForAll: Set<TrackKind>
    /// What was not to be received.
    public var unwanted: [ParticipantID: Set<TrackKind>]

    public init(
        roster: Roster, blockedForAll: Set<TrackKind> = [], unwanted: [ParticipantID: Set<TrackKind>] = [:]
    ) {
        self.roster = roster
        self.blockedForAll = blockedForAll
        self.unwanted = unwanted
    }
}

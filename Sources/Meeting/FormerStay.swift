public import Base

/// What a connection to a meeting leaves to the next one into the same meeting.
public struct FormerStay: Sendable {
    /// Who was there, as told.
    public var roster: Roster
    /// What the room held back of others as their host.
    public var blocks: HostBlocks
    /// What was not to be received.
    public var unwanted: [ParticipantID: Set<TrackKind>]
    /// What each of the others sent, open or closed.
    public var sent: [ParticipantID: Set<TrackKind>] = [:]
    /// Sessions that the service may still hold; the next connection ends them, so that nobody sees the room twice.
    public var sessions: [Int64] = []
    /// Who the room was in them, and when each was lost: until the service has given them up they are no strangers.
    public var selves: [ParticipantID: Instant] = [:]

    public init(
        roster: Roster, blocks: HostBlocks = HostBlocks(), unwanted: [ParticipantID: Set<TrackKind>] = [:]
    ) {
        self.roster = roster
        self.blocks = blocks
        self.unwanted = unwanted
    }
}

/// What a host of this room's holds back of others, where the service itself only knows streams that are blocked or not.
public struct HostBlocks: Hashable, Sendable {
    /// Kinds of which everybody's are held back, also those that come later.
    public private(set) var forAll: Set<TrackKind> = []
    /// Of these kinds, those whose owners may open them again by themselves.
    public private(set) var selfUnmute: Set<TrackKind> = []
    /// Held back by a word about everybody, until they have closed it themselves.
    private var untilClosed: [TrackKind: Set<ParticipantID>] = [:]
    /// Held back by a word about them alone, which holds whatever is said of everybody.
    private var byHand: [TrackKind: Set<ParticipantID>] = [:]

    public init() {}

    public mutating func setForAll(_ kind: TrackKind, blocked: Bool, selfUnmute allowed: Bool) {
        if blocked { forAll.insert(kind) } else { forAll.remove(kind) }
        if blocked, allowed { selfUnmute.insert(kind) } else { selfUnmute.remove(kind) }
        if !selfUnmute.contains(kind) { untilClosed[kind] = nil }
        if !blocked { byHand[kind] = nil }
    }

    public mutating func set(_ participant: ParticipantID, _ kind: TrackKind, blocked: Bool) {
        untilClosed[kind]?.remove(participant)
        if blocked { byHand[kind, default: []].insert(participant) } else { byHand[kind]?.remove(participant) }
    }

    public mutating func holdUntilClosed(_ participant: ParticipantID, _ kind: TrackKind) {
        untilClosed[kind, default: []].insert(participant)
    }

    public func isHeldUntilClosed(_ participant: ParticipantID, _ kind: TrackKind) -> Bool {
        untilClosed[kind]?.contains(participant) == true
    }

    public func isBlockedByHand(_ participant: ParticipantID, _ kind: TrackKind) -> Bool {
        byHand[kind]?.contains(participant) == true
    }

    /// Whatever held this back is lifted.
    public mutating func lifted(_ participant: ParticipantID, _ kind: TrackKind) {
        untilClosed[kind]?.remove(participant)
        byHand[kind]?.remove(participant)
    }

    /// Forgets what was said of those that are not there any more.
    public mutating func keep(where isThere: (ParticipantID) -> Bool) {
        for kind in TrackKind.allCases {
            untilClosed[kind] = untilClosed[kind]?.filter(isThere)
            byHand[kind] = byHand[kind]?.filter(isThere)
        }
    }
}

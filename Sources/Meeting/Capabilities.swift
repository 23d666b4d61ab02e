/// What the service of the present meeting lets this room do; nothing else is offered to anybody.
public struct Capabilities: Hashable, Sendable {
    public var muteParticipant = false
    public var requestMicrophone = false
    public var muteAll = false
    public var remove = false
    public var transferHost = false
    public var end = false
    /// Recording at the service; a local recording needs nobody's leave.
    public var record = false
    public var share = false
    public var lobby = false
    public var lock = false
    public var raiseHand = false

    public init() {}

    /// Member names of the contract's `meeting.capabilities`, with their values, in a fixed order.
    public var members: [(name: String, value: Bool)] {
        [
            ("muteParticipant", muteParticipant), ("requestMicrophone", requestMicrophone), ("muteAll", muteAll),
            ("remove", remove), ("transferHost", transferHost), ("end", end), ("record", record), ("share", share),
            ("lobby", lobby), ("lock", lock), ("raiseHand", raiseHand),
        ]
    }
}

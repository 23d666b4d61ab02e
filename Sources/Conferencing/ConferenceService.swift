import Meeting

/// One connection to a meeting's service: from the first join to the end or the loss, then a new one is made.
///
/// A seam: plain Janus is one; others follow.
protocol ConferenceService: Actor {
    /// What happens after the join; ends when the service is done. One reader.
    nonisolated var outputs: AsyncStream<ServiceOutput> { get }
    /// For a next connection to the same meeting.
    var remains: FormerStay { get }
    /// Returns once others can see and hear us; a failure leaves nothing behind.
    func join() async throws(JoinFailure) -> ServiceRoom
    func perform(_ command: ServiceCommand) async throws(MeetingError)
    /// The machine has got or lost addresses.
    func networkChanged() async
    /// Says goodbye and lets go of everything; returns when nothing is left, which takes two seconds at most. Also
    /// waits when something else has ended the connection.
    func leave() async
}

struct ServiceRoom: Sendable {
    /// The meeting's name at its service.
    let room: String
    let selfID: ParticipantID
    let title: String?
    let isHost: Bool
    /// The host's secret that there is was not accepted.
    let isSecretRefused: Bool
    let isFirst: Bool
    let capabilities: Capabilities
}

enum ServiceOutput: Sendable {
    case event(MeetingEvent)
    case talking(ParticipantID, Bool)
    /// Nothing gets through any more; what there was is kept, and `resumed` or `lost` follows.
    case interrupted
    case resumed
    /// The connection broke; the meeting goes on without us.
    case lost(MeetingError)
}

enum ServiceCommand: Hashable, Sendable {
    case setOpen(TrackKind, Bool)
    case subscribe(ParticipantID, Set<TrackKind>)
    case unsubscribe(ParticipantID, Set<TrackKind>)
    case quality(ParticipantID, layer: Int)
    case block(ParticipantID, TrackKind, Bool)
    case blockAll(TrackKind, Bool, selfUnmute: Bool)
    case remove(ParticipantID)
    case record(Bool)
    case end
}

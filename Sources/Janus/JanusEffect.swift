public import Meeting

/// What the session wants done; take them with `pollEffect` after every call until it returns nil.
public enum JanusEffect: Hashable, Sendable {
    /// One WebSocket text.
    case send([UInt8])
    /// Make a new publisher connection (or a new offer on the one there is) and hand in `.publisherOffer`.
    case makePublisherOffer
    /// Make an offer with an ICE restart on the publisher connection there is, and hand in `.publisherOffer`.
    case restartPublisherOffer
    case applyPublisherAnswer(sdp: String)
    /// Hand in `.subscriberAnswer`. There is one at a time.
    case answerSubscriberOffer(sdp: String)
    /// A candidate of the server, as in `a=candidate`, without `a=`; nil ends them.
    case remoteCandidate(JanusPeer, candidate: String?, mid: String?)
    case closePublisher
    case closeSubscriber
    /// The whole list of what the subscriber connection carries now, by mid.
    case subscribed([SubscribedTrack])
    /// In, with media. The events `joined` and then everybody there follow.
    case joined(JoinedRoom)
    case event(MeetingEvent)
    /// The SFU hears (or no longer hears) somebody speak.
    case talking(ParticipantID, Bool)
    /// The SFU complains about losses: `uplink` in what we send.
    case slowLink(JanusPeer, uplink: Bool, lost: Int)
    /// The server knows us on the new link; events come again. What broke meanwhile is repaired from now on.
    case linked
    /// A command is done, or why not.
    case completed(JanusCommandID, MeetingError?)
    /// Something that is worth a line in the log and nothing else.
    case note(String)
    /// The session is dead and nothing more will come. `detail` is for the log.
    case failed(MeetingError, detail: String)
    /// The session ended as wanted, or by the service's word; the socket can be closed.
    case closed
}

/// One of the two connections.
public enum JanusPeer: Hashable, Sendable {
    case publisher
    case subscriber

    public static let both: [JanusPeer] = [.publisher, .subscriber]
}

/// What a connection is to its session.
public enum JanusPeerUse: Hashable, Sendable {
    /// Nothing is to be sent, or nobody to be received; if there is one, nobody misses it.
    case unused
    /// The session is making it, or making it anew.
    case making
    /// Negotiated; media flow on it, or should.
    case standing
}

/// The room as joined.
public struct JoinedRoom: Hashable, Sendable {
    public let room: JanusID
    public let selfID: ParticipantID
    public let title: String?
    public let isHost: Bool
    /// There is a secret for the host, and it is not this room's.
    public let isSecretRefused: Bool
    public let isFirst: Bool
    public let capabilities: Capabilities
}

public import Meeting

/// What happens outside the session.
public enum JanusInput: Sendable {
    /// The WebSocket is open.
    case connected
    /// Nothing comes over the WebSocket any more, but nobody has closed it either: a joined session waits.
    case linkLost
    /// There is another WebSocket in its place: the session is claimed on it.
    case linkReplaced
    /// The silent WebSocket has spoken again.
    case linkAlive
    /// One WebSocket text.
    case received([UInt8])
    /// Answers `makePublisherOffer`.
    case publisherOffer(sdp: String, tracks: [LocalTrack])
    /// Answers `answerSubscriberOffer`.
    case subscriberAnswer(sdp: String)
    /// A candidate of ours, as in `a=candidate`, without `a=`; nil ends them.
    case localCandidate(JanusPeer, candidate: String?, mid: String?)
    /// Media can flow to the server.
    case publisherConnected
    /// A connection broke, or could not be made.
    case peerFailed(JanusPeer)
    /// The way of a connection's media changed: ICE starts anew, the connection stays.
    case restart(JanusPeer)
    /// From now on every picture is to come so many times, 1…3, each time as a stream of its own, because the way loses
    /// much: Janus 1.1 repeats a packet only once in 200 ms, but relays what was subscribed twice twice.
    case receivePictures(times: Int)
    case command(JanusCommand, JanusCommandID)
    case leave
    /// The WebSocket is gone.
    case disconnected
}

/// One of our own tracks.
public struct LocalTrack: Hashable, Sendable {
    /// In the publisher's offer.
    public let mid: String
    public let kind: TrackKind
    /// Whether it carries more than silence.
    public var isOpen: Bool

    public init(mid: String, kind: TrackKind, isOpen: Bool) {
        self.mid = mid
        self.kind = kind
        self.isOpen = isOpen
    }
}

public struct JanusCommandID: Hashable, Sendable, RawRepresentable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

public enum JanusCommand: Hashable, Sendable {
    /// Tells the others that a track of ours is open or closed.
    case setOpen(TrackKind, Bool)
    /// A new offer with other tracks; `makePublisherOffer` follows.
    case renegotiate
    case rename(String)
    case subscribe(ParticipantID, Set<TrackKind>)
    case unsubscribe(ParticipantID, Set<TrackKind>)
    /// Simulcast layer to receive, 0 (smallest) to 2.
    case quality(ParticipantID, layer: Int)

    // With the room's secret.
    case moderate(ParticipantID, TrackKind, blocked: Bool)
    /// Everybody but us, and whoever comes later. With `selfUnmute`, who is open is held back only until they have
    /// closed it themselves; from then on it is theirs to open.
    case moderateAll(TrackKind, blocked: Bool, selfUnmute: Bool = false)
    case kick(ParticipantID)
    case record(Bool)
    case edit(RoomChanges)
    case destroyRoom
}

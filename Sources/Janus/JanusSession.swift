public import Base
import JSON
public import Meeting

/// One session with Janus's VideoRoom: from the open WebSocket to the farewell.
///
/// Sans-IO: hand in what happens with `handle(_:at:)`, call `handleTimeout(at:)` at `nextDeadline`, and after each of
/// them take the effects with `pollEffect()`. Written for Janus 1.1.2 (multistream). Two handles: the publisher's, which
/// is also the member of the room and gets its events, and the subscriber's, one connection for everybody.
public struct JanusSession: Sendable {
    enum Phase: Hashable, Sendable {
        case idle
        case creatingSession
        case attaching
        case creatingRoom
        case joining
        /// In the room, but not yet with media.
        case settling
        case joined
        case leaving
        case closed
    }

    /// Our own media connection.
    enum Publishing: Hashable, Sendable {
        case none
        case offering
        case negotiating
        case connecting
        case up(since: Instant)
        case down(retryAt: Instant)
    }

    /// The codec that our pictures are to have.
    enum CodecWish: Hashable, Sendable {
        case open
        /// Uttered with this offer.
        case uttered(offer: String)
        /// The room does not have it. Janus hangs up at our request, and takes the same offer again when it has said so;
        /// what comes sooner meets a connection that is being taken down.
        case hangingUp(offer: String, until: Instant)
        case refused
    }

    /// Why a session wakes up.
    enum Timer: Hashable, Sendable {
        case requestTimeout
        case keepalive
        case republish
        case hangup
        case resubscribe
        case promise
        case census
        case farewell
    }

    /// The WebSocket, as far as the session needs to know.
    enum Link: Hashable, Sendable {
        case up
        /// Silent, and not yet replaced.
        case lost
        case claiming
    }

    let configuration: JanusConfiguration
    private var effects: [JanusEffect] = []
    private var head = 0

    var phase = Phase.idle
    var transactions: Transactions
    var sessionID: Int64?
    var publisherHandle: Int64?
    var subscriberHandle: Int64?
    var keepaliveDue = Instant.distantFuture
    var farewellDue = Instant.distantFuture

    var roomID: JanusID
    var selfID: JanusID?
    var title: String?
    var privateID: Int64?
    var isHost = false
    var isHostKnown = true
    /// The secret for the host is not this room's.
    var isSecretRefused = false

    var publishing = Publishing.none
    var serverIsUp = false
    var clientIsUp = false
    var republishes = 0
    var tracks: [LocalTrack] = []
    var codecWish = CodecWish.open
    var candidates: [JanusPeer: [JSONValue]] = [:]

    var subscription = Subscription()
    var subscribedTracks: [SubscribedTrack] = []
    var isAttachingSubscriber = false
    var subscriberMayTrickle = false
    var resubscribeAt: Instant?
    var unwanted: [ParticipantID: Set<TrackKind>] = [:]

    var publishers: [ParticipantID: RoomPublisher] = [:]
    var ids: [ParticipantID: JanusID] = [:]
    var roster = Roster()
    /// The roster of an earlier life, until we are in again.
    var former: Roster?
    /// Streams in which every picture is to come.
    var picturesReceivedTimes = 1
    /// Until it failed.
    private var wasJoined = false
    let formerSelf: ParticipantID?
    /// What everybody sent to that life, open or closed.
    let formerlySent: [ParticipantID: Set<TrackKind>]
    /// Own kinds that a host holds back. Janus keeps that with the publisher's streams and forgets it with them.
    var blockedKinds: Set<TrackKind> = []
    /// What we hold back of others.
    var blocks = HostBlocks()
    /// Streams that we have asked the server to free, until it says that it has.
    var lifting: Set<RoomPublisher.StreamID> = []
    var commands: [JanusCommandID: CommandProgress] = [:]

    var link = Link.up
    /// Whose negotiation was under way when the link was lost.
    var halfDone: Set<JanusPeer> = []
    /// Handles that were given back without a link, or on one that was lost with the answer.
    var undetached: [Int64] = []
    /// Our tracks were opened or closed without a link.
    var labelsDue = false
    var census = Census()
    /// An offer that the server sent by itself may have been lost with the link.
    var isOfferDoubtful = false
    /// By then the offer must be here that the server promised.
    var promiseDue = Instant.distantFuture
    /// Moderations that wait until the server has answered earlier ones.
    var moderations = ModerationQueue()
    /// Sessions before this one that the server may still hold, and who we were in them.
    var formerSessions: [Int64]
    var formerSelves: [ParticipantID: Instant]
    var subscriberBrokeAt: Instant?
    /// When anything was handed in last.
    private var present = Instant.zero

    /// - Parameters:
    ///   - former: what the session that this one continues left; nil for a first join.
    ///   - random: for transactions and the room's number.
    public init(_ configuration: JanusConfiguration, former: FormerStay? = nil, random: SeededRandom) {
        self.configuration = configuration
        self.former = former?.roster
        formerSelf = former?.roster.selfID
        formerlySent = former?.sent ?? [:]
        blocks = former?.blocks ?? HostBlocks()
        unwanted = former?.unwanted ?? [:]
        formerSessions = former?.sessions ?? []
        formerSelves = former?.selves ?? [:]
        transactions = Transactions(random: random)
        switch configuration.room {
        case .existing(let written): roomID = JanusID(written: written)
        // Below 2^53, so that clients in JavaScript can hold it; not guessable.
        case .create: roomID = .number(Int64(transactions.randomBits() >> 12) | 1 << 40)
        }
    }

    /// Who is there, as told.
    public var participants: Roster { phase == .joined ? roster : former ?? roster }

    /// For the next session after a lost connection.
    public var remains: FormerStay {
        var stay = FormerStay(roster: participants, blocks: blocks, unwanted: unwanted)
        stay.sessions = Array((formerSessions + [sessionID].compactMap { $0 }).suffix(Self.formerLimit))
        stay.selves = formerSelves.filter { isRecent($0.value) }
        if let selfID { stay.selves[selfID.participant] = present }
        stay.sent =
            phase == .joined || wasJoined
            ? publishers.mapValues { Set($0.streams.lazy.filter { !$0.isDisabled }.map(\.kind)) } : formerlySent
        return stay
    }

    /// What we send, as it was offered last.
    public var localTracks: [LocalTrack] { tracks }

    public var isJoined: Bool { phase == .joined }

    /// What one of the connections is to the session.
    public func use(of peer: JanusPeer) -> JanusPeerUse {
        switch peer {
        case .publisher:
            switch publishing {
            case .none: .unused
            case .offering, .negotiating, .connecting, .down: .making
            case .up: .standing
            }
        case .subscriber:
            if !subscription.isWanted { .unused } else { subscriberMayTrickle ? .standing : .making }
        }
    }

    /// The room has let us in, with or without media.
    public var isInRoom: Bool { phase == .settling || phase == .joined }

    public mutating func handle(_ input: JanusInput, at now: Instant) {
        guard phase != .closed else { return refuse(input) }
        present = now
        switch input {
        case .connected: begin(at: now)
        case .linkLost: linkLost(at: now)
        case .linkReplaced: claim(at: now)
        case .linkAlive: linkAlive(at: now)
        case .restart(let peer): restart(peer, at: now)
        case .received(let text): receive(text, at: now)
        case .publisherOffer(let sdp, let tracks): publish(sdp: sdp, tracks: tracks, at: now)
        case .subscriberAnswer(let sdp): startSubscriber(sdp: sdp, at: now)
        case .localCandidate(let peer, let candidate, let mid): trickle(peer, candidate, mid: mid, at: now)
        case .publisherConnected:
            clientIsUp = true
            settle(at: now)
        case .peerFailed(.publisher):
            // Before the offer is out the server knows nothing of it.
            let isUnderWay = publishing == .offering
            publisherBroke(
                isUnderWay ? "no offer could be made" : "our side lost it", tellServer: !isUnderWay, duringOffer: true,
                at: now)
        case .peerFailed(.subscriber):
            if subscriberHandle != nil { subscriberBroke("our side lost it", detach: true, at: now) }
        case .receivePictures(let times):
            picturesReceivedTimes = min(max(times, 1), 3)
            subscribe(at: now)
        case .command(let command, let id): perform(command, id, at: now)
        case .leave: leave(at: now)
        case .disconnected:
            phase == .leaving ? finish(.left) : fail(.unreachable, "the WebSocket was closed")
        }
    }

    public var nextDeadline: Instant? {
        deadline?.at
    }

    var deadline: Deadline<Timer>? {
        guard phase != .closed, phase != .idle else { return nil }
        guard link == .up else {
            return transactions.nextDeadline.map { Deadline(at: $0, reason: .requestTimeout) }
        }
        var republish: Deadline<Timer>?
        if case .down(let retryAt) = publishing { republish = Deadline(at: retryAt, reason: .republish) }
        var hangup: Deadline<Timer>?
        if case .hangingUp(_, let until) = codecWish { hangup = Deadline(at: until, reason: .hangup) }
        return Deadline.earliest(
            transactions.nextDeadline.map { Deadline(at: $0, reason: .requestTimeout) },
            Deadline(at: keepaliveDue, reason: .keepalive), Deadline(at: farewellDue, reason: .farewell), republish,
            hangup,
            resubscribeAt.map { Deadline(at: $0, reason: .resubscribe) },
            subscription.isPromised ? Deadline(at: promiseDue, reason: .promise) : nil,
            census.due.map { Deadline(at: $0, reason: .census) })
    }

    public mutating func handleTimeout(at now: Instant) {
        present = now
        while let due = deadline, due.at <= now {
            switch due.reason {
            case .requestTimeout:
                for purpose in transactions.expired(at: now) { timedOut(purpose, at: now) }
            case .keepalive:
                request(.keepalive, "keepalive", at: now)
            case .republish:
                publishing = .offering
                emit(.makePublisherOffer)
            case .hangup: offerAgain(at: now)
            case .resubscribe:
                resubscribeAt = nil
                subscribe(at: now)
            case .promise:
                promiseDue = .distantFuture
                subscriberBroke("the offer that Janus promised did not come", detach: true, at: now)
            case .census:
                takeCensus(at: now)
            case .farewell:
                finish(.left)
            }
        }
        sendModerations(at: now)
    }

    public mutating func pollEffect() -> JanusEffect? {
        guard head < effects.count else {
            effects.removeAll(keepingCapacity: true)
            head = 0
            return nil
        }
        defer { head += 1 }
        return effects[head]
    }

    mutating func emit(_ effect: JanusEffect) {
        effects.append(effect)
    }

    /// Before we are in, changes of the roster are kept to ourselves: everybody is told of together.
    mutating func emit(_ events: [MeetingEvent]) {
        guard phase == .joined else { return }
        for event in events { effects.append(.event(event)) }
    }

    // MARK: - The end

    mutating func fail(_ error: MeetingError, _ detail: String) {
        guard phase != .closed else { return }
        former = participants
        wasJoined = phase == .joined
        phase = .closed
        abandonCommands(error)
        emit(.failed(error, detail: detail))
    }

    mutating func finish(_ reason: LeaveReason) {
        guard phase != .closed else { return }
        phase = .closed
        abandonCommands(.notInMeeting, ended: reason == .ended)
        if reason == .ended { emit(.event(.ended(.host))) }
        emit(.event(.left(reason)))
        emit(.closed)
    }

    private mutating func leave(at now: Instant) {
        switch phase {
        case .idle, .creatingSession, .attaching, .creatingRoom, .joining:
            if let sessionID {
                endSession(sessionID)
            }
            finish(.left)
        case .joined where link != .up:
            // Nobody hears a farewell; should the link come back, this ends the session.
            if let sessionID { endSession(sessionID) }
            finish(.left)
        case .settling, .joined:
            phase = .leaving
            farewellDue = now + configuration.leaveTimeout
            message(.leave, ["request": "leave"], at: now)
        case .leaving, .closed: break
        }
    }

    /// The server may hold a lost session for so long: its time-out and the time between two looks.
    static let formerMemory = Duration.seconds(70)
    private static let formerLimit = 8

    func isRecent(_ lost: Instant) -> Bool { present - lost <= Self.formerMemory }

    mutating func endSession(_ id: Int64) {
        emit(
            .send(
                transactions.fireAndForget(
                    ["janus": "destroy", "session_id": .integer(id)], secret: configuration.apiSecret)))
    }

    private mutating func refuse(_ input: JanusInput) {
        if case .command(_, let id) = input { emit(.completed(id, .notInMeeting)) }
    }
}

import Base
import JSON
import Meeting

// A WebSocket that falls silent, and the session on the one after it.
//
// Janus ends a session when it sees its WebSocket close, so the silent one is kept open meanwhile. Until then another
// WebSocket may claim the session (`claim`): handles, media connections and our place in the room stay as they were.
extension JanusSession {
    mutating func linkLost(at now: Instant) {
        guard phase == .joined else {
            return phase == .leaving ? finish(.left) : fail(.unreachable, "the server went silent")
        }
        guard link == .up else {
            // The claim of the link before this one may never be answered, and must not count against us.
            transactions.abandon(.claim)
            link = .lost
            return
        }
        link = .lost
        census.stop()
        // Nobody knows which of these arrived, and their answers may never come.
        for purpose in transactions.abandonAll() { lost(purpose) }
        for moderation in moderations.takeAll() { lost(moderation.purpose) }
        // The next word is the server's, and may be lost as well. That our connection is up is said by the census, too.
        if publishing == .connecting, !clientIsUp { halfDone.insert(.publisher) }
        if subscription.isPromised { halfDone.insert(.subscriber) }
    }

    /// A request that did not arrive, or whose answer did not.
    mutating func lost(_ purpose: Transactions.Purpose) {
        switch purpose {
        case .command(let id):
            commandFailed(id, .unreachable)
            // It may have been about these, and is done again once there is a link.
            labelsDue = true
            lifting = []
        case .housekeeping: lifting = []
        case .detach(let handle): undetached = undetached.suffix(Self.undetachedLimit - 1) + [handle]
        case .publish: halfDone.insert(.publisher)
        case .attachSubscriber, .subscribe, .start, .restart: halfDone.insert(.subscriber)
        case .createSession, .attachPublisher, .createRoom, .join, .checkSecret, .claim, .census, .keepalive, .leave,
            .destroySession:
            break
        }
    }

    mutating func claim(at now: Instant) {
        guard phase == .joined, link != .up else { return }
        transactions.abandon(.claim)
        link = .claiming
        request(.claim, "claim", at: now)
    }

    mutating func claimed(at now: Instant) {
        if link == .claiming { linked(at: now) }
    }

    mutating func linkAlive(at now: Instant) {
        guard phase == .joined, link != .up else { return }
        transactions.abandon(.claim)
        linked(at: now)
    }

    private mutating func linked(at now: Instant) {
        link = .up
        emit(.linked)
        census.restart()
        takeCensus(at: now)
        tellLabels(at: now)
        giveHandlesBack(at: now)
        sayBlocksAgain(at: now)
        for publisher in publishers.values { liftWhatIsClosed(publisher, at: now) }
        let halfDone = halfDone
        self.halfDone = []
        if halfDone.contains(.publisher) {
            publisherBroke(
                "its negotiation was cut off", tellServer: publishing != .offering, duringOffer: true, at: now)
        }
        if halfDone.contains(.subscriber) {
            subscriberBroke("its negotiation was cut off", detach: subscriberHandle != nil, at: now)
        }
        for peer in [JanusPeer.publisher, .subscriber] where mayTrickle(peer) { flushCandidates(peer, at: now) }
        subscribe(at: now)
    }

    private static let undetachedLimit = 16

    /// Those of which nobody knows whether the server heard that we have done with them.
    private mutating func giveHandlesBack(at now: Instant) {
        let handles = undetached
        undetached = []
        for handle in handles { request(.detach(handle), "detach", handle: handle, at: now) }
    }

    /// Asks who is in the room: who came and went while nothing reached us was told to nobody.
    mutating func takeCensus(at now: Instant) {
        guard phase == .joined, link == .up else { return census.stop() }
        census.asked(at: now)
        message(.census, ["request": "listparticipants", "room": roomID.json], at: now)
    }

    mutating func counted(_ data: JSONValue?, at now: Instant) {
        guard census.answered(at: now) else { return }
        defer { census.closed() }
        // As long as a message may be: in the room is also who does not fit into our list.
        guard let list = data?["participants"]?.arrayValue else { return }
        var present: [ParticipantID: Bool] = [:]
        for entry in list {
            if let id = JanusID(entry["id"]) { present[id.participant] = entry["publisher"]?.boolValue ?? false }
        }
        guard let selfID, let weSend = present[selfID.participant] else {
            // The session lives and we are not in the room: somebody has put us out while nothing reached us.
            return finish(.removed)
        }
        let known = roster.participants.keys.sorted().filter { !census.hasBeenTold(of: $0) }
        var hasOffered = false
        for id in known where id != selfID.participant {
            guard let known = ids[id] else { continue }
            let isReceived = subscription.lines.contains { $0.key.feed == known }
            switch present[id] {
            case nil: departed(known, .left, at: now)
            case false?: unpublished(known, at: now)
            case true?: continue
            }
            // The server offers the connection without them, by itself.
            hasOffered = hasOffered || isReceived
        }
        if hasOffered { isOfferDoubtful = true }
        let isUnannounced = addUntold(of: list)
        judgeOwn(isUp: weSend, at: now)
        guard phase == .joined, isUnannounced else { return }
        guard census.count < Census.limit else {
            return fail(.unreachable, "somebody sends who was not announced to us")
        }
        census.again(at: now)
    }

    /// Lists those of a census of whom nothing has been told.
    /// - Returns: whether somebody sends who was not announced: what, is in an event that never came or is on its way.
    ///   They are not listed before.
    private mutating func addUntold(of list: [JSONValue]) -> Bool {
        var isUnannounced = false
        for entry in list {
            guard let id = JanusID(entry["id"]), !isOurselves(id), !census.hasBeenTold(of: id.participant) else {
                continue
            }
            let isListed = roster[id.participant] != nil
            if entry["publisher"]?.boolValue ?? false {
                if publishers[id.participant] == nil, isListed || !isFull { isUnannounced = true }
            } else if !isListed {
                arrived(entry)
            }
        }
        return isUnannounced
    }

    /// What the server thinks of our own connection.
    private mutating func judgeOwn(isUp: Bool, at now: Instant) {
        switch publishing {
        case .connecting where clientIsUp && isUp:
            serverIsUp = true
            settle(at: now)
        case .connecting where clientIsUp, .up:
            guard !isUp else { return }
            publisherBroke("Janus has given it up", tellServer: false, at: now)
        case .none, .offering, .negotiating, .connecting, .down: break
        }
    }

    // MARK: - The way of the media

    mutating func restart(_ peer: JanusPeer, at now: Instant) {
        guard phase == .joined, link == .up else { return }
        switch peer {
        case .publisher:
            switch publishing {
            case .up: emit(.restartPublisherOffer)
            case .negotiating, .connecting: publisherBroke("its way changed", tellServer: true, at: now)
            // One with the new way is being made, or will be.
            case .none, .offering, .down: break
            }
        case .subscriber:
            guard subscriberHandle != nil else { return }
            guard subscription.restart() else {
                return subscriberBroke("its way changed during a negotiation", detach: true, at: now)
            }
            message(.restart, on: .subscriber, ["request": "configure", "restart": true], at: now)
        }
    }
}

import Base
import JSON
import Meeting

// A WebSocket that falls silent, and the session on the one after it.
//
// Janus ends a session when it sees its WebSocket close, so the silent one is kept open meanwhile. Until then another
// WebSocket may claim the session (`claim`): handles, media connections and our place in the room stay as they were.
extension JanusSession {
    private static let censusLimit = 2

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
        censusDue = nil
        // Nobody knows which of these arrived, and their answers may never come.
        for purpose in transactions.abandonAll() { lost(purpose) }
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
        censuses = 0
        takeCensus(at: now)
        tellLabels(at: now)
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

    /// Asks who is in the room: who came and went while nothing reached us was told to nobody.
    mutating func takeCensus(at now: Instant) {
        guard phase == .joined, link == .up else { return }
        censuses += 1
        message(.census, ["request": "listparticipants", "room": roomID.json], at: now)
    }

    mutating func counted(_ data: JSONValue?, at now: Instant) {
        guard let list = data?["participants"]?.arrayValue else { return }
        var present: [ParticipantID: Bool] = [:]
        var missing = false
        for entry in list.prefix(Roster.limit) {
            guard let id = JanusID(entry["id"]) else { continue }
            let publishes = entry["publisher"]?.boolValue ?? false
            present[id.participant] = publishes
            guard !isOurselves(id) else { continue }
            if roster[id.participant] == nil { arrived(entry) }
            // What they send is in an event that never came, or is still on its way.
            if publishes, publishers[id.participant] == nil { missing = true }
        }
        guard let selfID, present[selfID.participant] != nil else {
            // The session lives and we are not in the room: somebody has put us out while nothing reached us.
            return finish(.removed)
        }
        for id in roster.participants.keys.sorted() where id != selfID.participant {
            guard let known = ids[id] else { continue }
            switch present[id] {
            case nil: departed(known, .left, at: now)
            case false?: unpublished(known, at: now)
            case true?: break
            }
        }
        guard missing else { return }
        guard censuses < Self.censusLimit else {
            return fail(.unreachable, "somebody sends who was not announced to us")
        }
        censusDue = now + .seconds(1)
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

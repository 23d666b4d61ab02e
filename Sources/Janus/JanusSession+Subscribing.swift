import Base
import JSON
import Meeting

// The one connection on which everybody is received.
extension JanusSession {
    /// Compares wishes with what is there and asks for the difference.
    mutating func subscribe(at now: Instant) {
        guard phase == .settling || phase == .joined, link == .up, resubscribeAt == nil else { return }
        var wanted: Set<Subscription.Key> = []
        var known: Set<Subscription.Key> = []
        var pictures: Set<Subscription.Key> = []
        for (participant, publisher) in publishers {
            for stream in publisher.streams where !stream.isDisabled {
                let key = Subscription.Key(feed: publisher.id, mid: stream.mid)
                known.insert(key)
                guard unwanted[participant]?.contains(stream.kind) != true,
                    configuration.codecs.contains(stream.codec ?? (stream.kind == .audio ? "opus" : "vp8"))
                else { continue }
                wanted.insert(key)
                if stream.kind != .audio { pictures.insert(key) }
            }
        }
        // Not for so many that the copies would be more than the way bears.
        let lineCount = min(picturesReceivedTimes, Self.mostPictureLines / max(pictures.count, 1))
        let lineCounts = lineCount > 1 ? Dictionary(uniqueKeysWithValues: pictures.map { ($0, lineCount) }) : [:]
        subscription.want(wanted, known: known, lineCounts: lineCounts)
        guard subscriberHandle != nil else {
            if !wanted.isEmpty, !isAttachingSubscriber {
                isAttachingSubscriber = true
                request(.attachSubscriber, "attach", ["plugin": Self.plugin], at: now)
            }
            return
        }
        isAttachingSubscriber = false
        guard let next = subscription.next() else { return }
        switch next {
        case .join(let keys):
            var body: [String: JSONValue] = [
                "request": "join", "ptype": "subscriber", "room": roomID.json, "streams": Self.streams(keys),
            ]
            if let pin = configuration.pin { body["pin"] = .string(pin) }
            if let privateID { body["private_id"] = .integer(privateID) }
            message(.subscribe(keys), on: .subscriber, .object(body), at: now)
        case .update(let add, let remove):
            var body: [String: JSONValue] = ["request": "update"]
            if !add.isEmpty { body["subscribe"] = Self.streams(add) }
            if !remove.isEmpty { body["unsubscribe"] = .array(remove.map { ["sub_mid": .string($0.mid)] }) }
            message(.subscribe(add), on: .subscriber, .object(body), at: now)
        }
    }

    /// The answer that it waits for is on its way, and the offer comes at once after it.
    private static let promisePatience = Duration.seconds(5)

    private static let mostPictureLines = 12

    private static func streams(_ keys: [Subscription.Key]) -> JSONValue {
        .array(keys.map { ["feed": $0.feed.json, "mid": .string($0.mid)] })
    }

    mutating func subscriberEvent(
        _ data: JSONValue, _ jsep: JanusMessage.Description?, purpose: Transactions.Purpose?, at now: Instant
    ) {
        if let purpose, case .command(let id) = purpose { commandSucceeded(id) }
        switch data["videoroom"]?.stringValue {
        case "attached", "updated":
            if data["videoroom"]?.stringValue == "attached" { subscription.attached() }
            let offer = jsep.flatMap { $0.type == "offer" && $0.sdp.utf8.count <= 256 * 1024 ? $0.sdp : nil }
            if offer != nil { isOfferDoubtful = false }
            let next = subscription.updated(data["streams"], offer: offer)
            tellSubscribed()
            if let next { emit(.answerSubscriberOffer(sdp: next)) }
            subscribe(at: now)
        case "updating":
            // It waits for our answer to an offer before. If that was lost, it would wait for ever.
            if isOfferDoubtful {
                return subscriberBroke("an offer of Janus was lost with the link", detach: true, at: now)
            }
            subscription.postponed()
            promiseDue = now + Self.promisePatience
        case "event" where purpose == .restart:
            guard let jsep, jsep.type == "offer", jsep.sdp.utf8.count <= 256 * 1024 else {
                return subscriberBroke("the server restarts no ICE", detach: true, at: now)
            }
            if let next = subscription.updated(nil, offer: jsep.sdp) { emit(.answerSubscriberOffer(sdp: next)) }
        case "event" where data["started"]?.stringValue == "ok":
            // Only the answer to our "start" counts; "started" also ends a pause, which this client never asks for.
            guard purpose == .start else { return }
            if let offer = subscription.started() { emit(.answerSubscriberOffer(sdp: offer)) }
            subscribe(at: now)
        default: break
        }
    }

    /// What each line is, by the publishers' own words.
    mutating func tellSubscribed() {
        let tracks = subscription.lines.compactMap { line -> SubscribedTrack? in
            let id = line.key.feed.participant
            let stream = publishers[id]?.streams.first { $0.mid == line.key.mid }
            guard let stream else { return nil }
            return SubscribedTrack(
                mid: line.mid, participant: id, kind: stream.kind, displayName: line.name, isCopy: line.isCopy)
        }
        guard tracks != subscribedTracks else { return }
        subscribedTracks = tracks
        emit(.subscribed(tracks))
    }

    mutating func startSubscriber(sdp: String, at now: Instant) {
        guard case .answering = subscription.step, subscriberHandle != nil else { return }
        subscription.answered()
        message(.start, on: .subscriber, ["request": "start"], jsep: ("answer", sdp), at: now)
        subscriberMayTrickle = true
        flushCandidates(.subscriber, at: now)
    }

    /// A new handle and a new connection, at once the first time and later with a pause; the meeting goes on meanwhile.
    mutating func subscriberBroke(_ detail: String, detach: Bool, at now: Instant) {
        guard phase == .settling || phase == .joined, resubscribeAt == nil else { return }
        emit(.note("the connection on which the others are received broke: \(detail)"))
        // What the old handle still owes will not come, or concerns nobody.
        for purpose in transactions.abandon(handle: subscriberHandle) {
            if case .command(let id) = purpose { commandFailed(id, .unreachable) }
        }
        if detach, let subscriberHandle {
            request(.detach(subscriberHandle), "detach", handle: subscriberHandle, at: now)
        }
        subscriberHandle = nil
        isAttachingSubscriber = false
        subscriberMayTrickle = false
        candidates[.subscriber] = nil
        subscription.reset()
        isOfferDoubtful = false
        let isFirst = subscriberBrokeAt.map { now - $0 > .seconds(30) } ?? true
        subscriberBrokeAt = now
        resubscribeAt = now + repairWait(isFirst: isFirst)
        emit(.closeSubscriber)
        tellSubscribed()
    }
}

import Base
import JSON
import Meeting

// From the open socket to "in, with media", and the publisher's connection.
extension JanusSession {
    static let plugin: JSONValue = "janus.plugin.videoroom"
    /// A publisher connection that breaks more often than this before it has been up for `steady` is given up.
    private static let republishLimit = 3
    private static let steady = Duration.seconds(30)
    private static let longestSDP = 256 * 1024

    mutating func begin(at now: Instant) {
        guard phase == .idle else { return }
        phase = .creatingSession
        request(.createSession, "create", at: now)
    }

    /// A request of the way in was answered.
    mutating func advance(
        _ purpose: Transactions.Purpose, id: Int64?, plugin: JSONValue?, jsep: JanusMessage.Description?,
        at now: Instant
    ) {
        switch (purpose, phase) {
        case (.createSession, .creatingSession):
            guard let id else { return fail(.rejectedByService, "Janus's answer to \"create\" has no session id") }
            sessionID = id
            phase = .attaching
            // Before the join, so that nobody ever sees the room twice.
            for former in formerSessions { endSession(former) }
            formerSessions = []
            request(.attachPublisher, "attach", ["plugin": Self.plugin], at: now)
        case (.attachPublisher, .attaching):
            guard let id else { return fail(.rejectedByService, "Janus's answer to \"attach\" has no handle id") }
            publisherHandle = id
            switch configuration.room {
            case .existing: join(at: now)
            case .create: createRoom(at: now)
            }
        case (.createRoom, .creatingRoom):
            if let made = JanusID(plugin?["room"]) { roomID = made }
            join(at: now)
        case (.join, .joining):
            entered(plugin ?? .null, at: now)
        case (.checkSecret, .settling), (.checkSecret, .joined):
            isHost = true
            isHostKnown = true
            settle(at: now)
        case (.publish, .settling), (.publish, .joined):
            answered(jsep, at: now)
        case (.claim, .joined): claimed(at: now)
        case (.census, .joined): counted(plugin, at: now)
        case (.attachSubscriber, .settling), (.attachSubscriber, .joined):
            guard let id, id != publisherHandle else {
                return subscriberBroke("Janus gave no handle of its own", detach: false, at: now)
            }
            subscriberHandle = id
            subscribe(at: now)
        default:
            emit(.note("ignored: an answer to \(purpose.word) that nobody waits for"))
        }
    }

    mutating func createRoom(at now: Instant) {
        guard case .create(let settings) = configuration.room else { return }
        phase = .creatingRoom
        message(.createRoom, settings.request(room: roomID), at: now)
    }

    mutating func join(at now: Instant) {
        phase = .joining
        var body: [String: JSONValue] = [
            "request": "join", "ptype": "publisher", "room": roomID.json, "display": .string(configuration.displayName),
        ]
        if let pin = configuration.pin { body["pin"] = .string(pin) }
        if let token = configuration.token { body["token"] = .string(token) }
        message(.join, .object(body), at: now)
    }

    private mutating func entered(_ data: JSONValue, at now: Instant) {
        guard data["videoroom"]?.stringValue == "joined", let id = JanusID(data["id"]) else {
            return fail(.rejectedByService, "expected \"joined\" with our id, but got \(data.text.prefix(200))")
        }
        phase = .settling
        selfID = id
        ids[id.participant] = id
        title = RoomPublisher.name(data["description"])
        privateID = data["private_id"]?.integerValue
        _ = roster.join(id.participant, name: configuration.displayName, isSelf: true)
        for attendee in (data["attendees"]?.arrayValue ?? []).prefix(Roster.limit) { arrived(attendee) }
        listed(data["publishers"], at: now)
        if let secret = configuration.roomSecret {
            // Reads nothing that matters and needs the secret: the one harmless way to learn whether it is right.
            isHostKnown = false
            let body: JSONValue = ["request": "listforwarders", "room": roomID.json, "secret": .string(secret)]
            message(.checkSecret, body, at: now)
        }
        if configuration.publishes {
            publishing = .offering
            emit(.makePublisherOffer)
        }
        settle(at: now)
    }

    // MARK: - Publishing

    mutating func publish(sdp: String, tracks: [LocalTrack], at now: Instant) {
        guard phase == .settling || phase == .joined else { return }
        switch publishing {
        case .offering:
            serverIsUp = false
            clientIsUp = false
        case .up, .connecting: break
        case .none, .negotiating, .down: return
        }
        let isNew = publishing == .offering
        self.tracks = tracks
        if isNew { publishing = .negotiating }
        var body: [String: JSONValue] = [
            "request": .string(isNew ? "publish" : "configure"), "descriptions": .array(tracks.map(Self.label)),
        ]
        if isNew, let codec = configuration.videoCodec, tracks.contains(where: { $0.kind != .audio }) {
            switch codecWish {
            case .open, .uttered:
                codecWish = .uttered(offer: sdp)
                body["videocodec"] = .string(codec)
            case .hangingUp, .refused: break
            }
        }
        message(.publish, .object(body), jsep: ("offer", sdp), at: now)
        flushCandidates(.publisher, at: now)
    }

    static func label(_ track: LocalTrack) -> JSONValue {
        ["mid": .string(track.mid), "description": .string(TrackLabel.text(track.kind, open: track.isOpen))]
    }

    private mutating func answered(_ jsep: JanusMessage.Description?, at now: Instant) {
        guard let jsep, jsep.type == "answer", jsep.sdp.utf8.count <= Self.longestSDP else {
            return fail(.rejectedByService, "expected an SDP answer to our offer, but got \(jsep?.type ?? "none")")
        }
        if publishing == .negotiating { publishing = .connecting }
        emit(.applyPublisherAnswer(sdp: jsep.sdp))
        settle(at: now)
    }

    mutating func publishFailed(_ failure: JanusFailure, at now: Instant) {
        // 434: the server has not noticed yet that the old connection is gone.
        if failure.code == 434, phase == .joined {
            message(.housekeeping, ["request": "unpublish"], at: now)
            return publisherBroke("\(failure)", tellServer: false, at: now)
        }
        // 430: the room's list lacks the codec. Without a wish Janus takes the first of its list that we offer.
        if failure.code == 430, publishing == .negotiating, case .uttered(let offer) = codecWish, let publisherHandle {
            emit(.note("the room has no \(configuration.videoCodec ?? "such codec"): \(failure)"))
            codecWish = .hangingUp(offer: offer, until: now + Self.hangupPatience)
            // It has made a connection of the refused offer, and takes no second one beside it.
            request(.housekeeping, "hangup", handle: publisherHandle, at: now)
            publishing = .offering
            return
        }
        fail(failure.meaning(in: .publish), "\(failure)")
    }

    /// How long Janus may take to say that it has hung up.
    private static let hangupPatience = Duration.seconds(3)

    /// Leaves the choice of the codec to the room.
    mutating func offerAgain(at now: Instant) {
        guard case .hangingUp(let offer, _) = codecWish else { return }
        codecWish = .refused
        publish(sdp: offer, tracks: tracks, at: now)
    }

    /// Completes the way in, or a repaired connection, once both ends say that media can flow.
    mutating func settle(at now: Instant) {
        if serverIsUp, clientIsUp, publishing == .connecting {
            publishing = .up(since: now)
            if case .uttered = codecWish { codecWish = .open }
            refreshSelf()
        }
        guard phase == .settling, isHostKnown else { return }
        switch publishing {
        case .none, .up: break
        case .offering, .negotiating, .connecting, .down: return
        }
        enterRoster()
        subscribe(at: now)
    }

    private mutating func enterRoster() {
        guard let selfID else { return }
        if isHost { _ = roster.setHost(selfID.participant) }
        refreshSelf()
        phase = .joined
        let isFirst = former == nil
        emit(
            .joined(
                JoinedRoom(
                    room: roomID, selfID: selfID.participant, title: title, isHost: isHost,
                    isSecretRefused: isSecretRefused, isFirst: isFirst,
                    capabilities: capabilities)))
        emit(.event(.joined(first: isFirst)))
        // Told as the difference to what was known before; on a first join that is everybody.
        var told = former ?? Roster()
        former = nil
        unwanted = unwanted.filter { roster[$0.key] != nil }
        blocks.keep { roster[$0] != nil }
        let wasHost = formerSelf.flatMap { told[$0] }?.role == .host
        let wereBlocked = formerSelf.flatMap { told[$0] }.map(Self.blockedKinds(of:)) ?? []
        var events = told.retain(Set(roster.participants.keys))
        for participant in roster.participants.values.sorted(by: {
            ($0.isSelf ? 0 : 1, $0.id) < ($1.isSelf ? 0 : 1, $1.id)
        }) {
            let id = participant.id
            events += told.join(id, name: participant.name, isSelf: participant.isSelf, role: participant.role)
            events += told.publish(
                id, roster.tracks(of: id), microphone: participant.microphone, camera: participant.camera)
            events += told.update(id) { $0 = participant }
        }
        if !isFirst, isHost != wasHost {
            events.append(.hostChanged(former: wasHost ? formerSelf : nil, host: isHost ? selfID.participant : nil))
        }
        // A block ends with the session that it held back. One that was put up again is a new one, told as such.
        for kind in TrackKind.allCases where blockedKinds.contains(kind) || wereBlocked.contains(kind) {
            events.append(.moderated(kind, blocked: blockedKinds.contains(kind)))
        }
        emit(events)
    }

    private static func blockedKinds(of participant: Participant) -> Set<TrackKind> {
        var kinds: Set<TrackKind> = []
        if participant.microphone == .blocked { kinds.insert(.audio) }
        if participant.camera == .blocked { kinds.insert(.video) }
        return kinds
    }

    /// Our own entry, from what we send and what a host lets through.
    mutating func refreshSelf() {
        guard let selfID else { return }
        func state(_ kind: TrackKind) -> MediaState {
            guard tracks.contains(where: { $0.kind == kind }) else { return .off }
            if blockedKinds.contains(kind) { return .blocked }
            return tracks.contains { $0.kind == kind && $0.isOpen } ? .on : .off
        }
        var kinds: Set<TrackKind> = []
        if case .up = publishing { kinds = Set(tracks.filter(\.isOpen).map(\.kind)) }
        emit(roster.publish(selfID.participant, kinds, microphone: state(.audio), camera: state(.video)))
    }

    mutating func hungUp(_ sender: Int64?, _ reason: String, at now: Instant) {
        guard phase != .leaving, let sender else { return }
        if sender == publisherHandle, case .hangingUp = codecWish {
            offerAgain(at: now)
        } else if sender == subscriberHandle {
            subscriberBroke("Janus hung up: \(reason)", detach: true, at: now)
        } else if sender == publisherHandle {
            publisherBroke("Janus hung up: \(reason)", tellServer: false, at: now)
        }
    }

    /// A joined room repairs its connection a few times by itself; on the way in it is a failure.
    ///
    /// - Parameter duringOffer: what broke may be a new connection whose offer is still being made. A hang-up by the
    ///   server then means the one before it.
    mutating func publisherBroke(_ detail: String, tellServer: Bool, duringOffer: Bool = false, at now: Instant) {
        // A server that lets us go closes our connection too.
        guard phase == .settling || phase == .joined else { return }
        switch publishing {
        case .none, .down: return
        case .offering: guard duringOffer else { return }
        case .up(let since):
            if now - since >= Self.steady { republishes = 0 }
        case .negotiating, .connecting: break
        }
        guard phase == .joined, republishes < Self.republishLimit else {
            return fail(.unreachable, "no media connection to the server: \(detail)")
        }
        republishes += 1
        emit(.note("our media connection broke: \(detail)"))
        if tellServer, let publisherHandle { request(.housekeeping, "hangup", handle: publisherHandle, at: now) }
        // An answer to the old connection's offer may never come, and must not meet the next connection.
        transactions.abandon(.publish)
        serverIsUp = false
        clientIsUp = false
        candidates[.publisher] = nil
        publishing = .down(retryAt: now + repairWait(isFirst: republishes == 1, serverTidiesUp: tellServer))
        emit(.closePublisher)
        let freed = blockedKinds
        blockedKinds = []
        emit(TrackKind.allCases.filter(freed.contains).map { .moderated($0, blocked: false) })
        refreshSelf()
    }

    /// At once the first time; a moment later when the server still has to close what was there.
    mutating func repairWait(isFirst: Bool, serverTidiesUp: Bool = false) -> Duration {
        if isFirst { return serverTidiesUp ? .milliseconds(200) : .zero }
        return .milliseconds(750 + Int64(transactions.randomBits() % 500))
    }

    // MARK: - Candidates

    mutating func trickle(_ peer: JanusPeer, _ candidate: String?, mid: String?, at now: Instant) {
        let json: JSONValue
        if let candidate {
            json = ["candidate": .string(candidate), "sdpMid": .string(mid ?? "0"), "sdpMLineIndex": 0]
        } else {
            json = ["completed": true]
        }
        // Janus wants the description first.
        guard mayTrickle(peer) else {
            if candidates[peer, default: []].count < 64 { candidates[peer, default: []].append(json) }
            return
        }
        send(json, peer, at: now)
    }

    mutating func flushCandidates(_ peer: JanusPeer, at now: Instant) {
        for json in candidates.removeValue(forKey: peer) ?? [] { send(json, peer, at: now) }
    }

    func mayTrickle(_ peer: JanusPeer) -> Bool {
        guard link == .up else { return false }
        return switch peer {
        case .publisher:
            switch publishing {
            case .negotiating, .connecting, .up: true
            case .none, .offering, .down: false
            }
        case .subscriber: subscriberMayTrickle
        }
    }

    private mutating func send(_ candidate: JSONValue, _ peer: JanusPeer, at now: Instant) {
        guard let handle = peer == .publisher ? publisherHandle : subscriberHandle else { return }
        request(.housekeeping, "trickle", handle: handle, ["candidate": candidate], at: now)
    }
}

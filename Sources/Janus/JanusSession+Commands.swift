import Base
import JSON
import Meeting

/// A command may need several requests; it is done when the last is answered, with the first error if there was one.
struct CommandProgress: Sendable {
    var waiting: Int
    var error: MeetingError?
    /// Told once it is done.
    var event: MeetingEvent?
    /// The end of the meeting is this command's success.
    var endsMeeting = false
}

extension JanusSession {
    /// What this room can do here.
    var capabilities: Capabilities {
        var capabilities = Capabilities()
        capabilities.muteParticipant = isHost
        capabilities.muteAll = isHost
        capabilities.remove = isHost
        capabilities.end = isHost
        capabilities.record = isHost
        return capabilities
    }

    mutating func perform(_ command: JanusCommand, _ id: JanusCommandID, at now: Instant) {
        guard phase == .joined else { return emit(.completed(id, phase == .leaving ? .notInMeeting : .joining)) }
        guard link == .up else { return performUnlinked(command, id) }
        guard commands.count < 64 else { return emit(.completed(id, .limitExceeded)) }
        commands[id] = CommandProgress(waiting: 0)
        switch command {
        case .setOpen(let kind, let open): setOpen(kind, open, id, at: now)
        case .renegotiate:
            if case .up = publishing { emit(.makePublisherOffer) }
        case .rename(let name):
            plugin(["request": "configure", "display": .string(name)], id, at: now)
            if let selfID { emit(roster.update(selfID.participant) { $0.name = name }) }
        case .subscribe(let participant, let kinds):
            guard roster[participant] != nil else { return commandFailed(id, .unknownParticipant, refusing: true) }
            unwanted[participant]?.subtract(kinds)
            subscribe(at: now)
        case .unsubscribe(let participant, let kinds):
            guard roster[participant] != nil else { return commandFailed(id, .unknownParticipant, refusing: true) }
            unwanted[participant, default: []].formUnion(kinds)
            subscribe(at: now)
        case .quality(let participant, let layer): setQuality(participant, layer: layer, id, at: now)
        case .moderate, .moderateAll, .kick, .record, .edit, .destroyRoom:
            guard isHost, let secret = configuration.roomSecret else {
                return commandFailed(id, .notHost, refusing: true)
            }
            host(command, secret, id, at: now)
        }
        if commands[id]?.waiting == 0 { complete(id) }
    }

    private mutating func host(_ command: JanusCommand, _ secret: String, _ id: JanusCommandID, at now: Instant) {
        switch command {
        case .moderate(let participant, let kind, let blocked):
            guard roster[participant] != nil else { return commandFailed(id, .unknownParticipant, refusing: true) }
            blocks.set(participant, kind, blocked: blocked)
            if let publisher = publishers[participant] { moderate(publisher, kind, blocked: blocked, id, at: now) }
        case .moderateAll(let kind, let blocked, let allowsSelfUnmute):
            blocks.setForAll(kind, blocked: blocked, selfUnmute: allowsSelfUnmute)
            for publisher in publishers.values {
                if blocked {
                    holdBackForAll(publisher, kind, id, at: now)
                } else {
                    moderate(publisher, kind, blocked: false, id, at: now)
                }
            }
        case .kick(let participant):
            guard let target = ids[participant], roster[participant] != nil else {
                return commandFailed(id, .unknownParticipant, refusing: true)
            }
            plugin(withSecret(["request": "kick", "id": target.json], secret), id, at: now)
        case .record(let on):
            commands[id]?.event = on ? .recordingStarted : .recordingStopped(reason: "host", files: [])
            plugin(withSecret(["request": "enable_recording", "record": .bool(on)], secret), id, at: now)
        case .edit(let changes):
            plugin(changes.request(room: roomID, secret: secret), id, at: now)
        case .destroyRoom:
            commands[id]?.endsMeeting = true
            plugin(withSecret(["request": "destroy", "permanent": false], secret), id, at: now)
        case .setOpen, .renegotiate, .rename, .subscribe, .unsubscribe, .quality: break
        }
    }

    /// As a mute-all does it: where people may unmute themselves, only what is open, and until it is closed.
    mutating func holdBackForAll(
        _ publisher: RoomPublisher, _ kind: TrackKind, _ id: JanusCommandID? = nil, at now: Instant
    ) {
        let participant = publisher.id.participant
        guard blocks.selfUnmute.contains(kind), !blocks.isBlockedByHand(participant, kind) else {
            return moderate(publisher, kind, blocked: true, id, at: now)
        }
        let streams = publisher.streams.filter { $0.kind == kind && !$0.isDisabled }
        // Who has closed it already, but is held back from before, is freed below.
        guard streams.contains(where: { !$0.isClosed || $0.isModerated }) else { return }
        blocks.holdUntilClosed(participant, kind)
        var open = publisher
        open.streams = streams.filter { !$0.isClosed }
        moderate(open, kind, blocked: true, id, at: now)
        liftWhatIsClosed(publisher, id, at: now)
    }

    /// Lifts what a mute-all held back only until it would be closed. It counts as held back until the server says that
    /// it is lifted; a session that is lost meanwhile leaves it to the next.
    mutating func liftWhatIsClosed(_ publisher: RoomPublisher, _ id: JanusCommandID? = nil, at now: Instant) {
        let participant = publisher.id.participant
        for kind in TrackKind.allCases where blocks.isHeldUntilClosed(participant, kind) {
            let streams = publisher.streams.filter { $0.kind == kind && !$0.isDisabled }
            // Not before the server has said that it holds it back: the order of the two is not known.
            guard streams.allSatisfy(\.isClosed) else { continue }
            var held = publisher
            held.streams = streams.filter {
                $0.isModerated && lifting.insert(.init(participant: participant, mid: $0.mid)).inserted
            }
            moderate(held, kind, blocked: false, id, at: now)
        }
    }

    /// Blocks or frees all of a publisher's streams of one kind.
    mutating func moderate(
        _ publisher: RoomPublisher, _ kind: TrackKind, blocked: Bool, _ id: JanusCommandID? = nil, at now: Instant
    ) {
        for stream in publisher.streams where stream.kind == kind && stream.isModerated != blocked {
            moderate(publisher, stream, blocked: blocked, id, at: now)
        }
    }

    /// In its turn: a word about everybody is a request for each of a crowd.
    private mutating func moderate(
        _ publisher: RoomPublisher, _ stream: RoomPublisher.Stream, blocked: Bool, _ id: JanusCommandID?,
        at now: Instant
    ) {
        guard configuration.roomSecret != nil else { return }
        let moderation = ModerationQueue.Moderation(publisher: publisher.id, mid: stream.mid, blocked: blocked, id: id)
        guard moderations.append(moderation) else {
            if let id { commandFailed(id, .limitExceeded, refusing: true) }
            return emit(.note("too many moderations wait for Janus"))
        }
        if let id { commands[id]?.waiting += 1 }
        sendModerations(at: now)
    }

    /// Somebody sends no more: what waits for its turn would come to nothing, or to what is sent later under the same
    /// name. Whom it was about cannot be heard or seen, so for whoever waits for it it is done.
    mutating func dropModerations(of publisher: JanusID) {
        for case let id? in moderations.take(of: publisher).map(\.id) { commandSucceeded(id) }
    }

    /// Sends what waits, as far as the server keeps up with answering.
    mutating func sendModerations(at now: Instant) {
        while phase == .joined || phase == .settling, link == .up, !transactions.isBusy, let next = moderations.next() {
            guard let secret = configuration.roomSecret else { return }
            let body: [String: JSONValue] = [
                "request": "moderate", "id": next.publisher.json, "mid": .string(next.mid), "mute": .bool(next.blocked),
            ]
            message(next.purpose, withSecret(body, secret), at: now)
        }
    }

    /// The server forgets what is held back when its owner sends anew, and events of that may have been lost.
    mutating func sayBlocksAgain(at now: Instant) {
        guard isHost else { return }
        for (participant, publisher) in publishers.sorted(by: { $0.key < $1.key }) {
            for stream in publisher.streams where stream.isModerated && !stream.isDisabled {
                let isOurs =
                    blocks.forAll.contains(stream.kind) && !blocks.selfUnmute.contains(stream.kind)
                    || blocks.isBlockedByHand(participant, stream.kind)
                    || blocks.isHeldUntilClosed(participant, stream.kind)
                if isOurs { moderate(publisher, stream, blocked: true, nil, at: now) }
            }
        }
    }

    private func withSecret(_ body: [String: JSONValue], _ secret: String) -> JSONValue {
        .object(body.merging(["room": roomID.json, "secret": .string(secret)]) { _, new in new })
    }

    /// The others are told by the stream's description (see `TrackLabel`).
    private mutating func setOpen(_ kind: TrackKind, _ open: Bool, _ id: JanusCommandID, at now: Instant) {
        var labels: [JSONValue] = []
        for index in tracks.indices where tracks[index].kind == kind && tracks[index].isOpen != open {
            tracks[index].isOpen = open
            labels.append(Self.label(tracks[index]))
        }
        guard !labels.isEmpty else { return }
        refreshSelf()
        switch publishing {
        case .negotiating, .connecting, .up:
            plugin(["request": "configure", "descriptions": .array(labels)], id, at: now)
        case .none, .offering, .down: break
        }
    }

    /// What concerns only ourselves is told later; the rest would come too late.
    private mutating func performUnlinked(_ command: JanusCommand, _ id: JanusCommandID) {
        guard case .setOpen(let kind, let open) = command else { return emit(.completed(id, .unreachable)) }
        for index in tracks.indices where tracks[index].kind == kind { tracks[index].isOpen = open }
        labelsDue = true
        refreshSelf()
        emit(.completed(id, nil))
    }

    /// Tells the others what was opened and closed meanwhile.
    mutating func tellLabels(at now: Instant) {
        guard labelsDue, case .up = publishing else { return }
        labelsDue = false
        message(.housekeeping, ["request": "configure", "descriptions": .array(tracks.map(Self.label))], at: now)
    }

    private mutating func setQuality(_ participant: ParticipantID, layer: Int, _ id: JanusCommandID, at now: Instant) {
        guard roster[participant] != nil else { return commandFailed(id, .unknownParticipant, refusing: true) }
        let mids = subscribedTracks.filter { $0.participant == participant && $0.kind == .video }.map(\.mid)
        guard !mids.isEmpty else { return }
        let streams = mids.map {
            JSONValue.object(["mid": .string($0), "substream": .integer(Int64(min(2, max(0, layer))))])
        }
        plugin(["request": "configure", "streams": .array(streams)], id, on: .subscriber, at: now)
    }

    private mutating func plugin(
        _ body: JSONValue, _ id: JanusCommandID?, on peer: JanusPeer = .publisher, at now: Instant
    ) {
        if let id { commands[id]?.waiting += 1 }
        message(id.map { .command($0) } ?? .housekeeping, on: peer, body, at: now)
    }

    mutating func commandSucceeded(_ id: JanusCommandID) {
        commands[id]?.waiting -= 1
        if commands[id]?.waiting == 0 { complete(id) }
    }

    /// - Parameter refusing: before anything was sent.
    mutating func commandFailed(_ id: JanusCommandID, _ error: MeetingError, refusing: Bool = false) {
        guard var progress = commands[id] else { return }
        progress.error = progress.error ?? error
        if !refusing { progress.waiting -= 1 }
        commands[id] = progress
        if progress.waiting == 0 { complete(id) }
    }

    private mutating func complete(_ id: JanusCommandID) {
        guard let progress = commands.removeValue(forKey: id) else { return }
        if progress.error == nil, let event = progress.event { emit([event]) }
        emit(.completed(id, progress.error))
    }

    mutating func abandonCommands(_ error: MeetingError, ended: Bool = false) {
        for (id, progress) in commands.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            emit(.completed(id, ended && progress.endsMeeting ? nil : error))
        }
        commands.removeAll()
    }
}

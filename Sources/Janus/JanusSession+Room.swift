import Base
import JSON
import Meeting

// What the room tells its members.
extension JanusSession {
    /// An event of the plugin on the publisher's handle. One event may hold several of these.
    mutating func roomEvent(_ data: JSONValue, at now: Instant) {
        guard phase == .settling || phase == .joined || phase == .leaving else { return }
        switch data["videoroom"]?.stringValue {
        case "event": break
        case "talking": return talks(data, true, at: now)
        case "stopped-talking": return talks(data, false, at: now)
        case "destroyed": return finish(.ended)
        case "slow_link": return emit(.slowLink(.publisher, uplink: true, lost: 0))
        default: return
        }
        if data["leaving"]?.stringValue == "ok" {
            // Our own leave, or a kick.
            if data["reason"]?.stringValue == "kicked" { finish(.removed) }
            return
        }
        if data["publishers"] != nil { listed(data["publishers"], at: now) }
        for word in ["joining", "unpublished", "leaving", "kicked"] {
            if let id = JanusID(data[word]) ?? JanusID(data[word]?["id"]) { census.tell(id.participant) }
        }
        if let joining = data["joining"] { arrived(joining) }
        if let id = JanusID(data["unpublished"]), data["unpublished"]?.stringValue != "ok" { unpublished(id, at: now) }
        if let id = JanusID(data["leaving"]) { departed(id, .left, at: now) }
        if let id = JanusID(data["kicked"]) { departed(id, .removed, at: now) }
        if let moderation = data["moderation"]?.stringValue, let id = JanusID(data["id"]) {
            moderated(id, mid: data["mid"]?.stringValue, blocked: moderation == "muted", at: now)
        } else if let id = JanusID(data["id"]), let name = RoomPublisher.name(data["display"]) {
            emit(roster.update(id.participant) { $0.name = name })
        }
    }

    /// Somebody is there who does not send.
    mutating func arrived(_ json: JSONValue) {
        guard let id = JanusID(json["id"]), !isOurselves(id) else { return }
        // Some places are kept for those who have something to say.
        guard roster[id.participant] != nil || roster.participants.count < Self.silentLimit else { return overflowed() }
        ids[id.participant] = id
        emit(roster.join(id.participant, name: RoomPublisher.name(json["display"])))
        forgetUnlisted()
    }

    /// Of those listed, who only watch.
    static let silentLimit = Roster.limit - Subscription.limit

    /// Nobody more can be listed.
    var isFull: Bool { roster.participants.count >= Roster.limit }

    private mutating func overflowed() {
        if !census.isCrowded { emit(.note("more people are in the room than are listed")) }
        census.isCrowded = true
    }

    /// Who sends, and what: newcomers, and changes of those that are known.
    mutating func listed(_ json: JSONValue?, at now: Instant) {
        for entry in (json?.arrayValue ?? []).prefix(Roster.limit) {
            guard var publisher = RoomPublisher(entry), !isOurselves(publisher.id) else { continue }
            let id = publisher.id.participant
            let old = publishers[id]
            for index in publisher.streams.indices {
                let stream = publisher.streams[index]
                let wasModerated = old?.streams.contains { $0.mid == stream.mid && $0.isModerated } ?? false
                // The server keeps it for the next session too, and does not say so of audio.
                let wasBlocked = old == nil && formerState(stream.kind, of: id) == .blocked
                if wasModerated || wasBlocked { publisher.streams[index].isModerated = true }
            }
            census.tell(id)
            emit(roster.join(id, name: publisher.name))
            guard roster[id] != nil else {
                overflowed()
                continue
            }
            ids[id] = publisher.id
            publishers[id] = publisher
            // A change of labels alone does not renew refused wishes.
            if old.map({ $0.streams.map(\.mid) }) != publisher.streams.map(\.mid) { subscription.retry(publisher.id) }
            tell(publisher)
            if let talks = publisher.isTalking, talks { emit(roster.update(id) { $0.isSpeaking = true }) }
            for kind in blocks.forAll { holdBack(kind, of: publisher, before: old, at: now) }
            liftWhatIsClosed(publisher, at: now)
        }
        forgetUnlisted()
        tellSubscribed()
        subscribe(at: now)
    }

    /// A mute-all holds for everything that came after it, but not for what a host freed since by hand.
    private mutating func holdBack(
        _ kind: TrackKind, of publisher: RoomPublisher, before old: RoomPublisher?, at now: Instant
    ) {
        var added = publisher
        if let old {
            added.streams.removeAll { stream in old.streams.contains { $0.mid == stream.mid && $0.kind == kind } }
        } else if let state = formerState(kind, of: publisher.id.participant) {
            // On a return everybody is new to this session; who was heard or seen before had been freed, and who may
            // open by themselves is held back only while the former session did so.
            if state == .on { return }
            if blocks.selfUnmute.contains(kind), !blocks.isHeldUntilClosed(publisher.id.participant, kind) { return }
        }
        holdBackForAll(added, kind, at: now)
    }

    /// What somebody's stream was to the session before this one; nil without one, or when they were not there.
    private func formerState(_ kind: TrackKind, of participant: ParticipantID) -> MediaState? {
        // Who sent nothing of the kind is as new as if they had come now.
        guard formerlySent[participant]?.contains(kind) == true else { return nil }
        return former?[participant].map { known in
            switch kind {
            case .audio: known.microphone
            case .video: known.camera
            case .screen: known.isSharing ? .on : .off
            }
        }
    }

    private mutating func tell(_ publisher: RoomPublisher, reason: UnpublishReason = .participant) {
        emit(
            roster.publish(
                publisher.id.participant, publisher.kinds, microphone: publisher.state(.audio),
                camera: publisher.state(.video),
                reason: reason))
    }

    mutating func unpublished(_ id: JanusID, at now: Instant) {
        guard publishers.removeValue(forKey: id.participant) != nil else { return }
        emit(roster.publish(id.participant, [], microphone: .off, camera: .off))
        dropModerations(of: id)
        // The server forgets its blocks with the streams.
        for kind in TrackKind.allCases { blocks.lifted(id.participant, kind) }
        lifting = lifting.filter { $0.participant != id.participant }
        tellSubscribed()
        subscribe(at: now)
    }

    mutating func departed(_ id: JanusID, _ reason: LeaveReason, at now: Instant) {
        if id == selfID {
            if reason == .removed { finish(.removed) }
            return
        }
        let participant = id.participant
        publishers[participant] = nil
        ids[participant] = nil
        dropModerations(of: id)
        unwanted[participant] = nil
        for kind in TrackKind.allCases { blocks.lifted(participant, kind) }
        lifting = lifting.filter { $0.participant != participant }
        emit(roster.leave(participant, reason))
        if roster.participants.count < Self.silentLimit { census.hasRoom(at: now) }
        tellSubscribed()
        subscribe(at: now)
    }

    private mutating func talks(_ data: JSONValue, _ talks: Bool, at now: Instant) {
        guard let id = JanusID(data["id"])?.participant, roster[id] != nil else { return }
        emit(roster.update(id) { $0.isSpeaking = talks })
        if phase == .joined { emit(.talking(id, talks)) }
    }

    private mutating func moderated(_ id: JanusID, mid: String?, blocked: Bool, at now: Instant) {
        if id == selfID {
            guard let kind = tracks.first(where: { $0.mid == mid })?.kind else { return }
            let changed = blocked ? blockedKinds.insert(kind).inserted : blockedKinds.remove(kind) != nil
            guard changed else { return }
            emit([.moderated(kind, blocked: blocked)])
            return refreshSelf()
        }
        guard var publisher = publishers[id.participant] else { return }
        for index in publisher.streams.indices where publisher.streams[index].mid == mid {
            publisher.streams[index].isModerated = blocked
            if !blocked { freed(publisher.streams[index], of: publisher, at: now) }
        }
        publishers[id.participant] = publisher
        tell(publisher, reason: .host)
        liftWhatIsClosed(publisher, at: now)
    }

    private mutating func freed(_ stream: RoomPublisher.Stream, of publisher: RoomPublisher, at now: Instant) {
        let participant = publisher.id.participant
        let wasOurs = lifting.remove(.init(participant: participant, mid: stream.mid)) != nil
        // A stricter word came while the lift was on its way.
        if wasOurs, blocks.forAll.contains(stream.kind), !blocks.selfUnmute.contains(stream.kind) {
            return moderate(publisher, stream.kind, blocked: true, at: now)
        }
        blocks.lifted(participant, stream.kind)
    }

    /// Ourselves, also as a ghost of a session before this one that the server has not given up yet.
    func isOurselves(_ id: JanusID) -> Bool {
        id == selfID || formerSelves[id.participant].map(isRecent) ?? false
    }

    /// Ids are kept for those in the roster only, which is bounded.
    private mutating func forgetUnlisted() {
        guard ids.count > Roster.limit else { return }
        ids = ids.filter { roster[$0.key] != nil }
    }
}

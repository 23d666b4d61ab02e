import Base
import Janus
import Logging
import Media
import Signaling

// What happens between the first silence and the loss of the session: the lower steps of the ladder. The silent WebSocket
// speaks again, or another claims the session; the media come back by themselves, or ICE starts anew, or the connections
// are made anew. The last step, to join again, is the conference's.
extension JanusService {
    private static let rhythm = Duration.milliseconds(250)
    private static let quickRhythm = Duration.milliseconds(50)
    /// What a replaced WebSocket may still bring, comes by then.
    private static let replacedPatience = Duration.seconds(10)

    /// Begins to look after the way. Once, when the room is in.
    func watch() {
        tasks.append(
            Task { [weak self] in
                while let wait = await self?.untilNextLook, (try? await Task.sleep(for: wait)) != nil {
                    await self?.look()
                }
            })
    }

    private var untilNextLook: Duration? {
        if isOver { return nil }
        guard case .standing = way, !pathWatch.isInDoubt(at: MonotonicClock.now) else { return Self.quickRhythm }
        return Self.rhythm
    }

    private func look() async {
        let media = await peers.heardAt
        guard !isOver, session.isJoined, let socket else { return }
        let now = MonotonicClock.now
        let signs = PathWatch.Signs(socket: socket.heardAt, media: media)
        switch way {
        case .standing:
            if pathWatch.note(signs, at: now) { refreshPictures() }
            if pathWatch.isSilent(signs, at: now) { interrupt("nothing is heard from the server any more") }
        case .interrupted(let since, _, _):
            if signs.socket > since {
                stopReturning()
                handle(.linkAlive)
            }
        case .claiming:
            if pathWatch.isSilent(signs, at: now) { interrupt("nothing is heard from the server again") }
        case .mending:
            if now - signs.socket >= .seconds(3) { return interrupt("nothing is heard from the server again") }
            await mend(media, at: now)
        }
    }

    // MARK: - The WebSocket

    private func interrupt(_ why: String) {
        logger.notice("no way to the meeting's server", metadata: ["reason": "\(why)"])
        if case .standing = way { output.yield(.interrupted) }
        stopReturning()
        handle(.linkLost)
        guard !isOver else { return }
        let attempts = SocketReturn(settings.url, settings.socket)
        // The end comes with that of the silent WebSocket at the latest.
        let task = Task { [weak self] in
            guard case .success(let socket) = await attempts.connect(patience: .seconds(3600)) else { return }
            guard let self else { return socket.abandon() }
            await self.replace(with: socket)
        }
        way = .interrupted(since: MonotonicClock.now, attempts, task)
    }

    func stopReturning() {
        if case .interrupted(_, _, let task) = way { task.cancel() }
    }

    private func replace(with new: WebSocketClient) {
        guard !isOver, case .interrupted = way else { return new.abandon() }
        if let socket { replaced.append(socket) }
        read(new)
        way = .claiming
        handle(.linkReplaced)
    }

    /// The session says that it is known on the link.
    func linked() {
        logger.notice("the meeting's server is there again")
        stopReturning()
        way = .mending(Mending(lively: Set(JanusPeer.both.filter(pathWatch.isLively)), at: MonotonicClock.now))
        guard !replaced.isEmpty else { return }
        let old = replaced
        replaced = []
        // Those of before are closed at once.
        retiring?.cancel()
        retiring = Task {
            _ = try? await Task.sleep(for: Self.replacedPatience)
            for socket in old { socket.abandon() }
        }
    }

    // MARK: - The media

    private func mend(_ media: [JanusPeer: Instant], at now: Instant) async {
        guard case .mending(let present) = way else { return }
        let uprooted = present.isWaiting ? await peers.uprooted : []
        guard !isOver, case .mending(var mending) = way else { return }
        var conditions: [JanusPeer: Mending.Condition] = [:]
        for peer in JanusPeer.both {
            conditions[peer] = Mending.Condition(
                heardAt: media[peer], use: session.use(of: peer), isBroken: broken.contains(peer),
                isUprooted: uprooted.contains(peer))
        }
        let actions = mending.look(conditions, at: now)
        way = .mending(mending)
        for action in actions {
            switch action {
            case .restart(let peer):
                logger.notice("the way of the media begins anew", metadata: ["peer": "\(peer)"])
                handle(.restart(peer))
            case .remake(let peer):
                logger.notice("a media connection is made anew", metadata: ["peer": "\(peer)"])
                handle(.peerFailed(peer))
            case .giveUp: handle(.disconnected)
            }
        }
        if mending.isDone, !isOver { mended(media) }
    }

    private func mended(_ media: [JanusPeer: Instant]) {
        way = .standing
        pathWatch.resume(media)
        // What is not used needs no mending.
        for peer in JanusPeer.both where session.use(of: peer) == .unused { broken.remove(peer) }
        refreshPictures()
        output.yield(.resumed)
    }

    /// A connection failed for good.
    /// - Returns: whether that waits until there is a way again.
    func isKeptForLater(_ peer: JanusPeer) -> Bool {
        guard session.isJoined else { return false }
        switch way {
        case .interrupted, .claiming: break
        case .mending(var mending):
            switch mending.step(of: peer) {
            case .waiting: break
            case .restarted, .remade: return false
            case nil:
                // It was well, and is missed again.
                mending.restart(peer, at: MonotonicClock.now)
                way = .mending(mending)
                return false
            }
        case .standing: return false
        }
        broken.insert(peer)
        return true
    }

    /// Only its media have gone: the rest stands.
    func disconnected(_ peer: JanusPeer) {
        guard session.isJoined else { return }
        broken.insert(peer)
        switch way {
        case .interrupted, .claiming: return
        case .standing: way = .mending(Mending(restarting: peer, at: MonotonicClock.now))
        case .mending(var mending):
            guard mending.step(of: peer) == nil else { return }
            mending.restart(peer, at: MonotonicClock.now)
            way = .mending(mending)
            handle(.restart(peer))
            return
        }
        logger.notice("nothing is heard on a media connection any more", metadata: ["peer": "\(peer)"])
        output.yield(.interrupted)
        handle(.restart(peer))
    }

    /// The machine has got or lost addresses.
    func lookAtAddresses() async {
        guard session.isJoined, !isOver else { return }
        if case .interrupted(_, let attempts, _) = way { attempts.hurry() }
        let uprooted = await peers.uprooted
        guard !isOver, session.isJoined else { return }
        // A relay may have been reached from an address that is gone, and other pairs may take over.
        guard !uprooted.isEmpty else { return await peers.removeLostSockets() }
        switch way {
        case .standing, .claiming: interrupt("the address is gone")
        // What mends looks at the addresses by itself.
        case .interrupted, .mending: break
        }
    }
}

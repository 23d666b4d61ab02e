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
    /// Media that are going to come by themselves are there by then.
    private static let mediaPatience = Duration.milliseconds(600)
    private static let restartPatience = Duration.seconds(3)
    private static let remakePatience = Duration.seconds(8)
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
        if case .standing = way { return Self.rhythm }
        return Self.quickRhythm
    }

    private func look() async {
        let media = await peers.heardAt
        guard !isOver, session.isJoined, let socket else { return }
        let now = MonotonicClock.now
        let signs = PathWatch.Signs(socket: socket.heardAt, media: media)
        switch way {
        case .standing:
            if PathWatch.isSilent(signs, at: now) { interrupt("nothing is heard from the server any more") }
        case .interrupted(let since, _, _):
            if signs.socket > since {
                stopReturning()
                handle(.linkAlive)
            }
        case .claiming:
            if PathWatch.isSilent(signs, at: now) { interrupt("nothing is heard from the server again") }
        case .mending(let mending):
            if now - signs.socket >= .seconds(3) { return interrupt("nothing is heard from the server again") }
            await mend(mending, media: media, at: now)
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
        way = .mending(Way.Mending(step: .waiting(since: MonotonicClock.now)))
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

    private func mend(_ mending: Way.Mending, media: Instant?, at now: Instant) async {
        let isHeard = media.map { $0 > mending.since } ?? false
        if isHeard, broken.isEmpty { return mended() }
        let elapsed = now - mending.since
        switch mending.step {
        case .waiting:
            let isStanding = await peers.isStanding
            guard !isOver, case .mending = way else { return }
            // Who neither sends nor receives waits for nothing.
            if media == nil, isStanding, broken.isEmpty { return mended() }
            guard !isStanding || !broken.isEmpty || elapsed >= Self.mediaPatience else { return }
            logger.notice("the way of the media begins anew")
            way = .mending(Way.Mending(step: .restarted(at: now)))
            broken = []
            handle(.restart(.publisher))
            handle(.restart(.subscriber))
        case .restarted:
            guard elapsed >= Self.restartPatience else { return }
            logger.notice("the media connections are made anew")
            way = .mending(Way.Mending(step: .remade(at: now)))
            broken = []
            handle(.peerFailed(.publisher))
            handle(.peerFailed(.subscriber))
        case .remade:
            if elapsed >= Self.remakePatience { handle(.disconnected) }
        }
    }

    private func mended() {
        way = .standing
        output.yield(.resumed)
    }

    /// - Returns: whether a broken connection waits until there is a way again.
    func isKeptForLater(_ peer: JanusPeer) -> Bool {
        guard session.isJoined else { return false }
        switch way {
        case .interrupted, .claiming: break
        case .mending(let mending): guard case .waiting = mending.step else { return false }
        case .standing: return false
        }
        broken.insert(peer)
        return true
    }

    /// Only its media have gone: the rest stands.
    func disconnected(_ peer: JanusPeer) {
        guard case .standing = way, session.isJoined else { return }
        logger.notice("nothing is heard on a media connection any more", metadata: ["peer": "\(peer)"])
        broken.insert(peer)
        way = .mending(Way.Mending(step: .restarted(at: MonotonicClock.now)))
        output.yield(.interrupted)
        handle(.restart(peer))
    }

    /// The machine has got or lost addresses.
    func lookAtAddresses() async {
        guard session.isJoined, !isOver else { return }
        if case .interrupted(_, let attempts, _) = way { attempts.hurry() }
        let isStanding = await peers.isStanding
        guard !isStanding, !isOver, session.isJoined else { return }
        switch way {
        case .standing, .claiming: interrupt("the address is gone")
        // What mends looks at the addresses by itself.
        case .interrupted, .mending: break
        }
    }
}

import Base
import Janus
import Logging
import Media
import Meeting
import Signaling

/// Plain Janus: drives the session machine with a WebSocket, two media connections and a timer.
actor JanusService: ConferenceService {
    struct Settings: Sendable {
        var session: JanusConfiguration
        var url: String
        var socket: WebSocketOptions
        var media: LocalMedia
        var timeout: Duration
        var former: FormerStay?
        var relays: RelayOptions
        var seed: UInt64
    }

    /// Returns when a join has taken too long; tests decide for themselves when that is.
    typealias Patience = @Sendable (Duration) async throws -> Void

    /// For a return: attempts to connect are begun for so long, and the whole of it may take so long.
    static let returnPatience = Duration.seconds(6)
    static let returnTimeout = Duration.seconds(12)

    private enum PeerJob: Sendable {
        case makeOffer
        case makeRestartOffer
        case applyAnswer(String)
        case answerOffer(String)
        case candidate(JanusPeer, String?, mid: String?)
        case receive([SubscribedTrack])
        case close(JanusPeer)
        case refreshPictures
    }

    nonisolated let outputs: AsyncStream<ServiceOutput>

    let output: AsyncStream<ServiceOutput>.Continuation
    let settings: Settings
    private let patience: Patience
    let logger: Logger
    private let jobs: AsyncStream<PeerJob>.Continuation
    private let pendingJobs: AsyncStream<PeerJob>
    private let reports: AsyncStream<PeerEvent>
    var session: JanusSession
    private var media: LocalMedia
    let peers: any MediaPeers
    var socket: WebSocketClient?
    /// How socket and media stand once the room is in.
    var way = Way.standing
    /// Sockets that others have taken the place of; what they still bring counts.
    var replaced: [WebSocketClient] = []
    /// Closes them a while later.
    var retiring: Task<Void, Never>?
    /// How often something is heard.
    var pathWatch = PathWatch()
    /// Connections that were told as disconnected or failed, or are made anew, and were not told as connected since.
    var broken: Set<JanusPeer> = []
    /// Looks for the server on a return.
    private var returning: SocketReturn?
    private var joining: CheckedContinuation<Result<ServiceRoom, JoinFailure>, Never>?
    private var outcome: Result<ServiceRoom, JoinFailure>?
    /// What lies behind the input that the session is just given, should it end the join.
    private var cause: (reason: MeetingError, words: String)?
    private var waiting: [JanusCommandID: CheckedContinuation<MeetingError?, Never>] = [:]
    private var leaving: [CheckedContinuation<Void, Never>] = []
    private var lastCommand: UInt64 = 0
    private var timer: (at: Instant, task: Task<Void, Never>)?
    private var joinTimer: Task<Void, Never>?
    var tasks: [Task<Void, Never>] = []
    var copies = CopyControl()
    private var notes = RateLimit(20, each: .seconds(10))
    /// Nothing is done any more.
    private(set) var isOver = false
    /// And nothing is left.
    private var isClosed = false

    init(
        _ settings: Settings, makePeers: MediaPeersFactory, logger: Logger,
        patience: @escaping Patience = { try await Task.sleep(for: $0) }
    ) {
        self.settings = settings
        self.patience = patience
        self.logger = logger
        media = settings.media
        session = JanusSession(settings.session, former: settings.former, random: SeededRandom(seed: settings.seed))
        (outputs, output) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(8192))
        (pendingJobs, jobs) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1024))
        let (reports, report) = AsyncStream.makeStream(of: PeerEvent.self, bufferingPolicy: .bufferingOldest(1024))
        self.reports = reports
        peers = makePeers { report.yield($0) }
    }

    var remains: FormerStay { session.remains }

    // MARK: - The service's face

    func join() async throws(JoinFailure) -> ServiceRoom {
        let (timeout, patience, reports, pendingJobs) = (settings.timeout, patience, reports, pendingJobs)
        tasks.append(Task { [weak self] in for await event in reports { await self?.heard(event) } })
        tasks.append(Task { [weak self] in for await job in pendingJobs { await self?.work(job) } })
        joinTimer = Task { [weak self] in
            guard (try? await patience(timeout)) != nil else { return }
            await self?.joinTimedOut()
        }
        tasks.append(Task { [weak self] in await self?.connect() })
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if let outcome {
                    continuation.resume(returning: outcome)
                } else {
                    joining = continuation
                }
            }
        } onCancel: {
            Task { await self.cancelJoin() }
        }
        if case .failure = result { await closed() }
        return try result.get()
    }

    func perform(_ command: ServiceCommand) async throws(MeetingError) {
        guard !isOver else { throw .notInMeeting }
        if case .setOpen(let kind, let open) = command { media.set(kind, open: open) }
        lastCommand += 1
        let id = JanusCommandID(rawValue: lastCommand)
        let error = await withCheckedContinuation { continuation in
            waiting[id] = continuation
            handle(.command(command.janus, id))
        }
        if let error { throw error }
    }

    func leave() async {
        if !isOver { handle(.leave) }
        await closed()
    }

    /// Returns when nothing is left.
    private func closed() async {
        guard !isClosed else { return }
        await withCheckedContinuation { leaving.append($0) }
    }

    /// What is in the way of a return is for whoever counts the attempts to tell.
    private var failureLevel: Logger.Level {
        if case .success? = outcome { return .notice }
        return settings.former == nil ? .notice : .debug
    }

    // MARK: - Driving the machine

    private func connect() async {
        switch await openSocket() {
        case .success(let socket):
            guard !isOver else { return await socket.close() }
            read(socket)
            handle(.connected)
        case .failure(let error):
            guard !isOver else { return }
            logger.log(
                level: failureLevel, "no connection to the meeting's server", metadata: ["reason": "\(error)"])
            settle(.failure(JoinFailure(error.meaning, words: error.cause, at: settings.url)))
            end()
        }
    }

    private func openSocket() async -> Result<WebSocketClient, SignalingError> {
        if settings.former != nil {
            let returning = SocketReturn(settings.url, settings.socket)
            self.returning = returning
            return await returning.connect(patience: Self.returnPatience, endsWhenRefused: true)
        }
        do throws(SignalingError) {
            return .success(try await WebSocketClient.connect(to: settings.url, settings.socket))
        } catch {
            return .failure(error)
        }
    }

    /// From now on it is the one that is spoken on.
    func read(_ socket: WebSocketClient) {
        self.socket = socket
        // Ends with its socket.
        Task { [weak self] in
            for await text in socket.messages { await self?.handle(.received(text)) }
            await self?.ended(socket)
        }
    }

    private func ended(_ socket: WebSocketClient) {
        guard !isOver, socket === self.socket else { return }
        let failure = socket.failure
        logger.log(
            level: failureLevel, "the connection to the meeting's server ended",
            metadata: ["reason": "\(failure.map { "\($0)" } ?? "closed")"])
        handle(.disconnected, because: failure.map { ($0.meaning, $0.cause) })
    }

    func handle(_ input: JanusInput) {
        session.handle(input, at: MonotonicClock.now)
        drain()
    }

    /// - Parameter cause: says more than the session can know, should this end the join.
    private func handle(_ input: JanusInput, because cause: (MeetingError, String)?) {
        self.cause = cause
        handle(input)
        self.cause = nil
    }

    private func drain() {
        while let effect = session.pollEffect() { perform(effect) }
        armTimer()
    }

    private func perform(_ effect: JanusEffect) {
        switch effect {
        case .send(let text): socket?.send(text)
        case .makePublisherOffer: jobs.yield(.makeOffer)
        case .restartPublisherOffer: jobs.yield(.makeRestartOffer)
        case .applyPublisherAnswer(let sdp): jobs.yield(.applyAnswer(sdp))
        case .answerSubscriberOffer(let sdp): jobs.yield(.answerOffer(sdp))
        case .remoteCandidate(let peer, let candidate, let mid): jobs.yield(.candidate(peer, candidate, mid: mid))
        case .closePublisher: close(.publisher)
        case .closeSubscriber: close(.subscriber)
        case .subscribed(let tracks): jobs.yield(.receive(tracks))
        case .linked: linked()
        case .joined(let room):
            watch()
            watchLoss()
            settle(
                .success(
                    ServiceRoom(
                        room: room.room.text, selfID: room.selfID, title: room.title, isHost: room.isHost,
                        isSecretRefused: room.isSecretRefused, isFirst: room.isFirst, capabilities: room.capabilities)))
        case .event(let event): output.yield(.event(event))
        case .talking(let id, let talks): output.yield(.talking(id, talks))
        case .slowLink(let peer, let uplink, let lost):
            logger.debug(
                "the server sees losses", metadata: ["peer": "\(peer)", "uplink": "\(uplink)", "lost": "\(lost)"])
        case .completed(let id, let error): waiting.removeValue(forKey: id)?.resume(returning: error)
        case .note(let text):
            // A server can cause one with every message.
            guard let left = notes.take(at: MonotonicClock.now) else { return }
            let more: Logger.Metadata = left > 0 ? ["left-out": "\(left)"] : [:]
            logger.info("janus", metadata: more.merging(["note": "\(text)"]) { _, new in new })
        case .failed(let error, let detail):
            logger.log(
                level: failureLevel, "the meeting's connection failed",
                metadata: ["reason": "\(error.reason)", "detail": "\(detail)"])
            if outcome == nil {
                let (reason, words) = cause ?? (error, detail)
                settle(.failure(JoinFailure(reason, words: words, at: settings.url)))
            } else {
                output.yield(.lost(error))
            }
            end()
        case .closed: end()
        }
    }

    private func close(_ peer: JanusPeer) {
        // The next one of it has to prove itself.
        broken.insert(peer)
        if case .mending(var mending) = way {
            mending.madeAnew(peer, at: MonotonicClock.now)
            way = .mending(mending)
        }
        jobs.yield(.close(peer))
    }

    /// Who sees us goes on with a picture that refers to none that was lost.
    func refreshPictures() {
        jobs.yield(.refreshPictures)
    }

    private func armTimer() {
        let due = isOver ? nil : session.nextDeadline
        guard due != timer?.at else { return }
        timer?.task.cancel()
        guard let due, due != .distantFuture else {
            timer = nil
            return
        }
        timer = (
            due,
            Task { [weak self] in
                let wait = due - MonotonicClock.now
                if wait > .zero { guard (try? await Task.sleep(for: wait)) != nil else { return } }
                await self?.timeout()
            }
        )
    }

    private func timeout() {
        timer = nil
        session.handleTimeout(at: MonotonicClock.now)
        drain()
    }

    // MARK: - Media connections

    /// One after the other, so that an answer never overtakes its offer.
    private func work(_ job: PeerJob) async {
        guard !isOver else { return }
        do {
            switch job {
            case .makeOffer:
                let kinds = media.kinds
                let offer = try await peers.makePublisherOffer(kinds)
                let tracks = zip(offer.mids, kinds).map { mid, kind in
                    LocalTrack(mid: mid, kind: kind, isOpen: media.track(kind) == .open)
                }
                handle(.publisherOffer(sdp: offer.sdp, tracks: tracks))
            case .makeRestartOffer:
                let offer = try await peers.makeRestartOffer()
                handle(.publisherOffer(sdp: offer.sdp, tracks: session.localTracks))
            case .applyAnswer(let sdp): try await peers.applyPublisherAnswer(sdp)
            case .answerOffer(let sdp):
                let answer = try await peers.answerSubscriberOffer(sdp)
                handle(.subscriberAnswer(sdp: answer))
            case .candidate(let peer, let candidate, let mid): await peers.add(candidate, mid: mid, to: peer)
            case .receive(let tracks): await peers.receive(tracks)
            case .close(let peer): await peers.close(peer)
            case .refreshPictures: await peers.refreshPictures()
            }
        } catch {
            logger.warning("a description could not be used", metadata: ["error": "\(error)"])
            let cause = (MeetingError.rejectedByService, "its description cannot be used: \(error)")
            switch job {
            case .makeOffer, .makeRestartOffer: handle(.peerFailed(.publisher))
            case .applyAnswer: handle(.peerFailed(.publisher), because: cause)
            case .answerOffer: handle(.peerFailed(.subscriber), because: cause)
            case .candidate, .receive, .close, .refreshPictures: break
            }
        }
    }

    private func heard(_ event: PeerEvent) {
        switch event {
        case .candidate(let peer, let candidate): handle(.localCandidate(peer, candidate: candidate, mid: nil))
        case .connected(let peer):
            broken.remove(peer)
            if peer == .publisher { handle(.publisherConnected) }
        case .disconnected(let peer): disconnected(peer)
        case .failed(let peer, let why):
            // On the way out it is the server that closes it.
            logger.log(
                level: session.isInRoom ? .notice : .debug, "a media connection failed",
                metadata: ["peer": "\(peer)", "reason": "\(why)"])
            if !isKeptForLater(peer) { handle(.peerFailed(peer), because: (.unreachable, mediaFailure(why))) }
        }
    }

    func networkChanged() async {
        returning?.hurry()
        await lookAtAddresses()
    }

    // MARK: - Ends

    private func settle(_ result: Result<ServiceRoom, JoinFailure>) {
        guard outcome == nil else { return }
        outcome = result
        joinTimer?.cancel()
        joining?.resume(returning: result)
        joining = nil
    }

    private func joinTimedOut() {
        guard outcome == nil else { return }
        // In the room but without media: a firewall, not a silent server.
        logger.log(level: failureLevel, "joining took too long", metadata: ["inRoom": "\(session.isInRoom)"])
        let words =
            session.isInRoom
            ? mediaFailure(
                "it answers, but no sound or picture came through in \(settings.timeout)",
                hint: ": is UDP to it blocked?")
            : "no answer in \(settings.timeout)"
        settle(.failure(JoinFailure(session.isInRoom ? .unreachable : .timeout, words: words, at: settings.url)))
        handle(.leave)
    }

    private func cancelJoin() {
        guard outcome == nil else { return }
        settle(.failure(JoinFailure(.cancelled)))
        handle(.leave)
    }

    private func end() {
        guard !isOver else { return }
        isOver = true
        settle(.failure(JoinFailure(.cancelled)))
        timer?.task.cancel()
        stopReturning()
        for continuation in waiting.values { continuation.resume(returning: .notInMeeting) }
        waiting = [:]
        let (socket, replaced, peers) = (socket, replaced, peers)
        self.replaced = []
        jobs.finish()
        Task {
            await peers.shutDown()
            retiring?.cancel()
            for old in replaced { old.abandon() }
            await socket?.close()
            output.finish()
            isClosed = true
            for continuation in leaving { continuation.resume() }
            leaving = []
            for task in tasks { task.cancel() }
        }
    }
}

extension JoinFailure {
    /// A plain refusal needs the service's words, and a server that cannot be talked to its name and the cause; every other
    /// reason says it better.
    /// - Parameter url: the server's, named where the words do not.
    fileprivate init(_ reason: MeetingError, words: String, at url: String) {
        switch reason {
        case .rejectedByService: self.init(reason, detail: words)
        case .unreachable, .tlsFailed, .timeout:
            let place = (try? WebSocketEndpoint(url)).map { "\($0.host) port \($0.port)" } ?? ""
            self.init(reason, detail: place.isEmpty || words.contains(place) ? words : "\(place): \(words)")
        default: self.init(reason)
        }
    }
}

extension ServiceCommand {
    var janus: JanusCommand {
        switch self {
        case .setOpen(let kind, let open): .setOpen(kind, open)
        case .subscribe(let id, let kinds): .subscribe(id, kinds)
        case .unsubscribe(let id, let kinds): .unsubscribe(id, kinds)
        case .quality(let id, let layer): .quality(id, layer: layer)
        case .block(let id, let kind, let blocked): .moderate(id, kind, blocked: blocked)
        case .blockAll(let kind, let blocked, let selfUnmute):
            .moderateAll(kind, blocked: blocked, selfUnmute: selfUnmute)
        case .remove(let id): .kick(id)
        case .record(let on): .record(on)
        case .end: .destroyRoom
        }
    }
}

extension SignalingError {
    /// What a person is told.
    var meaning: MeetingError {
        switch self {
        case .invalidAddress: .unsupportedAddress
        case .unreachable: .unreachable
        case .tlsFailed: .tlsFailed
        case .refused, .protocolViolation, .tooLarge: isAway ? .unreachable : .rejectedByService
        case .timeout: .unreachable
        case .cancelled: .cancelled
        }
    }
}

import Base
import Digests
import Janus
import Logging
import Media
public import Meeting
import Signaling
import Transport

/// The engine's face: the one meeting the room is in, whatever service it is on.
///
/// Methods return when what they ask for is done, or throw why not; everything that happens besides comes through
/// `events`. After a loss the conference comes back into the meeting by itself (`reconnecting`, `reconnected`), with
/// microphone and camera as they were last.
public actor Conference {
    /// Makes the connection to an address's service; tests put in others.
    typealias MakeService = @Sendable (ServiceRequest) -> any ConferenceService

    /// What a service is made for.
    struct ServiceRequest: Sendable {
        var address: MeetingAddress
        /// Set when the meeting is to be made: its title, nil inside for none.
        var creating: Creation?
        var options: JoinOptions
        var media: LocalMedia
        var former: FormerStay?
    }

    struct Creation: Sendable {
        var title: String?
        var passcode: String?
    }

    struct Session {
        var request: ServiceRequest
        var service: any ConferenceService
        var meeting: JoinedMeeting
        var pump: Task<Void, Never>?
        /// Told as reconnecting, though the service still holds on to what there is.
        var isInterrupted = false
    }

    enum State {
        case idle
        case joining(any ConferenceService)
        case joined(Session)
        case reconnecting(Session, Task<Void, Never>)
        /// The task ends when nothing of the meeting is left.
        case leaving(Task<Void, Never>)
    }

    /// What happens in the meeting. One reader; when it lags by 4096 events the newest are lost.
    public nonisolated let events: AsyncStream<ConferenceEvent>
    /// Where encoded sound and pictures go.
    public nonisolated let sender: ConferenceSender
    /// The media connections there are.
    public nonisolated let connections: ConferenceConnections

    let logger: Logger
    let makeService: MakeService
    let reconnectFor: Duration
    let meter: LevelMeter
    /// Between two attempts to come back.
    var pause: Task<Void, Never>?
    /// The network has changed since the last attempt began.
    var hasNetworkChanged = false
    private var watcher: NetworkWatcher?
    private let event: AsyncStream<ConferenceEvent>.Continuation
    var state = State.idle
    private var stay = StayID(0)
    private var people: [ParticipantID: Participant] = [:]
    private var speakers = SpeakerTracker()
    private var levelTask: Task<Void, Never>?
    private var levelInterval = Duration.zero
    private var sinceReport = Duration.zero
    private var reported: [ParticipantID: AudioLevel] = [:]

    init(
        sender: ConferenceSender, connections: ConferenceConnections = ConferenceConnections(thread: nil),
        meter: LevelMeter, reconnectFor: Duration, logger: Logger,
        makeService: @escaping MakeService
    ) {
        self.sender = sender
        self.connections = connections
        self.meter = meter
        self.reconnectFor = reconnectFor
        self.logger = logger
        self.makeService = makeService
        (events, event) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(4096))
    }

    // MARK: - What is

    /// The meeting the room is in, also while it comes back into it.
    public var meeting: JoinedMeeting? { session?.meeting }

    /// What may be asked for now; nothing outside a meeting.
    public var capabilities: Capabilities { session?.meeting.capabilities ?? Capabilities() }

    /// Everybody, in a fixed order.
    public var participants: [Participant] { people.values.sorted { $0.id < $1.id } }

    public var activeSpeaker: ParticipantID? { speakers.active }

    var session: Session? {
        switch state {
        case .joined(let session), .reconnecting(let session, _): session
        case .idle, .joining, .leaving: nil
        }
    }

    // MARK: - In

    /// Joins a meeting. Returns once the others can see and hear the room, if it has a camera and a microphone.
    public func join(
        _ address: MeetingAddress, _ options: JoinOptions, media: LocalMedia
    ) async throws(JoinFailure) -> JoinedMeeting {
        guard address.room != nil else { throw JoinFailure(.unsupportedAddress) }
        return try await enter(ServiceRequest(address: address, options: options, media: media))
    }

    /// Makes a meeting at a service and joins it as its host.
    public func start(
        at service: MeetingAddress, title: String?, passcode: String?, _ options: JoinOptions, media: LocalMedia
    ) async throws(JoinFailure) -> JoinedMeeting {
        let creation = Creation(title: title, passcode: passcode)
        var options = options
        // Without a configured secret the meeting still needs one that nobody else knows, and the room needs it again
        // to come back as the host.
        options.hostSecret = options.hostSecret ?? Self.freshSecret()
        return try await enter(ServiceRequest(address: service, creating: creation, options: options, media: media))
    }

    private static func freshSecret() -> String {
        SecureRandom.bytes(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private func enter(_ request: ServiceRequest) async throws(JoinFailure) -> JoinedMeeting {
        // A meeting that ended by itself is told at once and takes a moment to be closed.
        while case .leaving(let task) = state { await task.value }
        switch state {
        case .idle, .leaving: break
        case .joining: throw JoinFailure(.joining)
        case .joined, .reconnecting: throw JoinFailure(.alreadyInMeeting)
        }
        stay = StayID(stay.number + 1)
        let service = makeService(request)
        state = .joining(service)
        do throws(JoinFailure) {
            let room = try await service.join()
            // Somebody may have left meanwhile.
            guard case .joining(let present) = state, present === service else {
                await service.leave()
                throw JoinFailure(.cancelled)
            }
            let meeting = JoinedMeeting(request, room, stay)
            var session = Session(request: request, service: service, meeting: meeting)
            // To come back later, also into a meeting that was made now.
            session.request.address = meeting.address
            session.request.creating = nil
            session.pump = pump(service)
            state = .joined(session)
            startLevels()
            return meeting
        } catch {
            if case .joining(let present) = state, present === service { state = .idle }
            throw error
        }
    }

    // MARK: - Out

    /// Leaves, or gives up joining. When it returns, the others know and nothing is sent or received any more.
    public func leave() async {
        switch state {
        case .idle: return
        case .joining(let service): depart(from: service, after: nil)
        // `left` is among the last events.
        case .joined(let session): depart(from: session.service, after: session.pump)
        case .reconnecting(let session, let task):
            task.cancel()
            depart(from: session.service, after: task, telling: .left(.left))
        case .leaving: break
        }
        // Whoever asks, and however often: out is who sends and receives nothing any more.
        if case .leaving(let task) = state { await task.value }
    }

    /// - Parameter work: what has to end before the conference is free for the next meeting.
    private func depart(
        from service: any ConferenceService, after work: Task<Void, Never>?, telling event: MeetingEvent? = nil
    ) {
        state = .leaving(
            Task {
                await service.leave()
                await work?.value
                if let event { tell(event) }
                reset()
            })
    }

    /// Ends the meeting for everybody, and leaves.
    public func end() async throws(MeetingError) {
        try await perform(.end)
        await leave()
    }

    // MARK: - In the meeting

    /// Shows the others whether the microphone is open. That silence is sent meanwhile is the audio thread's work.
    public func setMicrophonePublished(_ open: Bool) async throws(MeetingError) {
        try await setOpen(.audio, open)
    }

    /// Shows the others whether the camera is on. That nothing is sent meanwhile is the encode thread's work.
    public func setCameraPublished(_ open: Bool) async throws(MeetingError) {
        try await setOpen(.video, open)
    }

    private func setOpen(_ kind: TrackKind, _ open: Bool) async throws(MeetingError) {
        switch state {
        case .joined(var session):
            session.request.media.set(kind, open: open)
            state = .joined(session)
        case .reconnecting(var session, let task):
            // Told on the return.
            session.request.media.set(kind, open: open)
            state = .reconnecting(session, task)
            return
        case .joining, .idle, .leaving: break
        }
        try await perform(.setOpen(kind, open))
    }

    /// Everybody is received anyway; this takes back an `unsubscribe`.
    public func subscribe(_ id: ParticipantID, _ kinds: Set<TrackKind>) async throws(MeetingError) {
        try await perform(.subscribe(id, kinds))
    }

    public func unsubscribe(_ id: ParticipantID, _ kinds: Set<TrackKind>) async throws(MeetingError) {
        try await perform(.unsubscribe(id, kinds))
    }

    /// Which simulcast layer of somebody's picture is received: 0 (smallest) to 2.
    public func setQuality(_ id: ParticipantID, layer: Int) async throws(MeetingError) {
        try await perform(.quality(id, layer: layer))
    }

    // MARK: - As host

    /// Holds back somebody's microphone, camera or screen at the SFU, or frees it; it stays closed until its owner opens it.
    public func mute(_ id: ParticipantID, _ kind: TrackKind, blocked: Bool) async throws(MeetingError) {
        try await perform(.block(id, kind, blocked))
    }

    /// Holds back all microphones but the room's own, also those that come later.
    /// - Parameter selfUnmute: only those that are open, and only until their owners have closed them: who follows may
    ///   open theirs again. Who does not follow stays held back until the host lifts it.
    public func muteAll(blocked: Bool = true, selfUnmute: Bool = false) async throws(MeetingError) {
        try await perform(.blockAll(.audio, blocked, selfUnmute: selfUnmute))
    }

    public func remove(_ id: ParticipantID) async throws(MeetingError) {
        try await perform(.remove(id))
    }

    /// Recording at the service.
    public func setRecording(_ on: Bool) async throws(MeetingError) {
        try await perform(.record(on))
    }

    private func perform(_ command: ServiceCommand) async throws(MeetingError) {
        switch state {
        case .joined(let session): try await session.service.perform(command)
        case .joining: throw .joining
        case .reconnecting: throw .unreachable
        case .idle, .leaving: throw .notInMeeting
        }
    }

    // MARK: - Levels

    /// Reports everybody's level as `audioLevels` this often; at least 100 ms, or zero for never.
    public func reportLevels(every interval: Duration) {
        levelInterval = interval <= .zero ? .zero : max(interval, .milliseconds(100))
    }

    /// Our own level, for the report and the mark; from any thread.
    public nonisolated func heardSelf(_ id: ParticipantID, decibels: Double, voice: Bool) {
        meter.heard(id, decibels: decibels, voice: voice)
    }

    private func startLevels() {
        levelTask?.cancel()
        levelTask = Task { [weak self] in
            while (try? await Task.sleep(for: .milliseconds(100))) != nil { await self?.tick() }
        }
    }

    private func tick() {
        let levels = meter.take().filter { people[$0.key] != nil }
        // What was heard last before a loss is not heard any more.
        guard case .joined = state else { return }
        apply(speakers.update(levels, own: meeting?.selfID, at: MonotonicClock.now))
        guard levelInterval > .zero else { return }
        reported.merge(levels) { $0.decibels >= $1.decibels ? $0 : $1 }
        sinceReport += .milliseconds(100)
        guard sinceReport >= levelInterval else { return }
        sinceReport = .zero
        if !reported.isEmpty { tell(.audioLevels(reported)) }
        reported = [:]
    }

    /// Nobody is heard any more.
    func silence() {
        apply(speakers.silence())
        reported = [:]
    }

    private func apply(_ changes: SpeakerTracker.Changes) {
        for (id, speaks) in changes.speaking.sorted(by: { $0.key < $1.key }) {
            guard var participant = people[id], participant.isSpeaking != speaks else { continue }
            participant.isSpeaking = speaks
            people[id] = participant
            tell(.participantUpdated(participant))
        }
        if let active = changes.active { tell(.activeSpeaker(active)) }
    }

    // MARK: - What the service tells

    /// Follows the machine's addresses; a change is a reason to look at once whether the meeting still stands.
    func watchNetwork() {
        let (changes, change) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        do {
            watcher = try NetworkWatcher { _ in change.yield() }
        } catch {
            // Silence tells the same, some seconds later.
            logger.warning("changes of the network are not noticed at once", metadata: ["error": "\(error)"])
        }
        Task { [weak self] in
            for await _ in changes { await self?.networkChanged() }
        }
    }

    func pump(_ service: any ConferenceService) -> Task<Void, Never> {
        Task { [weak self] in
            for await output in service.outputs { await self?.handle(output, from: service) }
        }
    }

    private func handle(_ output: ServiceOutput, from service: any ConferenceService) async {
        switch output {
        case .event(let event): handle(event)
        case .interrupted:
            guard case .joined(var session) = state, session.service === service else { return }
            session.isInterrupted = true
            state = .joined(session)
            silence()
            tell(.reconnecting)
        case .resumed:
            guard case .joined(var session) = state, session.service === service else { return }
            session.isInterrupted = false
            state = .joined(session)
            tell(.reconnected)
        case .talking(let id, let talks):
            apply(speakers.talking(id, talks, own: meeting?.selfID, at: MonotonicClock.now))
        case .lost(let error):
            await reconnect(service, after: error)
        }
    }

    private func handle(_ event: MeetingEvent) {
        switch event {
        case .participantJoined(var participant):
            participant.isSpeaking = false
            people[participant.id] = participant
            tell(.participantJoined(participant))
        case .participantUpdated(var participant):
            // Levels know better and sooner than the service who speaks.
            participant.isSpeaking = speakers.isSpeaking(participant.id) && participant.microphone == .on
            guard people[participant.id] != participant else { return }
            people[participant.id] = participant
            tell(.participantUpdated(participant))
        case .participantLeft(let id, _):
            people[id] = nil
            apply(speakers.remove(id, at: MonotonicClock.now))
            tell(event)
        case .trackUnpublished(let id, .audio, _):
            apply(speakers.remove(id, at: MonotonicClock.now))
            tell(event)
        case .left:
            tell(event)
            // The service ended it and closes what there was; a leave of our own waits for that by itself.
            if case .joined(let session) = state { depart(from: session.service, after: session.pump) }
        default: tell(event)
        }
    }

    func tell(_ event: MeetingEvent) {
        self.event.yield(ConferenceEvent(stay: stay, event: event))
    }

    func reset() {
        state = .idle
        people = [:]
        speakers = SpeakerTracker()
        reported = [:]
        levelTask?.cancel()
        levelTask = nil
    }
}

extension JoinedMeeting {
    init(_ request: Conference.ServiceRequest, _ room: ServiceRoom, _ stay: StayID) {
        let asked = request.address
        self.init(
            stay: stay,
            address: MeetingAddress(
                scheme: asked.scheme, host: asked.host, port: asked.port, path: asked.path, room: room.room,
                passcode: request.creating?.passcode ?? request.options.passcode ?? asked.passcode),
            selfID: room.selfID, role: room.isHost ? .host : .participant,
            isSecretRefused: room.isSecretRefused, title: room.title, first: room.isFirst,
            capabilities: room.capabilities)
    }
}

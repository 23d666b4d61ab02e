import Base
import Conferencing
import ConfigurationFile
import Logging
import Meeting
import Room
import Synchronization

/// Carries out on the conference what the room's policy decided, and reports back.
///
/// Joins and leaves are done one after the other. A leave stops the join before it, wherever that is, and what a join
/// nevertheless entered is left again before anything else is done: no room is in a meeting that nobody knows of.
final class MeetingDriver: Sendable {
    private let conference: any MeetingEngine
    private let services: [RoomConfiguration.Service]
    private let hasMicrophone: Bool
    private let hasCamera: Bool
    private let relays: Relays?
    private let logger: Logger
    private let post: @Sendable (RoomInput) -> Void
    private let state = Mutex(State())
    private let turns = SerialTasks()
    /// What is said about microphone and camera goes out in the order in which it was decided.
    private let marks = SerialTasks()

    /// What comes before the policy knows that it has joined is kept back until then.
    private static let earlyEventLimit = 4096

    private struct State: Sendable {
        /// The last join asked for, unless a leave has taken it back.
        var wanted: MeetingGeneration?
        /// The join under way.
        var entering: Task<Result<JoinedMeeting, JoinFailure>, Never>?
        /// The meeting the room is in, by both names: the policy's and the conference's.
        var present: (generation: MeetingGeneration, id: StayID)?
        var early: [ConferenceEvent] = []
    }

    init(
        conference: any MeetingEngine, services: [RoomConfiguration.Service], hasMicrophone: Bool, hasCamera: Bool,
        relays: Relays? = nil, logger: Logger, post: @escaping @Sendable (RoomInput) -> Void
    ) {
        self.conference = conference
        self.services = services
        self.hasMicrophone = hasMicrophone
        self.hasCamera = hasCamera
        self.relays = relays
        self.logger = logger
        self.post = post
    }

    /// Takes one event of the conference.
    func take(_ event: ConferenceEvent) {
        state.withLock { state in
            if let present = state.present {
                if present.id == event.stay { post(.meeting(present.generation, event.event)) }
            } else if state.entering != nil, state.early.count < Self.earlyEventLimit {
                state.early.append(event)
            }
        }
    }

    // MARK: - In

    func join(_ generation: MeetingGeneration, _ request: JoinRequest) {
        state.withLock { $0.wanted = generation }
        let media = LocalMedia(
            microphone: hasMicrophone ? (request.microphone ? .open : .closed) : .none,
            camera: hasCamera ? (request.camera ? .open : .closed) : .none)
        turns.run { [self] in await performJoin(generation, request, media) }
    }

    private func performJoin(_ generation: MeetingGeneration, _ request: JoinRequest, _ media: LocalMedia) async {
        let task: Task<Result<JoinedMeeting, JoinFailure>, Never>? = state.withLock { state in
            guard state.wanted == generation else { return nil }
            let task = Task { await enter(request, media) }
            state.entering = task
            return task
        }
        switch await task?.value ?? .failure(JoinFailure(.cancelled)) {
        case .success(let meeting):
            guard tellJoined(generation, meeting) else {
                await conference.leave()
                return tellFailed(generation, JoinFailure(.cancelled))
            }
        case .failure(let failure): tellFailed(generation, failure)
        }
    }

    /// - Returns: false when a leave has come meanwhile; nothing is told then.
    private func tellJoined(_ generation: MeetingGeneration, _ meeting: JoinedMeeting) -> Bool {
        state.withLock { state in
            guard state.wanted == generation else { return false }
            state.entering = nil
            state.present = (generation, meeting.stay)
            post(
                .joined(
                    generation,
                    JoinReport(
                        selfID: meeting.selfID, role: meeting.role, isSecretRefused: meeting.isSecretRefused,
                        title: meeting.title, isFirst: meeting.first, capabilities: meeting.capabilities,
                        url: meeting.address.description)))
            for event in state.early where event.stay == meeting.stay { post(.meeting(generation, event.event)) }
            state.early = []
            return true
        }
    }

    private func tellFailed(_ generation: MeetingGeneration, _ failure: JoinFailure) {
        state.withLock { state in
            state.entering = nil
            state.early = []
            if state.wanted == generation { state.wanted = nil }
        }
        var told: Logger.Metadata = ["reason": "\(failure.reason.reason)"]
        if let detail = failure.detail { told["detail"] = "\(detail)" }
        logger.notice("could not join", metadata: told)
        post(.joinFailed(generation, failure.reason, detail: failure.detail))
    }

    // The work of tasks stands in methods of its own: `do throws` around an `await` inside a task's closure has made
    // release builds of Swift 6.3.1 forget what the closure captured (see `CalendarReader`).

    private func enter(_ request: JoinRequest, _ media: LocalMedia) async -> Result<JoinedMeeting, JoinFailure> {
        do throws(JoinFailure) {
            switch request.target {
            case .address(let address):
                logger.info("joining", metadata: ["meeting": "\(address)"])
                return .success(try await conference.join(address, try options(request, at: address), media: media))
            case .new(let service, let title):
                logger.info("starting a meeting", metadata: ["service": "\(service)"])
                return .success(
                    try await conference.start(
                        at: service, title: title, passcode: request.passcode, try options(request, at: service),
                        media: media))
            }
        } catch {
            return .failure(error)
        }
    }

    /// Who the room is at this service, with the secrets of its configuration.
    private func options(_ request: JoinRequest, at address: MeetingAddress) throws(JoinFailure) -> JoinOptions {
        let service = services.first { service in
            (try? MeetingAddress(service.url))?.isSameService(as: address) == true
        }
        let relays = relays?.options(for: service) ?? RelayOptions()
        guard let service else {
            return JoinOptions(displayName: request.displayName, passcode: request.passcode, relays: relays)
        }
        let secrets = ServiceSecrets(service)
        tell(secrets.problems)
        guard secrets.api.problem == nil else {
            throw JoinFailure(.invalidToken, detail: "the file of api_secret_file cannot be read")
        }
        // Without the host's secret the room can still be in the meeting, which is what matters most.
        return JoinOptions(
            displayName: request.displayName, passcode: request.passcode, apiSecret: secrets.api.text,
            hostSecret: secrets.host.text, caFile: service.caFile, relays: relays)
    }

    /// Says at once, not only when a meeting is due, which secrets cannot be read.
    func checkSecrets() {
        for service in services { tell(ServiceSecrets(service).problems) }
        relays?.checkFiles()
    }

    private func tell(_ problems: [(code: String, text: String?)]) {
        for (code, text) in problems {
            if let text { logger.error("\(text)") }
            post(.problem(code: code, text: text))
        }
    }

    // MARK: - Out

    /// Leaves that stay and no other, or stops the join to it.
    func leave(_ generation: MeetingGeneration) {
        state.withLock { state in
            guard state.wanted == generation else { return }
            state.wanted = nil
            state.entering?.cancel()
        }
        turns.run { [self] in await performLeave(generation) }
    }

    private func performLeave(_ generation: MeetingGeneration) async {
        let isPresent = state.withLock { state in
            defer { if state.present?.generation == generation { state.present = nil } }
            return state.present?.generation == generation
        }
        if isPresent { await conference.leave() }
        post(.left(generation))
    }

    // MARK: - In the meeting

    func operate(_ id: CommandID, _ operation: Room.Operation) {
        Task { await perform(id, operation) }
    }

    private func perform(_ id: CommandID, _ operation: Room.Operation) async {
        do throws(MeetingError) {
            switch operation {
            case .mute(let participant, let isBlocked):
                try await conference.mute(participant, .audio, blocked: isBlocked)
            case .muteAll(let selfUnmute): try await conference.muteAll(blocked: true, selfUnmute: selfUnmute)
            case .remove(let participant): try await conference.remove(participant)
            case .setRecording(let isOn): try await conference.setRecording(isOn)
            case .end: try await conference.end()
            }
            // Janus keeps the names of a recording's files to itself.
            post(.operationDone(id, .success([])))
        } catch {
            post(.operationDone(id, .failure(error)))
        }
    }

    /// Tells the others what the microphone does.
    func markMicrophone(isOpen: Bool) {
        mark("microphone") { conference throws(MeetingError) in try await conference.setMicrophonePublished(isOpen) }
    }

    /// Tells the others what the camera does.
    func markCamera(isOpen: Bool) {
        mark("camera") { conference throws(MeetingError) in try await conference.setCameraPublished(isOpen) }
    }

    private func mark(
        _ what: String, _ body: @escaping @Sendable (any MeetingEngine) async throws(MeetingError) -> Void
    ) {
        marks.run { [self] in await perform(what, body) }
    }

    private func perform(_ what: String, _ body: (any MeetingEngine) async throws(MeetingError) -> Void) async {
        do throws(MeetingError) {
            try await body(conference)
        } catch .notInMeeting {
            // Between meetings there is nobody to tell.
        } catch {
            logger.warning(
                "the others could not be told what the \(what) does", metadata: ["reason": "\(error.reason)"])
        }
    }

    func reportLevels(every interval: Duration) {
        let conference = conference
        Task { await conference.reportLevels(every: interval) }
    }
}

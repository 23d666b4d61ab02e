import Base
import Conferencing
import ConfigurationFile
import Logging
import Meeting
import Room
import Synchronization

/// Carries out on the conference what the room's policy decided, and reports back.
final class MeetingDriver: Sendable {
    private let conference: Conference
    private let services: [RoomConfiguration.Service]
    private let hasMicrophone: Bool
    private let hasCamera: Bool
    private let logger: Logger
    private let post: @Sendable (RoomInput) -> Void
    private let stay = Mutex(Stay())
    /// What is said about microphone and camera goes out in the order in which it was decided.
    private let marks = SerialTasks()

    /// Which stay in a meeting the conference's events belong to. Those that come before the policy knows that it has
    /// joined are kept back until then.
    private struct Stay: Sendable {
        var generation: MeetingGeneration?
        var isJoined = false
        var early: [MeetingEvent] = []
    }

    init(
        conference: Conference, services: [RoomConfiguration.Service], hasMicrophone: Bool, hasCamera: Bool,
        logger: Logger, post: @escaping @Sendable (RoomInput) -> Void
    ) {
        self.conference = conference
        self.services = services
        self.hasMicrophone = hasMicrophone
        self.hasCamera = hasCamera
        self.logger = logger
        self.post = post
    }

    /// Takes one event of the conference.
    func take(_ event: MeetingEvent) {
        stay.withLock { stay in
            guard let generation = stay.generation else { return }
            if stay.isJoined {
                post(.meeting(generation, event))
            } else if stay.early.count < 4096 {
                stay.early.append(event)
            }
        }
    }

    private func tellJoined(_ generation: MeetingGeneration, _ report: JoinReport) {
        stay.withLock { stay in
            guard stay.generation == generation else { return }
            post(.joined(generation, report))
            for event in stay.early { post(.meeting(generation, event)) }
            stay.early = []
            stay.isJoined = true
        }
    }

    func join(_ generation: MeetingGeneration, _ request: JoinRequest) {
        stay.withLock { $0 = Stay(generation: generation) }
        let media = LocalMedia(
            microphone: hasMicrophone ? (request.microphone ? .open : .closed) : .none,
            camera: hasCamera ? (request.camera ? .open : .closed) : .none)
        Task { await performJoin(generation, request, media) }
    }

    // The work of tasks stands in methods of its own: `do throws` around an `await` inside a task's closure has made
    // release builds of Swift 6.3.1 forget what the closure captured (see `CalendarReader`).

    private func performJoin(_ generation: MeetingGeneration, _ request: JoinRequest, _ media: LocalMedia) async {
        do throws(MeetingError) {
            // A leave that was decided meanwhile must not be overtaken.
            guard stay.withLock({ $0.generation == generation }) else { throw .cancelled }
            let meeting = try await enter(request, media)
            tellJoined(
                generation,
                JoinReport(
                    selfID: meeting.selfID, role: meeting.role, title: meeting.title, isFirst: meeting.first,
                    capabilities: meeting.capabilities, url: meeting.address.description))
        } catch {
            logger.notice("could not join", metadata: ["reason": "\(error.reason)"])
            post(.joinFailed(generation, error, detail: nil))
        }
    }

    private func enter(_ request: JoinRequest, _ media: LocalMedia) async throws(MeetingError) -> JoinedMeeting {
        switch request.target {
        case .address(let address):
            logger.info("joining", metadata: ["meeting": "\(address)"])
            return try await conference.join(address, try options(request, at: address), media: media)
        case .new(let service, let title):
            logger.info("starting a meeting", metadata: ["service": "\(service)"])
            return try await conference.start(
                at: service, title: title, passcode: request.passcode, try options(request, at: service), media: media)
        }
    }

    /// Who the room is at this service, with the secrets of its configuration.
    private func options(_ request: JoinRequest, at address: MeetingAddress) throws(MeetingError) -> JoinOptions {
        let service = services.first { service in
            (try? MeetingAddress(service.url))?.isSameService(as: address) == true
        }
        return JoinOptions(
            displayName: request.displayName, passcode: request.passcode,
            apiSecret: try secret(service?.apiSecretFile), hostSecret: try secret(service?.hostSecretFile))
    }

    private func secret(_ file: String?) throws(MeetingError) -> String? {
        guard let file else { return nil }
        do {
            return try SecretFile.read(file)
        } catch {
            logger.error("a secret cannot be read", metadata: ["file": "\(file)", "reason": "\(error)"])
            throw .invalidToken
        }
    }

    /// Leaves that stay and no other.
    func leave(_ generation: MeetingGeneration) {
        let isPresent = stay.withLock { stay in
            defer { if stay.generation == generation { stay = Stay() } }
            return stay.generation == generation
        }
        Task {
            if isPresent { await conference.leave() }
            post(.left(generation))
        }
    }

    func operate(_ id: CommandID, _ operation: Room.Operation) {
        Task { await perform(id, operation) }
    }

    private func perform(_ id: CommandID, _ operation: Room.Operation) async {
        do throws(MeetingError) {
            switch operation {
            case .mute(let participant, let isBlocked):
                try await conference.mute(participant, .audio, blocked: isBlocked)
            case .muteAll: try await conference.muteAll()
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

    private func mark(_ what: String, _ body: @escaping @Sendable (Conference) async throws(MeetingError) -> Void) {
        marks.run { [self] in await perform(what, body) }
    }

    private func perform(_ what: String, _ body: (Conference) async throws(MeetingError) -> Void) async {
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

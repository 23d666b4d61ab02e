import Base
import ControlAPI
import JSON
import Meeting
import Scheduling

@testable import Room

/// A room on virtual time. It keeps all that comes out; what the shell would answer is said by the test, or by
/// `obeys`: then joins succeed, leaves are done and devices do what they are told, all at once.
struct RoomDriver {
    var room: RoomController
    private(set) var now: RoomTime
    private(set) var log: [RoomEffect] = []
    private(set) var answers: [UInt64: [Result<JSONValue, RPCError>]] = [:]
    private(set) var screens: [Screen] = []
    var obeys = true
    /// How joins end; nil: they succeed.
    var joinFails: (MeetingError, String?)?
    /// Nothing is answered to a leave or a join.
    var isDeaf = false
    var devicesObey = true
    private var microphone = false
    private var camera = false
    private var speaker = (volume: 50, isMuted: false)
    /// Sound leaves the room.
    private(set) var isSending = false
    private var commands: UInt64 = 0
    private(set) var generation = MeetingGeneration(0)

    static let start = UTCTime(rfc3339: "2026-03-02T08:00:00Z") ?? UTCTime(seconds: 0)

    init(
        _ settings: RoomSettings = .test(), memory: RoomMemory = RoomMemory(), at civil: UTCTime = start,
        withDevices: Bool = true
    ) {
        now = RoomTime(monotonic: .zero + .seconds(1000), civil: civil)
        room = RoomController(settings, memory: memory, at: now)
        guard withDevices else { return }
        reportMicrophone()
        reportCamera()
        reportSpeaker()
        handle(.device(.display(.on, device: "headless", mode: nil)))
        log = []
    }

    // MARK: - Inputs

    mutating func handle(_ input: RoomInput) {
        room.handle(input, at: now)
        drain()
    }

    @discardableResult
    mutating func command(_ command: Command) -> UInt64 {
        commands += 1
        handle(.command(CommandID(commands), command, access: .operator))
        return commands
    }

    mutating func tell(_ event: MeetingEvent) {
        handle(.meeting(generation, event))
    }

    mutating func joined(_ report: JoinReport = .test()) {
        handle(.joined(generation, report))
    }

    mutating func left() {
        handle(.left(generation))
    }

    mutating func calendar(_ events: CalendarEvent...) {
        handle(.calendarReadingBegins)
        handle(.calendar(.events(events, problem: nil)))
    }

    /// Lets time pass, waking at every deadline.
    mutating func advance(_ duration: Duration) {
        let end = now.monotonic + duration
        var steps = 0
        while let next = room.nextDeadline(at: now), next <= end {
            precondition(next > now.monotonic, "a deadline in the past: \(String(describing: room.deadline(at: now)))")
            step(to: next)
            steps += 1
            precondition(steps < 100_000, "the room wakes without end")
        }
        step(to: end)
    }

    mutating func advance(to clock: String) {
        let target = UTCTime(rfc3339: "2026-03-02T\(clock)Z") ?? now.civil
        advance(target - now.civil)
    }

    private mutating func step(to instant: Instant) {
        let passed = instant - now.monotonic
        now = RoomTime(monotonic: instant, civil: now.civil + passed)
        room.handleTimeout(at: now)
        drain()
    }

    /// The civil clock is set.
    mutating func setClock(_ civil: UTCTime) {
        now = RoomTime(monotonic: now.monotonic, civil: civil)
        room.handleTimeout(at: now)
        drain()
    }

    mutating func reportMicrophone(_ condition: DeviceReport.Condition = .working) {
        handle(.device(.microphone(condition: condition, isOpen: microphone, device: "silence", channels: 1)))
    }

    mutating func reportCamera(_ condition: DeviceReport.Condition = .working) {
        handle(.device(.camera(condition: condition, isOpen: camera, device: "pattern", format: nil)))
    }

    mutating func reportSpeaker() {
        handle(
            .device(
                .speaker(condition: .working, volume: speaker.volume, isMuted: speaker.isMuted, device: "file")))
    }

    // MARK: - Outputs

    private mutating func drain() {
        var inputs: [RoomInput] = []
        while let effect = room.pollEffect() {
            log.append(effect)
            switch effect {
            case .answer(let id, let result): answers[id.number, default: []].append(result)
            case .join(let generation, _):
                self.generation = generation
                guard obeys, !isDeaf else { break }
                inputs.append(
                    joinFails.map { .joinFailed(generation, $0, detail: $1) } ?? .joined(generation, .test()))
            case .leave(let generation): if obeys, !isDeaf { inputs.append(.left(generation)) }
            case .setMicrophone(let isOpen):
                guard devicesObey else { break }
                microphone = isOpen
                inputs.append(
                    .device(.microphone(condition: .working, isOpen: isOpen, device: "silence", channels: 1)))
            case .setCamera(let isOpen):
                guard devicesObey else { break }
                camera = isOpen
                inputs.append(.device(.camera(condition: .working, isOpen: isOpen, device: "pattern", format: nil)))
            case .setSpeaker(let volume, let isMuted):
                guard devicesObey else { break }
                speaker = (volume, isMuted)
                inputs.append(
                    .device(.speaker(condition: .working, volume: volume, isMuted: isMuted, device: "file")))
            case .setDisplayPower(let isOn):
                guard devicesObey else { break }
                inputs.append(.device(.display(isOn ? .on : .standby, device: "headless", mode: nil)))
            case .setSending(let isSending): self.isSending = isSending
            case .operate, .event, .configureVideo, .selectDevice, .configureDevice, .takeSnapshot, .takeStatistics,
                .refreshCalendars,
                .reportLevels,
                .playCountdownSound, .remember, .readyToEnd:
                break
            }
        }
        screens.append(room.screen(at: now))
        for input in inputs { handle(input) }
    }

    var state: RoomState { room.state(at: now) }
    var screen: Screen { room.screen(at: now) }
    var home: Screen.Home? { if case .home(let home) = screen.body { home } else { nil } }
    var hint: Screen.Hint? { home?.hint }

    /// What a countdown on the display has left.
    var secondsLeft: Double? {
        guard case .countdown(_, let joinAt)? = hint ?? screen.countdown else { return nil }
        return (joinAt - now.monotonic).inSeconds
    }

    var events: [RoomEvent] {
        log.compactMap { if case .event(let event) = $0 { event } else { nil } }
    }

    /// Names of the events that are not about the schedule or health.
    var story: [String] {
        events.map(\.name.rawValue).filter { $0 != "schedule.changed" && $0 != "health.changed" }
    }

    /// How a command was answered: "done", the reason of an error, or nil.
    func outcome(_ id: UInt64) -> String? {
        guard let results = answers[id] else { return nil }
        guard results.count == 1 else { return "answered \(results.count) times" }
        switch results[0] {
        case .success: return "done"
        case .failure(let error): return error.reason?.rawValue ?? "code \(error.code)"
        }
    }

    /// How a command is answered that needs nobody else.
    mutating func outcome(of command: Command) -> String? {
        let id = self.command(command)
        return outcome(id)
    }

    func result(_ id: UInt64) -> JSONValue? {
        if case .success(let value)? = answers[id]?.first { value } else { nil }
    }

    func message(_ id: UInt64) -> String? {
        if case .failure(let error)? = answers[id]?.first { error.message } else { nil }
    }

    func state(ofEvent id: String) -> RoomState.Event.Condition? {
        state.schedule.events.first { $0.id == id }?.state
    }

    mutating func forget() {
        log = []
    }
}

extension RoomSettings {
    static func test(
        policy: JoinPolicy = JoinPolicy(alone: .seconds(60)), microphone: Bool = false, language: String = "en"
    ) -> RoomSettings {
        RoomSettings(
            name: "Boardroom", timezone: "Europe/Berlin", language: language, version: "1.0", pid: 42, policy: policy,
            entersWithMicrophone: microphone, services: [Service(name: "corp", url: "janus+ws://sfu.example:8188")])
    }
}

extension JoinReport {
    static func test(_ change: (inout JoinReport) -> Void = { _ in }) -> JoinReport {
        var report = JoinReport(
            selfID: ParticipantID("100"), role: .participant, title: nil, isFirst: true,
            capabilities: Meeting.Capabilities(),
            url: "janus+ws://sfu.example:8188/?room=1234")
        change(&report)
        return report
    }

    static func host() -> JoinReport {
        test {
            $0.role = .host
            $0.capabilities.muteParticipant = true
            $0.capabilities.requestMicrophone = true
            $0.capabilities.muteAll = true
            $0.capabilities.remove = true
            $0.capabilities.end = true
            $0.capabilities.record = true
        }
    }
}

extension Command {
    static func join(
        _ url: String = "janus+ws://sfu.example/?room=1234", passcode: String? = nil, microphone: Bool? = nil,
        camera: Bool? = nil
    ) -> Command {
        .joinMeeting(Join(url: url, passcode: passcode, microphone: microphone, camera: camera))
    }
}

func guest(_ id: String = "7", name: String = "Ångström", change: (inout Participant) -> Void = { _ in })
    -> Participant
{
    var participant = Participant(id: ParticipantID(id), name: name)
    change(&participant)
    return participant
}

/// An event of 2026-03-02, in UTC.
func event(
    _ id: String, _ start: String, _ end: String, link: MeetingLink = .address("janus+ws://sfu.example/?room=1234"),
    change: (inout CalendarEvent) -> Void = { _ in }
) -> CalendarEvent {
    var event = CalendarEvent(
        id: id, title: "Weekly \(id)", start: UTCTime(rfc3339: "2026-03-02T\(start):00Z") ?? UTCTime(seconds: 0),
        end: UTCTime(rfc3339: "2026-03-02T\(end):00Z") ?? UTCTime(seconds: 0), participation: .accepted, link: link)
    change(&event)
    return event
}

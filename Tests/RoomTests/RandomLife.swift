import Base
import ControlAPI
import Glibc
import JSON
import Meeting
import Scheduling

@testable import Room

/// A room that everything happens to, in any order: commands, reports late, double and of meetings that never were,
/// calendars that change under it, clocks that are set. It notes what must never be.
struct RandomLife {
    static let marker = "MARKER4711"

    var room: RoomController
    private var random: SeededRandom
    private var now: RoomTime
    private var commands: [UInt64] = []
    private var answered: [UInt64: Int] = [:]
    private var generations: UInt64 = 0
    private var leaving: Set<UInt64> = []
    private var failed: Set<UInt64> = []
    private var isInMeeting = false
    private var isSending = false
    private var present: Set<String> = []
    private var pending: [RoomInput] = []
    private var lastShape: RoomState?
    private(set) var readyToEnd = 0
    private(set) var violations: [String] = []
    private var history: [Step] = []
    private(set) var joins = 0

    /// What happened, put into words only when it matters.
    private enum Step {
        case input(RoomInput, at: UTCTime)
        case effect(RoomEffect)
        case timeout(at: UTCTime)
        case clock(Duration)
    }

    /// The last steps, for the message of a failure.
    var story: String {
        history.suffix(30).map { step in
            switch step {
            case .input(let input, let time): "\(time): \(input)"
            case .effect(let effect): "    → \(effect)"
            case .timeout(let time): "\(time): timeout"
            case .clock(let shift): "the clock is set by \(shift)"
            }
        }.joined(separator: "\n")
    }

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        now = RoomTime(monotonic: .zero + .seconds(500), civil: RoomDriver.start)
        let countdown: Duration = Bool.random(using: &random) ? .seconds(10) : .zero
        let policy = JoinPolicy(countdown: countdown, alone: .seconds(60))
        var settings = RoomSettings.test(policy: policy, microphone: Bool.random(using: &random))
        settings.displayStandby = Bool.random(using: &random) ? .seconds(60) : nil
        if Bool.random(using: &random) { settings.calendarPatience = .seconds(300) }
        room = RoomController(settings, at: now)
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps where violations.isEmpty { step() }
        guard violations.isEmpty else { return }
        feed(.shutdown)
        for _ in 0..<20 where violations.isEmpty { step() }
        advance(.seconds(120))
        feed(.shutdown)
        if readyToEnd != 1 { violations.append("ready to end \(readyToEnd) times") }
        for id in commands where answered[id] != 1 {
            violations.append("command \(id) was answered \(answered[id] ?? 0) times")
        }
    }

    // MARK: - Inputs

    private mutating func step() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<28: feed(.command(nextCommand(), command(), access: .operator), isConsent: true)
        case 28..<40: feed(.meeting(generation(), meetingEvent()))
        case 40..<45: feed(outcome(), isConsent: true)
        case 45..<52: feed(.device(deviceReport()))
        case 52..<57:
            if Bool.random(using: &random) { feed(.calendarReadingBegins) }
            feed(calendar())
        case 57..<60:
            feed(.operationDone(CommandID(UInt64.random(in: 0...UInt64(commands.count), using: &random)), result()))
        case 60..<61:
            feed(.levels(microphone: Double.random(in: -200...20, using: &random), speaker: -30))
            feed(.media(mediaReport()))
        case 61..<62: feed(.problem(code: "network.down", text: Bool.random(using: &random) ? "Down." : nil))
        case 62..<63: feed(.inventory(inventory()))
        case 63..<64: Bool.random(using: &random) ? setClock() : feed(.activity)
        case 64..<65: feed(.microphoneKey(isMuted: Bool.random(using: &random)), isConsent: true)
        case 65..<86:
            // The shell at its best: what it owes.
            let owed = pending
            pending = []
            for input in owed { feed(input, isConsent: true) }
        default: advance(.milliseconds(Int.random(in: 1...20_000, using: &random)))
        }
    }

    private mutating func nextCommand() -> CommandID {
        let id = UInt64(commands.count + 1)
        commands.append(id)
        return CommandID(id)
    }

    private mutating func generation() -> MeetingGeneration {
        let latest = Int.random(in: 0..<10, using: &random) < 7
        return MeetingGeneration(latest ? generations : UInt64.random(in: 0...(generations + 2), using: &random))
    }

    private mutating func command() -> Command {
        let flag = Bool.random(using: &random)
        let who = ["7", "8", "100", "nobody"].randomElement(using: &random) ?? "7"
        let event = ["a", "b", "c", "d"].randomElement(using: &random) ?? "a"
        let url =
            [
                "janus+ws://sfu.example/?room=1234&pin=\(Self.marker)", "janus+ws://u:\(Self.marker)@sfu/?room=1",
                "https://zoom.us/j/1?pwd=\(Self.marker)", "janus+ws://sfu.example/?room=2",
            ].randomElement(using: &random) ?? ""
        let all: [Command] = [
            .health, .listDevices(nil), .listParticipants, .listSchedule(from: nil, to: nil),
            .startMeeting(title: flag ? "Ad hoc" : nil, service: flag ? "corp" : nil, passcode: Self.marker),
            .join(url, passcode: flag ? Self.marker : nil, microphone: flag ? true : nil), .join(url),
            .leaveMeeting(transferTo: nil), .leaveMeeting(transferTo: flag ? nil : who), .endMeeting,
            .setMicrophone(enabled: flag), .setCamera(enabled: flag), .setSpeaker(volume: flag ? 30 : nil, muted: true),
            .configureVideo(Command.VideoSettings()), .selectDevice(.camera, id: "x"),
            .configureDevice(id: "x", controls: ["zoom": 1]), .snapshot(width: 640),
            .reportLevels(every: flag ? nil : .milliseconds(100)), .requestMicrophone(participant: who, enabled: flag),
            .muteAll(allowSelfUnmute: flag), .removeParticipant(who), .startRecording(flag ? .service : .local, nil),
            .stopRecording(nil), .setLayout(flag ? .grid : .speaker, selfview: nil), .pin(participant: who),
            .setDisplayPower(on: flag), .showMessage("Hello", for: .seconds(3)), .refreshSchedule,
            .joinEvent(id: event), .dismissEvent(id: event), .joinEvent(id: event),
            .simulateSchedule(from: now.civil, to: now.civil + .seconds(86_400)),
        ]
        return all.randomElement(using: &random) ?? .health
    }

    private mutating func outcome() -> RoomInput {
        let generation = generation()
        switch Int.random(in: 0..<4, using: &random) {
        case 0, 1:
            var report = Bool.random(using: &random) ? JoinReport.host() : .test()
            report.url = "janus+ws://sfu.example/?room=1234&pin=\(Self.marker)"
            return .joined(generation, report)
        case 2: return .left(generation)
        default:
            let errors: [MeetingError] = [
                .wrongPasscode, .meetingFull, .unreachable, .busy, .cancelled, .meetingNotFound,
            ]
            return .joinFailed(generation, errors.randomElement(using: &random) ?? .timeout, detail: "sfu.example: no")
        }
    }

    private mutating func meetingEvent() -> MeetingEvent {
        let flag = Bool.random(using: &random)
        let id = ParticipantID(["7", "8", "9", "100"].randomElement(using: &random) ?? "7")
        let kind = Meeting.TrackKind.allCases.randomElement(using: &random) ?? .audio
        let person = Participant(
            id: id, name: "Ångström", role: flag ? .host : .participant, isSelf: id.rawValue == "100",
            microphone: MediaState.allCases.randomElement(using: &random) ?? .on, isSpeaking: flag)
        let ends: [MeetingEvent] = [
            .left(LeaveReason.allCases.randomElement(using: &random) ?? .left),
            .ended(EndReason.allCases.randomElement(using: &random) ?? .host),
        ]
        if Int.random(in: 0..<20, using: &random) == 0 { return ends.randomElement(using: &random) ?? ends[0] }
        let all: [MeetingEvent] = [
            .joined(first: flag), .reconnecting, .reconnected, .participantJoined(person), .participantUpdated(person),
            .participantJoined(person), .participantLeft(id, .dropped), .trackPublished(id, kind),
            .trackUnpublished(id, kind, .host), .audioLevels([id: Meeting.AudioLevel(decibels: -20, voice: flag)]),
            .activeSpeaker(flag ? id : nil), .hostChanged(former: nil, host: flag ? id : nil),
            .moderated(kind, blocked: flag),
            .requestReceived(MeetingRequest(id: "r", kind: .microphone, from: id, to: nil)),
            .requestAnswered(id: "r", accepted: flag, reason: "asked"), .shareStarted(id),
            .shareStopped(id, reason: "host"), .recordingStarted, .recordingStopped(reason: "host", files: []),
            .capabilitiesChanged(Meeting.Capabilities()),
        ]
        return all.randomElement(using: &random) ?? .reconnecting
    }

    private mutating func deviceReport() -> DeviceReport {
        let flag = Bool.random(using: &random)
        let condition: DeviceReport.Condition =
            [.working, .working, .working, .lost, .absent].randomElement(using: &random) ?? .working
        let all: [DeviceReport] = [
            .microphone(condition: condition, isOpen: flag, device: "m", channels: -1),
            .camera(condition: condition, isOpen: flag, device: nil, format: nil),
            .speaker(condition: condition, volume: flag ? 30 : 500, isMuted: flag, device: nil),
            .display(flag ? .on : .standby, device: nil, mode: nil), .display(.lost, device: nil, mode: nil),
            .content(RoomState.Content(state: flag ? .lost : .signal)),
        ]
        return all.randomElement(using: &random) ?? .content(RoomState.Content())
    }

    private mutating func calendar() -> RoomInput {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return .calendar(.failed("cal.example does not answer."))
        case 1: return .calendar(.unconfigured)
        default: break
        }
        let links: [MeetingLink] = [
            .address("janus+ws://sfu.example/?room=1234&pin=\(Self.marker)"),
            .address("janus+ws://sfu.example/?room=2"), .address("janus+ws://sfu.example/?room=3"),
            .unsupported(service: "Zoom", url: "https://zoom.us/j/1?pwd=\(Self.marker)"), .none,
            .address("janus+ws://sfu:x/?room=1&pin=\(Self.marker)"),
        ]
        var events: [CalendarEvent] = []
        for id in ["a", "b", "c", "d"] where Int.random(in: 0..<4, using: &random) > 0 {
            let start = now.civil + .seconds(Int.random(in: -1200...1200, using: &random))
            let cancelled = Int.random(in: 0..<10, using: &random) == 0
            events.append(
                CalendarEvent(
                    id: id, title: "Weekly \(id)", start: start,
                    end: start + .seconds(Int.random(in: 0...1800, using: &random)),
                    status: cancelled ? .cancelled : .confirmed, link: links.randomElement(using: &random) ?? .none))
        }
        return .calendar(.events(events, problem: Bool.random(using: &random) ? nil : "One of two failed."))
    }

    private mutating func result() -> Result<[String], MeetingError> {
        Bool.random(using: &random) ? .success(["a.mjr"]) : .failure(.rejectedByService)
    }

    private mutating func inventory() -> [DeviceDescription] {
        ["x", "y"].filter { _ in Bool.random(using: &random) }.map {
            DeviceDescription(id: $0, kind: .camera, name: $0, bus: "usb", state: .ready, selected: true)
        }
    }

    private mutating func mediaReport() -> MediaReport {
        let frozen = MediaReport.Picture(
            packets: .random(in: 0...9, using: &random), still: .seconds(1), late: .seconds(1), keyFrameRequests: 1)
        return MediaReport(
            length: .milliseconds(Int.random(in: 0...20_000, using: &random)),
            received: [ParticipantID("7"): .init(camera: frozen), ParticipantID("stranger"): .init(screen: frozen)])
    }

    private mutating func setClock() {
        let shift = Duration.seconds(Int.random(in: -4000...4000, using: &random))
        now = RoomTime(monotonic: now.monotonic, civil: now.civil + shift)
        history.append(.clock(shift))
        room.handleTimeout(at: now)
        check(isConsent: false)
    }

    private mutating func advance(_ duration: Duration) {
        let end = now.monotonic + duration
        var wakes = 0
        while violations.isEmpty, let next = room.nextDeadline(at: now), next <= end {
            guard next > now.monotonic, wakes < 5000 else {
                violations.append("wakes without end: \(String(describing: room.deadline(at: now)))")
                return
            }
            wakes += 1
            now = RoomTime(monotonic: next, civil: now.civil + (next - now.monotonic))
            history.append(.timeout(at: now.civil))
            room.handleTimeout(at: now)
            check(isConsent: false)
        }
        now = RoomTime(monotonic: end, civil: now.civil + (end - now.monotonic))
    }

    private mutating func feed(_ input: RoomInput, isConsent: Bool = false) {
        history.append(.input(input, at: now.civil))
        if case .joinFailed(let generation, _, _) = input { failed.insert(generation.number) }
        room.handle(input, at: now)
        check(isConsent: isConsent)
    }

    // MARK: - What must hold

    private mutating func check(isConsent: Bool) {
        while let effect = room.pollEffect() {
            history.append(.effect(effect))
            take(effect, isConsent: isConsent)
        }
        let state = room.state(at: now)
        checkShape(of: state)
        if case .joined? = state.meeting?.state, !isInMeeting {
            violations.append("in a meeting without meeting.joined")
        }
        if state.meeting == nil, isInMeeting { violations.append("out of a meeting without meeting.left") }
        if !isInMeeting, state.microphone.state == .live { violations.append("live without a meeting") }
        if isSending, ![.joined, .reconnecting].contains(state.meeting?.state) {
            violations.append("sends sound while \(String(describing: state.meeting?.state))")
        }
        if state.schedule != room.freshSchedule(at: now) { violations.append("the schedule is not what it is") }
        let screen = room.screen(at: now)
        keepsSecret((screen.message?.title ?? "") + (screen.message?.detail ?? ""), "display")
        if case .home(let home) = screen.body, case .note(let note)? = home.hint { keepsSecret(note, "hint") }
        if case .countdown(_, let joinAt)? = screen.countdown, joinAt > now.monotonic + .seconds(10) || room.isEnding {
            violations.append("a countdown to \(joinAt)")
        }
    }

    private mutating func checkShape(of state: RoomState) {
        var shape = state
        shape.meeting?.elapsed = 0
        guard shape != lastShape else { return }
        lastShape = shape
        let json = state.json
        do { try StateSchema.root.validate(json) } catch { violations.append("state: \(error)") }
        keepsSecret(json.text, "state")
    }

    private mutating func keepsSecret(_ text: String, _ place: String) {
        // The library's search is slow enough to be felt here.
        if strstr(text, Self.marker) != nil { violations.append("a secret in the \(place): \(text)") }
    }

    private mutating func take(_ effect: RoomEffect, isConsent: Bool) {
        switch effect {
        case .answer(let id, let result):
            answer(id)
            switch result {
            case .success(let value): keepsSecret(value.text, "answer")
            case .failure(let error): keepsSecret(error.json.text, "answer")
            }
        case .selectDevice(let id, _, _), .configureDevice(let id, _, _), .takeSnapshot(let id, _),
            .takeStatistics(let id):
            answer(id)
        case .event(let event): take(event)
        case .join(let generation, _):
            if generations > 0, !leaving.contains(generations), !failed.contains(generations) {
                violations.append("joins \(generation.number) while in \(generations)")
            }
            if generation.number <= generations { violations.append("a generation used twice") }
            if readyToEnd > 0 || room.isEnding { violations.append("joins while ending") }
            generations = generation.number
            joins += 1
            pending.append(.joined(generation, .host()))
        case .leave(let generation):
            leaving.insert(generation.number)
            pending.append(.left(generation))
        case .operate(let id, _): pending.append(.operationDone(id, .success([])))
        case .setMicrophone(let isOpen):
            if isOpen, !isConsent { violations.append("opens the microphone by itself") }
            pending.append(.device(.microphone(condition: .working, isOpen: isOpen, device: "m", channels: 1)))
        case .setCamera(let isOpen):
            pending.append(.device(.camera(condition: .working, isOpen: isOpen, device: "c", format: nil)))
        case .setSpeaker(let volume, let isMuted):
            pending.append(.device(.speaker(condition: .working, volume: volume, isMuted: isMuted, device: nil)))
        case .setDisplayPower(let isOn):
            pending.append(.device(.display(isOn ? .on : .standby, device: nil, mode: nil)))
        case .setSending(let isSending): self.isSending = isSending
        case .refreshCalendars, .configureVideo, .reportLevels, .playCountdownSound, .remember: break
        case .readyToEnd: readyToEnd += 1
        }
        if pending.count > 40 { pending.removeFirst() }
    }

    private mutating func answer(_ id: CommandID) {
        answered[id.number, default: 0] += 1
        if answered[id.number] != 1 { violations.append("command \(id.number) is answered twice") }
    }

    private mutating func take(_ event: RoomEvent) {
        keepsSecret(event.data.text, "event")
        switch event {
        case .meetingJoined:
            isInMeeting = true
        case .meetingLeft:
            if !isInMeeting { violations.append("meeting.left without a meeting") }
            isInMeeting = false
            present = []
        case .participantJoined(let id, _):
            if !present.insert(id).inserted { violations.append("\(id) joined twice") }
            if !isInMeeting { violations.append("somebody joined no meeting") }
        case .participantLeft(let id, _, _):
            if present.remove(id) == nil { violations.append("\(id) left without having joined") }
        case .participantUpdated, .trackPublished, .trackUnpublished, .speakerActive, .audioLevels, .hostChanged,
            .requestReceived, .requestAnswered, .shareStarted, .shareStopped, .recordingStarted, .recordingStopped,
            .meetingEnded, .meetingReconnecting:
            if !isInMeeting { violations.append("\(event.name.rawValue) without a meeting") }
        case .deviceAdded, .deviceRemoved, .deviceChanged, .scheduleChanged, .healthChanged: break
        }
    }
}

extension RoomController {
    /// The schedule worked out from nothing, as the state must show it whatever was kept.
    fileprivate func freshSchedule(at now: RoomTime) -> RoomState.Schedule {
        let fresh = WorkedOutSchedule(planner, early: settings.policy.early, at: now, view: view)
        return RoomState.Schedule(
            state: calendar.state, refreshed: calendar.refreshed, next: fresh.nextView, events: fresh.listed)
    }
}

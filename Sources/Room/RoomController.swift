public import Base
import ControlAPI
import JSON
import Meeting
import Scheduling

/// What the room does: the policy on commands, calendar, meeting and device events. A pure state machine.
///
/// Everything that happens goes in through `handle`; what is to be done comes out of `pollEffect`; the state tree
/// (`state(at:)`) and the picture on the display (`screen(at:)`) are derived from it at any time.
///
/// Every command is answered exactly once: by an `answer`, or by the shell where an effect carries the command's id and
/// says so. What the shell owes an answer for has a deadline of its own here.
public struct RoomController: Sendable {
    let settings: RoomSettings
    let started: UTCTime
    let startedMonotonic: Instant

    var planner: Planner
    var whereabouts = Whereabouts.idle
    var calendar = CalendarCondition()
    /// Addresses of the calendar, as written, to what of them may be shown.
    var shownAddresses: [String: String] = [:]
    var devices = DeviceStates()
    var problems: [String: (text: String, since: UTCTime)] = [:]
    var inventory: [DeviceDescription] = []
    var layout = RoomState.Layout.grid
    var showsSelfView = true
    var pinned: String?
    var message: TimedMessage?
    /// What went wrong last, shown until something else happens.
    var notice: TimedMessage?
    var failedJoin: FailedJoin?
    var countdown: Countdown?
    var isEnding = false
    var displayRest = DisplayRest.awake
    /// What time it was when that was last looked at.
    var clock: RoomTime
    /// When people, or the calendar, last had something to do with the room.
    var lastActivity: Instant

    var wishes: [PendingWish] = []
    var arrivals: [PendingArrival] = []
    var operations: [PendingOperation] = []
    /// Meetings whose leave was never reported: should the shell still get into one, it is left again.
    var overdueLeaves: [MeetingGeneration] = []

    /// Joins that were stopped and left without a word about their outcome: one that comes through after all is left.
    var strayJoins: [MeetingGeneration] = []

    private var generations: UInt64 = 0
    private var effects: [RoomEffect] = []
    private var choices: DeviceChoices
    private var rememberedMemory: RoomMemory
    private var isMemoryTouched = false
    /// Something happened that may change what the planner says.
    private(set) var isScheduleTouched = true
    private(set) var workedOut: WorkedOutSchedule?
    private var announcedSchedule: [ScheduledEvent] = []
    private var announcedCondition = RoomState.Schedule.Condition.ok

    /// - Parameter memory: what an earlier life left behind, so that the room goes back nowhere it was not to be.
    public init(_ settings: RoomSettings, memory: RoomMemory = RoomMemory(), at now: RoomTime) {
        self.settings = settings
        started = now.civil
        startedMonotonic = now.monotonic
        lastActivity = now.monotonic
        planner = Planner(policy: settings.policy, memory: memory.planner)
        choices = memory.devices
        rememberedMemory = memory
        calendar.lastReading = now.monotonic
        clock = now
    }

    // MARK: - Inputs

    public mutating func handle(_ input: RoomInput, at now: RoomTime) {
        let first = effects.count
        switch input {
        case .command(let id, let command, let access): handle(command, id, access, at: now)
        case .calendarReadingBegins: noteReadingBegins(at: now)
        case .calendar(let reading): handle(reading, at: now)
        case .joined(let generation, let report): handleJoined(generation, report, at: now)
        case .joinFailed(let generation, let error, let detail):
            handleJoinFailed(generation, error, detail: detail, at: now)
        case .meeting(let generation, let event): handle(event, generation, at: now)
        case .left(let generation): handleLeft(generation, at: now)
        case .operationDone(let id, let result): handleOperationDone(id, result, at: now)
        case .device(let report): handle(report, at: now)
        case .levels(let microphone, let speaker): devices.setLevels(microphone: microphone, speaker: speaker)
        case .media(let report): handle(report, at: now)
        case .problem(let code, let text): setProblem(code, text, at: now)
        case .inventory(let devices): handleInventory(devices)
        case .devicesSet(let id, let result): handleDevicesSet(id, result)
        case .microphoneKey(let isMuted): pressMicrophoneKey(isMuted: isMuted, at: now)
        case .activity: noteActivity(at: now)
        case .shutdown: handleShutdown(at: now)
        }
        settle(effectsFrom: first, at: now)
    }

    /// To be called at `nextDeadline`, and whenever the civil clock was set.
    public mutating func handleTimeout(at now: RoomTime) {
        let first = effects.count
        noteClock(at: now)
        for timer in timers.sorted(by: { $0.at < $1.at }) where timer.at <= now.monotonic {
            fire(timer.reason, at: now)
        }
        // What it decides by the clock is polled below; what else the clock changes, the schedule knows of itself.
        planner.handleTimeout(at: now.civil)
        isMemoryTouched = true
        settle(effectsFrom: first, at: now)
    }

    /// When `handleTimeout` is to be called, whatever happens meanwhile.
    public func nextDeadline(at now: RoomTime) -> Instant? {
        deadline(at: now)?.at
    }

    /// The next deadline with its name.
    func deadline(at now: RoomTime) -> Deadline<RoomTimer>? {
        var candidates = timers
        if let civil = planner.nextDeadline(after: now.civil) {
            candidates.append(Deadline(at: now.monotonic + (civil - now.civil), reason: .planner))
        }
        return candidates.min { $0.at < $1.at }
    }

    /// Everything on the monotonic clock.
    private var timers: [Deadline<RoomTimer>] {
        var timers: [Deadline<RoomTimer>] = []
        func arm(_ instant: Instant?, _ reason: RoomTimer) {
            if let instant { timers.append(Deadline(at: instant, reason: reason)) }
        }
        arm(message?.until, .messageOver)
        arm(notice?.until, .noticeOver)
        arm(displayRestDue, .displayIdle)
        switch whereabouts {
        case .idle, .inMeeting: break
        case .joining(let attempt): arm(attempt.deadline, .joinUnanswered)
        case .leaving(let departure): arm(departure.deadline, .leaveUnanswered)
        }
        for pending in operations { arm(pending.deadline, .operationUnanswered(pending.id)) }
        for arrival in arrivals { arm(arrival.deadline, .arrivalUnanswered(arrival.id)) }
        for pending in wishes { arm(pending.deadline, .deviceUnanswered(pending.id)) }
        for waiter in calendar.waiting { arm(waiter.deadline, .calendarsUnanswered(waiter.id)) }
        if let patience = settings.calendarPatience {
            arm(calendar.lastReading.map { $0 + patience }, .calendarsSilent)
        }
        return timers
    }

    private mutating func fire(_ timer: RoomTimer, at now: RoomTime) {
        switch timer {
        case .messageOver:
            message = nil
            lastActivity = now.monotonic
        case .noticeOver: notice = nil
        case .displayIdle: restDisplay()
        case .joinUnanswered: giveUpJoin(at: now)
        case .leaveUnanswered: giveUpLeave(at: now)
        case .operationUnanswered(let id): giveUpOperation(id)
        case .arrivalUnanswered(let id): giveUpArrival(id, at: now)
        case .deviceUnanswered(let id): giveUpWish(id)
        case .calendarsUnanswered(let id): giveUpRefresh(id)
        case .calendarsSilent: noteSilentCalendars(at: now)
        case .planner: break
        }
    }

    /// What follows from an input beyond its own effects.
    private mutating func settle(effectsFrom first: Int, at now: RoomTime) {
        settleArrivals(at: now)
        followPlan(at: now)
        followStay()
        expireFailedJoin(at: now)
        workOutSchedule(at: now)
        // What must outlive a restart is on disk before anything is done about it.
        guard isMemoryTouched else { return }
        isMemoryTouched = false
        let memory = RoomMemory(planner: planner.memory, devices: choices)
        guard memory != rememberedMemory else { return }
        rememberedMemory = memory
        effects.insert(.remember(memory), at: first)
    }

    private mutating func handleDevicesSet(_ id: CommandID, _ result: Result<DeviceChoices, RPCError>) {
        switch result {
        case .success(let chosen):
            choices = chosen
            isMemoryTouched = true
            done(id)
        case .failure(let error): perform(.answer(id, .failure(error)))
        }
    }

    private mutating func workOutSchedule(at now: RoomTime) {
        let holds = !isScheduleTouched && workedOut?.listHolds(at: now) == true
        guard !holds else { return }
        isScheduleTouched = false
        let schedule = WorkedOutSchedule(planner, early: settings.policy.early, at: now, view: view)
        workedOut = schedule
        guard schedule.scheduled != announcedSchedule || calendar.state != announcedCondition else { return }
        announcedSchedule = schedule.scheduled
        announcedCondition = calendar.state
        perform(.event(.scheduleChanged))
    }

    /// Tells the planner what happened.
    mutating func tell(_ fact: Planner.Fact, at now: RoomTime) {
        touchSchedule()
        planner.handle(fact, at: now.civil)
    }

    mutating func touchSchedule() {
        isScheduleTouched = true
        isMemoryTouched = true
    }

    // MARK: - Outputs

    public mutating func pollEffect() -> RoomEffect? {
        effects.isEmpty ? nil : effects.removeFirst()
    }

    mutating func perform(_ effect: RoomEffect) {
        effects.append(effect)
    }

    /// Answers a command with an error; `message` says more than the error's own sentence, where there is more to say.
    mutating func refuse(_ id: CommandID, _ error: MeetingError, _ message: String? = nil) {
        perform(.answer(id, .failure(RPCError(error: error, message ?? error.message))))
    }

    mutating func done(_ id: CommandID) {
        perform(.answer(id, .success([:])))
    }

    mutating func nextGeneration() -> MeetingGeneration {
        generations += 1
        return MeetingGeneration(generations)
    }

    mutating func setProblem(_ code: String, _ text: String?, at now: RoomTime) {
        guard problems[code]?.text != text else { return }
        problems[code] = text.map { ($0, problems[code]?.since ?? now.civil) }
        perform(.event(.healthChanged(health)))
    }

    /// Shows for a while what went wrong.
    mutating func show(_ title: String, _ detail: String, at now: RoomTime) {
        notice = TimedMessage(title: title, detail: detail, until: now.monotonic + Patience.notice)
    }

    // MARK: - Shutdown

    private mutating func handleShutdown(at now: RoomTime) {
        guard !isEnding else { return }
        isEnding = true
        countdown = nil
        let sentence = "roomd is shutting down."
        for pending in wishes { refuse(pending.id, .cancelled, sentence) }
        wishes = []
        for waiter in calendar.waiting { refuse(waiter.id, .cancelled, sentence) }
        calendar.waiting = []
        // The planner is not told: after a restart the room goes back into its meeting.
        switch whereabouts {
        case .idle: perform(.readyToEnd)
        case .joining(let attempt):
            for id in attempt.waiting { refuse(id, .cancelled, sentence) }
            stop(attempt, waiting: [], next: nil, at: now)
        case .inMeeting(let stay): depart(stay, .left, waiting: [], next: nil, at: now)
        case .leaving: cancelNext(sentence)
        }
    }
}

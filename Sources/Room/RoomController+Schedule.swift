import Base
import ControlAPI
import JSON
import Meeting
import Scheduling

// The calendar and the planner's decisions.

extension RoomController {
    // MARK: - Readings

    mutating func handle(_ reading: CalendarReading, at now: RoomTime) {
        touchSchedule()
        calendar.lastReading = now.monotonic
        calendar.isUnconfigured = reading == .unconfigured
        setProblem("calendar.silent", nil, at: now)
        switch reading {
        case .unconfigured:
            calendar.lastReading = nil
            calendar.state = .ok
            setProblem("calendar.unreadable", nil, at: now)
            setProblem("calendar.entries", nil, at: now)
        case .events(let events, let problem, let remark):
            calendar.state = problem == nil ? .ok : .stale
            if problem == nil || calendar.refreshed == nil { calendar.refreshed = now.civil }
            setProblem("calendar.unreadable", problem, at: now)
            setProblem("calendar.entries", remark, at: now)
            noteAddresses(of: events)
            planner.update(events, at: now.civil)
        case .failed(let problem):
            calendar.state = calendar.refreshed == nil ? .failed : .stale
            setProblem("calendar.unreadable", problem, at: now)
        }
        let waiting = calendar.waiting.filter { $0.isUnderWay || reading == .unconfigured }
        calendar.waiting.removeAll { $0.isUnderWay || reading == .unconfigured }
        for waiter in waiting {
            switch reading {
            case .unconfigured, .events(_, problem: nil, _): done(waiter.id)
            case .events(_, let problem?, _), .failed(let problem): refuse(waiter.id, .unreachable, problem)
            }
        }
    }

    mutating func noteReadingBegins(at now: RoomTime) {
        for index in calendar.waiting.indices where !calendar.waiting[index].isUnderWay {
            calendar.waiting[index].isUnderWay = true
            calendar.waiting[index].deadline = now.monotonic + Patience.calendars
        }
    }

    /// No reading has been reported for too long: whatever the reason, the calendar is not what it seems.
    mutating func noteSilentCalendars(at now: RoomTime) {
        guard let last = calendar.lastReading else { return }
        touchSchedule()
        calendar.lastReading = nil
        calendar.state = calendar.refreshed == nil ? .failed : .stale
        let minutes = Int((now.monotonic - last).inSeconds / 60)
        setProblem("calendar.silent", "The calendars have not been read for \(minutes) minutes.", at: now)
    }

    // MARK: - Commands

    mutating func listSchedule(_ id: CommandID, from: UTCTime?, to: UTCTime?, at now: RoomTime) {
        let (first, last) = WorkedOutSchedule.span(at: now)
        guard (from ?? first) < (to ?? last) else {
            let beginning =
                from.map { "from, \($0)" } ?? "\(first), the start of today, which stands where from is left out"
            let end = to.map { "came \($0)" } ?? "left out, it is \(last), seven days on"
            perform(
                .answer(id, .failure(.invalidParameter("to", "to: expected an instant after \(beginning); \(end)."))))
            return
        }
        let events =
            from == nil && to == nil
            ? schedule(at: now).listed
            : WorkedOutSchedule.touching(schedule(at: now).scheduled, from: from ?? first, to: to ?? last).map(view)
        perform(
            .answer(
                id, .success(["events": .array(events.map(\.json)), "state": .string(calendar.state.rawValue)])))
    }

    /// What was read of the calendars is a window around now: when now has moved by itself, as after a start with a wrong
    /// clock or when the machine has slept, another is needed, and not only at the next reading.
    mutating func noteClock(at now: RoomTime) {
        let jump = (now.civil - clock.civil) - (now.monotonic - clock.monotonic)
        clock = now
        guard !calendar.isUnconfigured, max(jump, .zero - jump) >= CalendarCondition.clockJump else { return }
        perform(.refreshCalendars(nil))
    }

    mutating func refreshSchedule(_ id: CommandID, at now: RoomTime) {
        guard !calendar.isUnconfigured else {
            done(id)
            return
        }
        calendar.waiting.append(
            CalendarCondition.Waiter(id: id, deadline: now.monotonic + Patience.calendars * 2))
        perform(.refreshCalendars(id))
    }

    mutating func giveUpRefresh(_ id: CommandID) {
        guard let index = calendar.waiting.firstIndex(where: { $0.id == id }) else { return }
        calendar.waiting.remove(at: index)
        refuse(id, .timeout, "The calendars have not been read yet; schedule.refreshed says when they were.")
    }

    /// What the planner says at this instant: as it was worked out last while that holds.
    func schedule(at now: RoomTime) -> WorkedOutSchedule {
        if !isScheduleTouched, let workedOut, workedOut.listHolds(at: now) { return workedOut }
        return WorkedOutSchedule(planner, early: settings.policy.early, at: now, view: view)
    }

    /// The event that the home screen shows; it does not depend on the days that are listed.
    func nextEvent(at now: RoomTime) -> ScheduledEvent? {
        if !isScheduleTouched, let workedOut, workedOut.holds(at: now.civil) { return workedOut.next }
        return schedule(at: now).next
    }

    // MARK: - Decisions

    /// Does what the planner has decided meanwhile.
    mutating func followPlan(at now: RoomTime) {
        if countdown != nil { lastActivity = now.monotonic }
        while let decision = planner.pollDecision() {
            guard !isEnding else { continue }
            touchSchedule()
            switch decision.action {
            case .countdown: startCountdown(decision.event, at: now)
            case .join, .handover: joinScheduled(decision.event, at: now)
            case .leave: leaveAsPlanned(at: now)
            case .skip: if countdown?.event == decision.event { countdown = nil }
            }
        }
        // A stay that ends otherwise takes its announcement along.
        if let announced = countdown, !isAnnounced(announced.event, at: now) { countdown = nil }
        if countdown != nil { lastActivity = now.monotonic }
    }

    private mutating func startCountdown(_ event: String, at now: RoomTime) {
        // Something else was decided since.
        guard isAnnounced(event, at: now) else { return }
        countdown = Countdown(
            event: event, title: planner.event(event)?.title ?? "", joinAt: now.monotonic + settings.policy.countdown)
        perform(.playCountdownSound)
        wakeDisplay(at: now)
    }

    private func isAnnounced(_ event: String, at now: RoomTime) -> Bool {
        planner.scheduled(event, at: now.civil)?.state == .countdown
    }

    /// A stay that has passed to another entry with the same address is that one's from then on.
    mutating func followStay() {
        guard case .inMeeting(var stay) = whereabouts, let event = planner.currentEvent,
            event != stay.view.scheduled
        else { return }
        stay.view.scheduled = event
        if let title = planner.event(event)?.title, !title.isEmpty { stay.view.title = title }
        whereabouts = .inMeeting(stay)
    }
}

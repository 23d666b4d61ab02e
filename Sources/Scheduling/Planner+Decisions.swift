internal import Base

extension Planner {
    /// A timer may be late by this much before it counts as a step of the clock.
    static let timerSlack = Duration.seconds(60)

    /// - Parameter changed: the entries that are new in the calendar, or not as they were.
    mutating func evaluate(at now: UTCTime, changed: Set<String> = []) {
        followClock(to: now)
        noteSkipped(at: now, changed: changed)
        lastEvaluation = now
        decide(at: now)
    }

    private mutating func decide(at now: UTCTime) {
        switch occupancy {
        case .free:
            guard let next = firstDue(at: now) else { return }
            if policy.countdown > .zero, !isKnownToRoom(next) {
                occupancy = .countdown(Announcement(event: next.id, joinAt: now + policy.countdown))
                decide(next.id, .countdown, .due, at: now)
            } else {
                join(next, .join, at: now)
            }
        case .countdown(let announcement):
            guard let event = events[announcement.event], isStillWanted(event, announcement, at: now) else {
                occupancy = .free
                withdraw(announcement, at: now)
                decide(at: now)
                return
            }
            if now >= announcement.joinAt { join(event, .join, at: now) }
        case .joining:
            return
        case .inMeeting(let event, let aloneSince, let announced):
            evaluateMeeting(event, aloneSince: aloneSince, announced: announced, at: now)
        }
    }

    private mutating func join(_ event: CalendarEvent, _ action: Decision.Action, at now: UTCTime) {
        let isResumed = resumes(event)
        occupancy = .joining(event: event.id, isOwn: true)
        running = event
        let why: Why = action == .handover ? .nextNeedsRoom : isResumed ? .resumed : .due
        decide(event.id, action, why, at: now)
    }

    private mutating func evaluateMeeting(
        _ event: String?, aloneSince: UTCTime?, announced: Announcement?, at now: UTCTime
    ) {
        if let running, now >= running.start - policy.early, let same = firstDue(at: now, besides: event, like: running)
        {
            stayOn(running, also: same, aloneSince: aloneSince, announced: announced, at: now)
            return decide(at: now)
        }
        let next = firstDue(at: now, besides: event)
        let free = handoverTime(to: next, aloneSince: aloneSince, at: now)
        if let announced {
            if let next, next.id == announced.event, let free, free <= announced.joinAt {
                if now >= announced.joinAt { handOver(to: next, at: now) }
                return
            }
            if let wanted = events[announced.event], next?.id != wanted.id, let free, free <= announced.joinAt,
                isStillWanted(wanted, announced, at: now)
            {
                // Its window has closed, or another entry has come before it, while it was being announced.
                if now >= announced.joinAt { handOver(to: wanted, at: now) }
                return
            }
            occupancy = .inMeeting(event: event, aloneSince: aloneSince, announced: nil)
            withdraw(announced, at: now)
            return evaluateMeeting(event, aloneSince: aloneSince, announced: nil, at: now)
        }
        if let next, let free, now >= free - policy.countdown {
            let joinAt = max(free, now + policy.countdown)
            guard joinAt > now else { return handOver(to: next, at: now) }
            let announcement = Announcement(event: next.id, joinAt: joinAt)
            occupancy = .inMeeting(event: event, aloneSince: aloneSince, announced: announcement)
            decide(next.id, .countdown, .nextNeedsRoom, at: now)
            return
        }
        guard let running, now >= running.start - policy.early else {
            // There is no end to go by: it is over when everybody else has gone.
            if hasHadCompany, let aloneSince, now >= aloneSince + policy.alone { leaveDeserted(event, at: now) }
            return
        }
        guard now >= running.end else { return }
        if let aloneSince, now >= max(aloneSince, running.end) + policy.alone {
            leave(running, .alone, at: now)
        } else if now >= running.end + policy.overstay {
            leave(running, .overstay, at: now)
        }
    }

    /// Another entry with the same address: the same meeting in a second calendar, or the next one in a room that keeps
    /// its address. Leaving and coming back would serve nobody.
    private mutating func stayOn(
        _ running: CalendarEvent, also same: CalendarEvent, aloneSince: UTCTime?, announced: Announcement?,
        at now: UTCTime
    ) {
        if same.end > running.end {
            recordDeparture(from: running.id, .planned, at: now)
            records[same.id] = nil
            self.running = same
            attendance = Attendance(event: same.id, until: Self.boundary(of: same))
            occupancy = .inMeeting(event: same.id, aloneSince: aloneSince, announced: announced)
        } else {
            records[same.id] = .left(.same, until: Self.boundary(of: same))
        }
        noted[same.id] = Note(start: same.start, why: .same)
        decide(same.id, .skip, .same, at: now)
    }

    /// When the running meeting gives way to `next`; nil when it does not.
    ///
    /// A meeting of the calendar holds the room until its end. One that somebody joined outside its time, or that is
    /// not in the calendar, has no end to go by: it holds the room as long as there is somebody else in it.
    private func handoverTime(to next: CalendarEvent?, aloneSince: UTCTime?, at now: UTCTime) -> UTCTime? {
        guard let next else { return nil }
        if let running, now >= running.start - policy.early { return max(next.start, running.end) }
        guard let aloneSince, now >= aloneSince + policy.alone else { return nil }
        return next.start
    }

    private mutating func handOver(to next: CalendarEvent, at now: UTCTime) {
        if let running, now >= running.start - policy.early { recordDeparture(from: running.id, .planned, at: now) }
        join(next, .handover, at: now)
    }

    private mutating func leave(_ event: CalendarEvent, _ why: Why, at now: UTCTime) {
        recordDeparture(from: event.id, .planned, at: now)
        becomeFree()
        decide(event.id, .leave, why, at: now)
        decide(at: now)
    }

    /// Leaves a meeting that is not in the calendar, or was joined outside its time: at its time it is joined all the
    /// same.
    private mutating func leaveDeserted(_ event: String?, at now: UTCTime) {
        if attendance?.event == event { attendance = nil }
        becomeFree()
        decide(event ?? Decision.noEvent, .leave, .deserted, at: now)
        decide(at: now)
    }

    private mutating func decide(_ event: String, _ action: Decision.Action, _ why: Why, at now: UTCTime) {
        decisions.append(Decision(at: now, event: event, action: action, why: why))
    }

    // MARK: - Announcements

    /// People were told of this join already, or were in that meeting a moment ago.
    private func isKnownToRoom(_ event: CalendarEvent) -> Bool {
        if resumes(event) { return true }
        if case .failed(let failure) = records[event.id], failure.applies(to: event) { return failure.wasAnnounced }
        return false
    }

    /// A countdown that began in time is seen through, although the window closes meanwhile.
    private func isStillWanted(_ event: CalendarEvent, _ announcement: Announcement, at now: UTCTime) -> Bool {
        let isOver = event.end > event.start && now >= event.end
        let isStep = now > announcement.joinAt + Self.timerSlack
        let began = isStep ? now : min(now, announcement.joinAt - policy.countdown)
        guard !isOver, case .due = standing(of: event, at: began) else { return false }
        return true
    }

    /// Says that an announced join will not be.
    private mutating func withdraw(_ announcement: Announcement, at now: UTCTime) {
        let id = announcement.event
        guard let event = events[id] else { return decide(id, .skip, .removed, at: now) }
        let why: Why
        switch standing(of: event, at: now) {
        case .out(_, let reason): why = reason
        case .notYet: why = .moved
        case .due: why = whyOccupied(event)
        }
        noted[id] = Note(start: event.start, why: why)
        decide(id, .skip, why, at: now)
    }

    // MARK: - What is not joined

    /// Announces once, for each event that came due, that and why it is not joined.
    ///
    /// An entry that came due before is looked at again only when it has changed: that the same calendar is read once more
    /// must not decide anything.
    private mutating func noteSkipped(at now: UTCTime, changed: Set<String>) {
        let since = min(lastEvaluation ?? now, now)
        let due = window(from: since - policy.late, to: now)
        for index in changed.isEmpty ? due : order.indices {
            let event = order[index]
            guard due.contains(index) || changed.contains(event.id) else { continue }
            guard now >= event.start - policy.early, since < event.end + policy.late, running?.id != event.id,
                announcedEvent != event.id, let why = whySkipped(event, at: now),
                noted[event.id] != Note(start: event.start, why: why)
            else { continue }
            noted[event.id] = Note(start: event.start, why: why)
            decide(event.id, .skip, why, at: now)
        }
    }

    private func whySkipped(_ event: CalendarEvent, at now: UTCTime) -> Why? {
        // What the room has been in was not skipped.
        if case .left(_, let until) = records[event.id], event.start < until { return nil }
        if resumes(event) { return nil }
        guard case .out(_, let why) = standing(of: event, at: now) else { return nil }
        return why == .ended ? whyNotByItself(event) : why
    }

    private var announcedEvent: String? {
        switch occupancy {
        case .countdown(let announcement), .inMeeting(_, _, let announcement?): announcement.event
        case .free, .joining, .inMeeting: nil
        }
    }

    // MARK: - Clock

    /// Brings what was measured on the civil clock up to date: the clock may have been set, the calendar changed.
    private mutating func followClock(to now: UTCTime) {
        if let mine = running, let event = events[mine.id], event != mine {
            // An entry moved to after this stay is another meeting, until it is due and the room still is in it.
            let isSameStay =
                event.start < Self.boundary(of: mine) || event.start == mine.start || event.start - policy.early <= now
            if isSameStay { running = event }
        }
        if let running, attendance?.event == running.id { attendance?.until = Self.boundary(of: running) }
        switch occupancy {
        case .free, .joining: break
        case .countdown(var announcement):
            announcement.joinAt = min(announcement.joinAt, now + policy.countdown)
            occupancy = .countdown(announcement)
        case .inMeeting(let event, let aloneSince, var announced):
            if let joinAt = announced?.joinAt { announced?.joinAt = min(joinAt, now + policy.countdown) }
            occupancy = .inMeeting(event: event, aloneSince: aloneSince.map { min($0, now) }, announced: announced)
        }
    }
}

internal import Base

extension Planner {
    /// Where an event stands when the room itself is left out of account.
    enum Standing: Hashable, Sendable {
        /// It will become due.
        case notYet(Why)
        /// It may be joined now.
        case due
        /// It will not be joined by itself.
        case out(ScheduledEvent.State, Why)
    }

    /// The longest wait for another attempt; a retry further off was set before the clock was.
    private static let longestPause = Duration.seconds(60)

    func standing(of event: CalendarEvent, at now: UTCTime) -> Standing {
        if event.status == .cancelled { return .out(.cancelled, .cancelled) }
        var failure: Failure?
        switch records[event.id] {
        case .left(let why, let until) where event.start < until: return .out(.done, why)
        case .dismissed(let until) where event.start < until: return .out(.dismissed, .dismissed)
        case .failed(let record) where record.applies(to: event): failure = record
        case .left, .dismissed, .failed, nil: break
        }
        let isResumed = resumes(event)
        if event.participation == .declined, !isResumed { return .out(.declined, .declined) }
        switch event.link {
        case .none: return .out(.nolink, .noLink)
        case .unsupported(let service, let url): return .out(.unsupported, .unsupported(service, url))
        case .address: if let flaw = flaws[event.id] { return .out(.nolink, .invalid(flaw)) }
        }
        if !isResumed, let why = whyNotByItself(event) {
            return .out(now >= event.end ? .done : .upcoming, now >= event.end ? .ended : why)
        }
        if now >= joinWindowEnd(event) {
            return .out(isResumed ? .done : .missed, failure?.why ?? whyMissed(event, at: now))
        }
        if let failure {
            guard let retryAt = failure.retryAt else { return .out(.missed, failure.why) }
            if now < retryAt, retryAt <= now + Self.longestPause { return .notYet(failure.why) }
        }
        return isResumed || now >= event.start - policy.early ? .due : .notYet(.waiting)
    }

    func state(of event: CalendarEvent, at now: UTCTime) -> (ScheduledEvent.State, Why) {
        switch occupancy {
        case .countdown(let announcement) where announcement.event == event.id: return (.countdown, .due)
        case .joining(event.id, _): return (.joining, .joining)
        case .inMeeting(event.id, _, _): return (.joined, .joined)
        case .inMeeting(_, _, let announcement?) where announcement.event == event.id:
            return (.countdown, .nextNeedsRoom)
        case .free, .countdown, .joining, .inMeeting: break
        }
        switch standing(of: event, at: now) {
        case .out(let state, let why): return (state, why)
        case .notYet(let why): return (.upcoming, why)
        case .due: return (.upcoming, whyOccupied(event))
        }
    }

    /// When an event whose last join failed is tried again; nil when it is not, or when that depends on another meeting.
    func retryTime(of event: CalendarEvent, at now: UTCTime) -> UTCTime? {
        guard case .failed(let failure) = records[event.id], let retryAt = failure.retryAt else { return nil }
        switch occupancy {
        case .joining, .inMeeting: return nil
        case .free, .countdown: break
        }
        let next = max(retryAt, event.start - policy.early)
        guard next < joinWindowEnd(event), case .notYet = standing(of: event, at: now) else { return nil }
        return next
    }

    /// Why an event that is due is not being joined at this moment.
    func whyOccupied(_ event: CalendarEvent) -> Why {
        switch occupancy {
        case .free: return .due
        case .countdown(let announcement):
            return events[announcement.event].map { .occupied(by: $0.title) } ?? .due
        case .joining, .inMeeting:
            guard let running else { return .occupiedWithoutEnd }
            return running.end < joinWindowEnd(event) ? .occupied(by: running.title) : .blocked(by: running.title)
        }
    }

    /// The first event, in order, that may be joined now.
    ///
    /// - Parameter other: only events with the same address as this one.
    func firstDue(at now: UTCTime, besides id: String? = nil, like other: CalendarEvent? = nil) -> CalendarEvent? {
        if other == nil, let attendance, attendance.event != id, let event = events[attendance.event], resumes(event),
            case .due = standing(of: event, at: now)
        {
            return event
        }
        for index in window(from: now - policy.late, to: now) where order[index].id != id {
            if let other, order[index].link != other.link { continue }
            if case .due = standing(of: order[index], at: now) { return order[index] }
        }
        return nil
    }

    /// The events in `order` that start at `first` at the earliest and have come due by `last`.
    func window(from first: UTCTime, to last: UTCTime) -> Range<Int> {
        let lower = order.partitioningIndex { $0.start >= first }
        let upper = order.partitioningIndex { $0.start - policy.early > last }
        return lower..<max(lower, upper)
    }

    /// The room was in this meeting and did not leave it: a failure, or a restart of the daemon, threw it out.
    func resumes(_ event: CalendarEvent) -> Bool {
        guard let attendance else { return false }
        return attendance.event == event.id && event.start < attendance.until
    }

    /// Until when a running meeting is joined.
    private func joinWindowEnd(_ event: CalendarEvent) -> UTCTime {
        resumes(event) ? event.end : regularWindowEnd(event)
    }

    /// No countdown begins that would end after the meeting.
    func regularWindowEnd(_ event: CalendarEvent) -> UTCTime {
        let late = event.start + policy.late
        return event.end > event.start ? min(event.end - policy.countdown, late) : late
    }

    /// Why policy keeps the room from joining by itself; people still may.
    func whyNotByItself(_ event: CalendarEvent) -> Why? {
        if event.isAllDay { return .allDay }
        switch policy.rule {
        case .button: return .button
        case .accepted where event.participation != .accepted: return .notAccepted
        case .accepted, .always: break
        }
        return policy.admits(organizer: event.organizer) ? nil : .organizer
    }

    /// What was said when the window closed stays said.
    private func whyMissed(_ event: CalendarEvent, at now: UTCTime) -> Why {
        if let note = noted[event.id], note.start == event.start, Why.missed.contains(note.why) { return note.why }
        switch occupancy {
        case .joining, .inMeeting: return .busy
        case .free, .countdown: return now >= event.end ? .over : .tooLate
        }
    }
}

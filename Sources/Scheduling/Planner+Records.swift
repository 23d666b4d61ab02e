internal import Base

extension Planner {
    /// What is known of an event beyond the calendar. It holds for the meeting as it was then: an entry moved to
    /// `until` or after is another meeting.
    enum Record: Hashable, Sendable {
        case left(Why, until: UTCTime)
        case dismissed(until: UTCTime)
        case failed(Failure)
    }

    /// A join that failed.
    struct Failure: Hashable, Sendable {
        var why: Why
        var attempts: Int
        /// Nil: not again by itself.
        var retryAt: UTCTime?
        /// The meeting had been announced in the room, so the next attempt need not be.
        var wasAnnounced: Bool
        var start: UTCTime
        var link: MeetingLink

        /// A changed time or address is worth another attempt.
        func applies(to event: CalendarEvent) -> Bool {
            event.start == start && event.link == link
        }
    }

    /// An event that the room has joined and not left.
    struct Attendance: Hashable, Sendable {
        var event: String
        var until: UTCTime
    }

    /// What was said of an event that is not joined.
    struct Note: Hashable, Sendable {
        var start: UTCTime
        var why: Why
    }

    /// Records kept of events; a year of meetings does not pile up.
    static let recordLimit = 512

    /// An entry that starts before this instant is the same meeting; also an entry without length has one.
    static func boundary(of event: CalendarEvent) -> UTCTime {
        max(event.end, event.start + .seconds(1))
    }

    mutating func recordDeparture(from id: String, _ departure: Departure, at now: UTCTime) {
        let stay = running?.id == id ? running : events[id]
        let until = max(stay.map(Self.boundary) ?? now, now)
        switch departure {
        case .onPurpose: records[id] = .left(.left, until: until)
        case .planned: records[id] = .left(.ended, until: until)
        case .ended: records[id] = .left(.endedByHost, until: until)
        }
        if departure != .planned, let record = records[id] { spread(record, from: id, at: now) }
        if attendance?.event == id { attendance = nil }
    }

    /// What is left or dismissed under one entry is so under every other that leads to the same meeting at this time.
    mutating func spread(_ record: Record, from id: String, at now: UTCTime) {
        guard let event = running?.id == id ? running : events[id], case .address = event.link else { return }
        for index in window(from: min(event.start, now) - policy.late, to: max(event.start, now)) {
            let other = order[index]
            guard other.id != id, other.link == event.link, other.end > min(event.start, now) else { continue }
            switch record {
            case .left(let why, _): records[other.id] = .left(why, until: Self.boundary(of: other))
            case .dismissed: records[other.id] = .dismissed(until: Self.boundary(of: other))
            case .failed: break
            }
        }
    }

    mutating func recordFailure(of id: String, _ why: Why, isPermanent: Bool, wasIn: Bool, at now: UTCTime) {
        guard let event = events[id] else { return }
        switch records[id] {
        // Somebody wanted to join nevertheless and could not: that it was dismissed or left on purpose still holds.
        case .left(_, let until) where event.start < until, .dismissed(let until) where event.start < until: return
        case .left, .dismissed, .failed, nil: break
        }
        var attempts = 1
        if case .failed(let before) = records[id], before.applies(to: event) { attempts = before.attempts + 1 }
        // 5, 10, 20, 40, then every 60 s, as long as the window is open.
        let pause = min(60, 5 << min(attempts - 1, 4))
        records[id] = .failed(
            Failure(
                why: why, attempts: attempts, retryAt: isPermanent ? nil : now + .seconds(pause),
                wasAnnounced: wasIn || now >= event.start - policy.early, start: event.start, link: event.link))
    }

    /// The clock has no say in this: a box that wakes up in the wrong year must not forget what was left.
    mutating func forgetOldest() {
        noted = noted.filter { events[$0.key] != nil }
        records = records.filter { id, record in
            if case .failed = record { events[id] != nil } else { true }
        }
        guard records.count > Self.recordLimit else { return }
        let gone = records.filter { events[$0.key] == nil }.sorted { Self.until($0.value) < Self.until($1.value) }
        for (id, _) in gone.prefix(records.count - Self.recordLimit) { records[id] = nil }
    }

    private static func until(_ record: Record) -> UTCTime {
        switch record {
        case .left(_, let until), .dismissed(let until): until
        case .failed(let failure): failure.start
        }
    }

    /// Of several that are due: the one that starts first; then what the room has accepted, then the shorter one.
    static func comesFirst(_ left: CalendarEvent, _ right: CalendarEvent) -> Bool {
        if left.start != right.start { return left.start < right.start }
        let accepted = (left.participation == .accepted, right.participation == .accepted)
        if accepted.0 != accepted.1 { return accepted.0 }
        if left.end != right.end { return left.end < right.end }
        return left.id < right.id
    }
}

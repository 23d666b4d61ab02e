public import Base

/// Decides which meeting the room is in: policy, windows, countdown, overlaps, hand-over, and never back into what
/// somebody left on purpose.
///
/// The planner is told what the calendar says (`update`), what happened (`handle`) and what time it is
/// (`handleTimeout`), and says what to do (`pollDecision`). It runs on civil time, because calendars do: after a step
/// of the clock it decides by the new time. All it knows of an event between two readings of the calendar hangs on the
/// event's id.
public struct Planner: Sendable {
    /// What happened to the room, told by whoever joins and leaves.
    public enum Fact: Hashable, Sendable {
        /// Somebody asked for a join; `event` is nil for a meeting that is not in the calendar.
        case joining(event: String?)
        case joined(event: String?)
        /// The join failed, or the connection to the meeting was lost for good. A permanent reason (a wrong passcode)
        /// is not tried again by itself until the entry's time or address changes.
        case joinFailed(event: String?, why: Why, isPermanent: Bool)
        /// The room is no longer in a meeting.
        case left(Departure)
        /// Nobody but the room is in the meeting, or somebody is again.
        case alone(Bool)
        /// Somebody said that this event is not to be joined.
        case dismissed(event: String)
    }

    public enum Departure: Hashable, Sendable {
        /// Somebody in the room, or a controller, left.
        case onPurpose
        /// The planner decided it.
        case planned
        /// The host ended the meeting, or removed the room.
        case ended
    }

    /// A join that people in the room have been told of.
    struct Announcement: Hashable, Sendable {
        var event: String
        var joinAt: UTCTime
    }

    /// What the room is doing.
    enum Occupancy: Hashable, Sendable {
        case free
        case countdown(Announcement)
        /// `isOwn`: the planner decided the join, not a person.
        case joining(event: String?, isOwn: Bool)
        case inMeeting(event: String?, aloneSince: UTCTime?, announced: Announcement?)
    }

    public let policy: JoinPolicy
    var events: [String: CalendarEvent] = [:]
    /// The events by start; who comes first of several is `comesFirst`.
    var order: [CalendarEvent] = []
    /// Every instant at which an event's standing may change by itself, sorted.
    private var turningPoints: [UTCTime] = []
    /// What is wrong with the addresses of events that have one, by id.
    private(set) var flaws: [String: String] = [:]
    var records: [String: Record] = [:]
    /// The event that the room is in, or was in and was thrown out of by a failure: it is gone back to.
    var attendance: Attendance?
    var occupancy = Occupancy.free
    /// The event of the running meeting, with the times that the stay belongs to: in the calendar it may meanwhile have
    /// vanished or been moved to another day.
    var running: CalendarEvent?
    /// Somebody else has been in the meeting that the room is in.
    var hasHadCompany = false
    var decisions: [Decision] = []
    /// What was said of events that are not joined.
    var noted: [String: Note] = [:]
    /// When the planner last looked at the clock.
    var lastEvaluation: UTCTime?

    public init(policy: JoinPolicy) {
        self.policy = policy
    }

    // MARK: - Inputs

    /// Replaces the calendar. Events are told apart by id; the later of two with one id wins.
    public mutating func update(_ calendar: [CalendarEvent], at now: UTCTime) {
        let before = events
        events = Dictionary(calendar.map { ($0.id, $0) }) { _, last in last }
        flaws = events.compactMapValues(\.link.flaw)
        order = events.values.sorted { Self.comesFirst($0, $1) }
        var points: [UTCTime] = []
        points.reserveCapacity(order.count * 4)
        for event in order {
            points += [event.start - policy.early, event.start, regularWindowEnd(event), event.end]
        }
        turningPoints = points.sorted()
        forgetOldest()
        evaluate(at: now, changed: Set(events.keys.filter { events[$0] != before[$0] }))
    }

    public mutating func handle(_ fact: Fact, at now: UTCTime) {
        switch fact {
        case .joining(let event):
            occupancy = .joining(event: event, isOwn: false)
            running = event.flatMap { events[$0] }
        case .joined(let event):
            occupancy = .inMeeting(event: event, aloneSince: now, announced: nil)
            hasHadCompany = false
            running = event.flatMap { events[$0] } ?? running.flatMap { $0.id == event ? $0 : nil }
            if let event { records[event] = nil }
            attendance = running.map { Attendance(event: $0.id, until: Self.boundary(of: $0)) }
        case .joinFailed(let event, let why, let isPermanent):
            handleFailure(of: event, why, isPermanent: isPermanent, at: now)
        case .left(let departure):
            handleDeparture(departure, at: now)
        case .alone(let isAlone):
            guard case .inMeeting(let event, let since, let announced) = occupancy else { break }
            if !isAlone { hasHadCompany = true }
            occupancy = .inMeeting(event: event, aloneSince: isAlone ? since ?? now : nil, announced: announced)
        case .dismissed(let id):
            guard let event = events[id] else { break }
            let record = Record.dismissed(until: Self.boundary(of: event))
            records[id] = record
            spread(record, from: id, at: now)
            if attendance?.event == id, running?.id != id { attendance = nil }
        }
        evaluate(at: now)
    }

    /// To be called at `nextDeadline`, and whenever the civil clock was set.
    public mutating func handleTimeout(at now: UTCTime) {
        evaluate(at: now)
    }

    private mutating func handleFailure(of event: String?, _ why: Why, isPermanent: Bool, at now: UTCTime) {
        var isPermanent = isPermanent
        var wasIn = false
        var event = event
        switch occupancy {
        case .joining(_, let isOwn):
            // A person may have given a passcode of their own: that it was wrong says nothing of the entry's.
            if !isOwn { isPermanent = false }
            becomeFree()
        case .inMeeting(let current, _, _):
            // The stay may have passed to another entry meanwhile.
            event = current
            wasIn = current != nil
            becomeFree()
        case .free, .countdown: break
        }
        if let event { recordFailure(of: event, why, isPermanent: isPermanent, wasIn: wasIn, at: now) }
    }

    private mutating func handleDeparture(_ departure: Departure, at now: UTCTime) {
        switch occupancy {
        // Nothing was left, and a countdown to the next meeting goes on.
        case .free, .countdown: return
        case .joining(let event?, _):
            if departure != .planned { recordDeparture(from: event, departure, at: now) }
        case .inMeeting(let event?, _, _): recordDeparture(from: event, departure, at: now)
        case .joining(nil, _), .inMeeting(nil, _, _): break
        }
        becomeFree()
    }

    mutating func becomeFree() {
        occupancy = .free
        running = nil
    }

    // MARK: - Outputs

    /// The decisions in the order in which they were made; each comes once.
    public mutating func pollDecision() -> Decision? {
        decisions.isEmpty ? nil : decisions.removeFirst()
    }

    /// The next instant after `now` at which something may change by itself.
    public func nextDeadline(after now: UTCTime) -> UTCTime? {
        var points: [UTCTime] = []
        let next = turningPoints.partitioningIndex { $0 > now }
        if next < turningPoints.count { points.append(turningPoints[next]) }
        for case .failed(let failure) in records.values {
            if let retryAt = failure.retryAt { points.append(retryAt) }
        }
        switch occupancy {
        case .free, .joining: break
        case .countdown(let announcement): points.append(announcement.joinAt)
        case .inMeeting(_, let aloneSince, let announced):
            if let announced { points.append(announced.joinAt) }
            if let aloneSince { points.append(aloneSince + policy.alone) }
            if let running {
                points += [running.end, running.end + policy.overstay, running.end - policy.countdown]
                if let aloneSince { points.append(max(aloneSince, running.end) + policy.alone) }
            }
            let coming = order.partitioningIndex { $0.start - policy.countdown > now }
            if coming < order.count { points.append(order[coming].start - policy.countdown) }
        }
        return points.filter { $0 > now }.min()
    }

    /// The event with this id, as the calendar has it.
    public func event(_ id: String) -> CalendarEvent? {
        events[id]
    }

    /// The event with this id and its state.
    public func scheduled(_ id: String, at now: UTCTime) -> ScheduledEvent? {
        events[id].map { scheduled($0, at: now) }
    }

    private func scheduled(_ event: CalendarEvent, at now: UTCTime) -> ScheduledEvent {
        let (state, why) = state(of: event, at: now)
        return ScheduledEvent(event: event, state: state, why: why, retryAt: retryTime(of: event, at: now))
    }

    /// The event of the meeting that the room is in: it changes when the stay passes to another entry.
    public var currentEvent: String? {
        if case .inMeeting(let event, _, _) = occupancy { event } else { nil }
    }

    /// Every event with its state, in the order of their starts.
    public func schedule(at now: UTCTime) -> [ScheduledEvent] {
        order.map { scheduled($0, at: now) }
    }
}

extension Array {
    /// The index of the first element that `belongs`, in an array in which all that do come after all that do not.
    package func partitioningIndex(_ belongs: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

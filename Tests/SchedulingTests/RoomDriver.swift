import Base
import Scheduling

/// A room that does what its planner says, on virtual time: joins succeed at once unless told otherwise, and past a
/// meeting's end everybody else is gone.
struct RoomDriver {
    var planner: Planner
    private(set) var now: UTCTime
    private(set) var log: [Decision] = []
    /// The event whose meeting the room is in.
    private(set) var meeting: String?
    private(set) var isInMeeting = false
    /// What the room must never do; empty when all is well.
    private(set) var violations: [String] = []
    private var left: Set<String> = []
    /// Decides how a join ends; nil: it succeeds.
    var failing: (String) -> (why: Why, isPermanent: Bool)? = { _ in nil }
    /// People stay past the end.
    var peopleStay = false

    init(_ planner: Planner, at now: UTCTime) {
        self.planner = planner
        self.now = now
    }

    init(_ events: [CalendarEvent], policy: JoinPolicy = JoinPolicy(), at now: UTCTime) {
        self.init(Planner(policy: policy), at: now)
        update(events)
    }

    mutating func update(_ events: [CalendarEvent]) {
        planner.update(events, at: now)
        follow()
    }

    mutating func tell(_ fact: Planner.Fact) {
        planner.handle(fact, at: now)
        switch fact {
        case .joined(let event):
            meeting = event
            isInMeeting = true
            planner.handle(.alone(false), at: now)
        case .left(let departure):
            if departure != .planned, let meeting { left.insert(meeting) }
            meeting = nil
            isInMeeting = false
        case .joinFailed:
            meeting = nil
            isInMeeting = false
        case .joining, .alone, .dismissed: break
        }
        follow()
    }

    /// Lets time pass, waking at every deadline of the planner.
    mutating func advance(to end: UTCTime) {
        var steps = 0
        while let next = planner.nextDeadline(after: now), next <= end {
            step(to: next)
            steps += 1
            guard steps < 200_000 else {
                violations.append("the planner wakes without end at \(now)")
                return
            }
        }
        step(to: end)
    }

    /// The clock is set, without the time in between having passed.
    mutating func setClock(to time: UTCTime) {
        step(to: time)
    }

    private mutating func step(to time: UTCTime) {
        now = time
        planner.handleTimeout(at: now)
        follow()
    }

    private mutating func follow() {
        repeat {
            while let decision = planner.pollDecision() {
                log.append(decision)
                perform(decision)
            }
            guard let meeting, !peopleStay, let event = planner.event(meeting), now >= event.end else { return }
            planner.handle(.alone(true), at: now)
            guard let decision = planner.pollDecision() else { return }
            log.append(decision)
            perform(decision)
        } while true
    }

    private mutating func perform(_ decision: Decision) {
        switch decision.action {
        case .countdown: break
        case .skip:
            // The stay passes to the other entry when that ends later.
            if decision.why.code == "join.same", let id = meeting, let old = planner.event(id),
                let new = planner.event(decision.event), new.end > old.end
            {
                meeting = decision.event
            }
        case .join, .handover:
            if decision.action == .join, isInMeeting {
                violations.append("joins \(decision.event) while in \(meeting ?? "another")")
            }
            if decision.action == .handover, !isInMeeting { violations.append("hands over from nothing") }
            if left.contains(decision.event) { violations.append("goes back into \(decision.event)") }
            if let failure = failing(decision.event) {
                meeting = nil
                isInMeeting = false
                planner.handle(
                    .joinFailed(event: decision.event, why: failure.why, isPermanent: failure.isPermanent), at: now)
            } else {
                meeting = decision.event
                isInMeeting = true
                planner.handle(.joined(event: decision.event), at: now)
                planner.handle(.alone(false), at: now)
            }
        case .leave:
            if (meeting ?? Decision.noEvent) != decision.event || !isInMeeting {
                violations.append("leaves \(decision.event), being elsewhere")
            }
            meeting = nil
            isInMeeting = false
        }
    }

    /// `countdown a 09:59:00` and so on, of the day.
    var story: [String] {
        log.map { decision in
            "\(decision.action.rawValue) \(decision.event) \(decision.at.description.dropFirst(11).prefix(8))"
        }
    }

    func state(_ id: String) -> ScheduledEvent.State? {
        planner.schedule(at: now).first { $0.event.id == id }?.state
    }

    func why(_ id: String) -> Why? {
        planner.schedule(at: now).first { $0.event.id == id }?.why
    }
}

/// A time of 2026-03-02, in UTC.
func at(_ clock: String, day: Int = 2) -> UTCTime {
    let parts = clock.split(separator: ":").compactMap { Int64($0) }
    let seconds = parts[0] * 3600 + parts[1] * 60 + (parts.count > 2 ? parts[2] : 0)
    return UTCTime(seconds: CivilDate.daysSinceEpoch(year: 2026, month: 3, day: 1) * 86_400 + seconds)
        + .seconds((day - 1) * 86_400)
}

func meeting(
    _ id: String, _ start: String, _ end: String, day: Int = 2, link: MeetingLink? = nil,
    change: (inout CalendarEvent) -> Void = { _ in }
) -> CalendarEvent {
    var event = CalendarEvent(
        id: id, title: "Meeting \(id)", start: at(start, day: day), end: at(end, day: day),
        organizer: "anna@example.org", participation: .accepted, link: link ?? .address("janus+ws://sfu/?room=\(id)"))
    change(&event)
    return event
}

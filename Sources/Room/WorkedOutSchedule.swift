import Base
import ControlAPI
import Scheduling

/// What the planner says of the calendar, worked out once and good until something happens to it or its time has come:
/// whoever can invite the room decides how large a calendar is, and most of what happens does not concern it.
struct WorkedOutSchedule: Sendable {
    /// Everything, in the order of the starts.
    let scheduled: [ScheduledEvent]
    let next: ScheduledEvent?
    let nextView: RoomState.Event?
    /// The days that are listed by default.
    let listed: [RoomState.Event]
    /// It holds from this instant of civil time…
    private let since: UTCTime
    /// … until this one.
    private let until: UTCTime
    private let listedUntil: UTCTime
    private let startOfToday: UTCTime?

    static let listedAhead = Duration.seconds(7 * 86_400)
    /// How far back lists go where the start of the day is not known.
    static let listedBack = Duration.seconds(86_400)

    /// - Parameter view: an event as clients see it.
    init(_ planner: Planner, early: Duration, at now: RoomTime, view: (ScheduledEvent) -> RoomState.Event) {
        scheduled = planner.schedule(at: now.civil)
        next = Self.next(of: scheduled, early: early, at: now.civil)
        nextView = next.map(view)
        since = now.civil
        startOfToday = now.startOfToday
        let end = planner.nextDeadline(after: now.civil) ?? UTCTime(milliseconds: .max)
        until = end
        let (first, last) = Self.span(at: now)
        let chosen = Self.touching(scheduled, from: first, to: last)
        listed = chosen.map(view)
        var changes = end
        let coming = scheduled.partitioningIndex { $0.event.start >= last }
        if coming < scheduled.count {
            changes = min(changes, scheduled[coming].event.start - Self.listedAhead + .milliseconds(1))
        }
        if now.startOfToday == nil {
            for one in chosen {
                let last = max(one.event.end, one.event.start + .milliseconds(1))
                changes = min(changes, last + Self.listedBack)
            }
        }
        listedUntil = changes
    }

    func holds(at now: UTCTime) -> Bool {
        now >= since && now < until
    }

    /// Whether `listed` is what is to be listed, too.
    func listHolds(at now: RoomTime) -> Bool {
        holds(at: now.civil) && now.civil < listedUntil && now.startOfToday == startOfToday
    }

    /// What is listed by default: from the start of today to seven days on.
    static func span(at now: RoomTime) -> (first: UTCTime, last: UTCTime) {
        (now.startOfToday ?? now.civil - listedBack, now.civil + listedAhead)
    }

    static func touching(_ all: [ScheduledEvent], from first: UTCTime, to last: UTCTime) -> [ScheduledEvent] {
        all.filter { $0.event.start < last && ($0.event.end > first || $0.event.start >= first) }
    }

    /// The first event that is still to come and concerns the room. One that the room cannot join gives way when the
    /// next one is due.
    private static func next(of all: [ScheduledEvent], early: Duration, at now: UTCTime) -> ScheduledEvent? {
        var first: ScheduledEvent?
        for scheduled in all where scheduled.event.end > now && !scheduled.event.isAllDay {
            switch scheduled.state {
            case .upcoming, .countdown, .joining, .unsupported, .nolink: break
            case .joined, .done, .missed, .dismissed, .cancelled, .declined: continue
            }
            first = first ?? scheduled
            guard scheduled.event.start - early <= now else { return first }
            if case .address = scheduled.event.link, scheduled.state != .nolink { return scheduled }
        }
        return first
    }
}

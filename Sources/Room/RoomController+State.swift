import Base
public import ControlAPI
import Meeting
import Scheduling

// The state tree, derived from what each part owns.

extension RoomController {
    /// What clients see at this instant.
    public func state(at now: RoomTime) -> RoomState {
        var state = RoomState(
            room: RoomState.Room(name: settings.name, timezone: settings.timezone),
            system: RoomState.System(version: settings.version, started: started, pid: settings.pid))
        state.meeting = meetingView(at: now)
        state.microphone = microphoneView
        state.camera = devices.camera
        state.speaker = devices.speaker
        state.display = devices.display
        state.display.layout = layout
        state.display.pinned = pinned
        state.content = devices.content
        state.schedule = scheduleView(at: now)
        state.health = health
        return state
    }

    func meetingView(at now: RoomTime) -> RoomState.Meeting? {
        switch whereabouts {
        case .idle: return nil
        case .joining(let attempt): return attempt.view(.joining)
        case .inMeeting(let stay):
            var view = stay.shown
            view.elapsed = (now.monotonic - stay.joinedAt).inSeconds
            return view
        case .leaving(let departure): return departure.view
        }
    }

    /// The microphone as it is for the others: between meetings nothing leaves the room, whether it is open or not.
    private var microphoneView: RoomState.Microphone {
        var view = devices.microphone
        switch whereabouts {
        case .inMeeting(let stay):
            if view.state == .muted { view.mutedBy = stay.blocked.contains(.audio) ? .host : devices.muter }
        case .idle, .joining, .leaving:
            if view.state == .live { view.state = .muted }
            if view.state == .muted, !view.enabled { view.mutedBy = .`self` }
        }
        return view
    }

    private func scheduleView(at now: RoomTime) -> RoomState.Schedule {
        let schedule = schedule(at: now)
        return RoomState.Schedule(
            state: calendar.state, refreshed: calendar.refreshed, next: schedule.nextView, events: schedule.listed)
    }

    var health: RoomState.Health {
        let list = problems.map { code, problem in
            RoomState.Health.Problem(code: code, text: problem.text, since: problem.since)
        }
        return RoomState.Health(
            status: list.isEmpty ? .ok : .degraded, problems: list.sorted { $0.code < $1.code })
    }
}

extension RoomController {
    /// An event as clients see it; its address without secrets was worked out when the calendar was read.
    func view(of scheduled: ScheduledEvent) -> RoomState.Event {
        let event = scheduled.event
        return RoomState.Event(
            id: event.id, title: event.title, start: event.start, end: event.end,
            url: event.link.url.flatMap { shownAddresses[$0] }, state: RoomState.Event.Condition(scheduled.state),
            why: RoomState.Why(code: scheduled.why.code, text: scheduled.why.text), retry: scheduled.retryAt)
    }

    mutating func noteAddresses(of events: [CalendarEvent]) {
        shownAddresses = [:]
        for case let url? in events.map(\.link.url) where shownAddresses[url] == nil {
            shownAddresses[url] = (try? MeetingAddress(url))?.description ?? Redaction.address(url)
        }
    }
}

extension RoomState.Event.Condition {
    init(_ state: ScheduledEvent.State) {
        self =
            switch state {
            case .upcoming: .upcoming
            case .countdown: .countdown
            case .joining: .joining
            case .joined: .joined
            case .done: .done
            case .missed: .missed
            case .dismissed: .dismissed
            case .cancelled: .cancelled
            case .declined: .declined
            case .unsupported: .unsupported
            case .nolink: .nolink
            }
    }
}

import Base
import ControlAPI
import Meeting
import Scheduling

extension RoomController {
    /// What is to be on the display at this instant.
    public func screen(at now: RoomTime) -> Screen {
        let shown = message ?? notice
        let isBroken = devices.cameraCondition == .lost || problems["camera.unavailable"] != nil
        let hasSelfView = showsSelfView && (devices.camera.state == .live || isBroken)
        return Screen(
            body: body(at: now), layout: layout, showsSelfView: hasSelfView, pinned: pinned,
            isMicrophoneMuted: devices.microphone.state != .live, isCameraBroken: isBroken,
            countdown: countdown.map { .countdown(title: $0.title, joinAt: $0.joinAt) },
            message: shown.map { Screen.Message(title: $0.title, detail: $0.detail) }, language: settings.language)
    }

    private func body(at now: RoomTime) -> Screen.Body {
        switch whereabouts {
        case .idle, .joining: break
        case .inMeeting: if let view = meetingView(at: now) { return .meeting(view) }
        // A meeting that is over has nothing to show any more, nor has one that the room never was in.
        case .leaving(let departure): if departure.reason == .left { return .meeting(departure.view) }
        }
        let next = nextEvent(at: now)
        let condition: Screen.Calendar =
            calendar.isUnconfigured ? .unconfigured : calendar.refreshed == nil ? .unread : .read
        return .home(Screen.Home(roomName: settings.name, next: next, hint: hint(next, at: now), calendar: condition))
    }

    /// The one line that asks for attention: what happens by itself first, then what is wrong, then what is to be known.
    private func hint(_ next: ScheduledEvent?, at now: RoomTime) -> Screen.Hint? {
        switch whereabouts {
        case .joining(let attempt): return .joining(title: attempt.title)
        case .leaving(let departure): if let attempt = departure.next { return .joining(title: attempt.title) }
        case .idle, .inMeeting: break
        }
        if let countdown { return .countdown(title: countdown.title, joinAt: countdown.joinAt) }
        if let failedJoin { return hint(failedJoin, at: now) }
        if calendar.state == .failed { return .note(words.calendarUnreadable) }
        if devices.microphone.state == .lost { return .note(words.microphoneLost) }
        if devices.camera.state == .lost { return .note(words.cameraLost) }
        if devices.speaker.state == .lost { return .note(words.speakerLost) }
        if let next, let text = note(on: next) { return .next(text) }
        return calendar.state == .stale ? .note(words.calendarStale) : nil
    }

    private func hint(_ failed: FailedJoin, at now: RoomTime) -> Screen.Hint {
        let title = words.cannotJoin(failed.title)
        guard let retryAt = planner.scheduled(failed.event, at: now.civil)?.retryAt else {
            return .note("\(title). \(failed.detail)")
        }
        return .failed(title: title, why: failed.detail, retryAt: now.monotonic + (retryAt - now.civil))
    }

    /// Why the next meeting is not simply joined.
    private func note(on next: ScheduledEvent) -> String? {
        switch next.event.link {
        case .unsupported(let service, _): words.unsupported(next.event.title, on: service)
        case .none: words.noAddress
        case .address: words.policy(next.why.code)
        }
    }
}

import Base
import ControlAPI
import JSON
import Meeting
import Scheduling

// Out of a meeting. Whatever the reason, the room is idle only when the shell has said that it is out.

extension RoomController {
    // MARK: - Commands and decisions

    mutating func leaveMeeting(_ id: CommandID, successor: String?, at now: RoomTime) {
        switch whereabouts {
        case .idle: refuse(id, .notInMeeting)
        case .joining(let attempt):
            for waiting in attempt.waiting { refuse(waiting, .cancelled, "Somebody stopped the join.") }
            tell(.left(.onPurpose), at: now)
            stop(attempt, waiting: [id], next: nil, at: now)
        case .inMeeting(let stay):
            guard successor == nil else {
                let text = "This service cannot hand the host role over: leave without transferTo."
                refuse(id, .unsupportedByService, text)
                return
            }
            tell(.left(.onPurpose), at: now)
            depart(stay, .left, waiting: [id], next: nil, at: now)
        case .leaving(let departure):
            if departure.next != nil {
                tell(.left(.onPurpose), at: now)
                cancelNext("Somebody stopped the join.")
            }
            wait(id)
        }
    }

    mutating func dismissEvent(_ id: CommandID, _ event: String, at now: RoomTime) {
        guard planner.event(event) != nil else {
            refuse(id, .meetingNotFound, "The calendar has no event “\(event)”; schedule.list lists them.")
            return
        }
        switch whereabouts {
        case .joining(let attempt) where attempt.event == event:
            // The countdown was over a moment too soon.
            for waiting in attempt.waiting { refuse(waiting, .cancelled, "Somebody dismissed the meeting.") }
            tell(.left(.onPurpose), at: now)
            tell(.dismissed(event: event), at: now)
            stop(attempt, waiting: [id], next: nil, at: now)
        case .leaving(let departure) where departure.next?.event == event:
            tell(.left(.onPurpose), at: now)
            tell(.dismissed(event: event), at: now)
            cancelNext("Somebody dismissed the meeting.")
            done(id)
        case .inMeeting(let stay) where stay.view.scheduled == event:
            refuse(id, .alreadyInMeeting, "The room is in this meeting; meeting.leave leaves it.")
        case .idle, .joining, .inMeeting, .leaving:
            tell(.dismissed(event: event), at: now)
            done(id)
        }
    }

    /// The planner has already put down what became of the meeting.
    mutating func leaveAsPlanned(at now: RoomTime) {
        guard case .inMeeting(let stay) = whereabouts else { return }
        depart(stay, .left, waiting: [], next: nil, at: now)
    }

    // MARK: - Leaving

    /// Stops a join that is under way; who waited for it has been answered.
    mutating func stop(_ attempt: Attempt, waiting: [CommandID], next: Attempt?, at now: RoomTime) {
        perform(.setSending(false))
        perform(.leave(attempt.generation))
        var closed = closeOpenDevices()
        closed.formUnion(attempt.closed)
        whereabouts = .leaving(
            Departure(
                generation: attempt.generation, view: attempt.view(.leaving), reason: nil, isJoinOpen: true,
                waiting: waiting,
                next: next, closed: closed, deadline: now.monotonic + Patience.leave))
    }

    /// Leaves a meeting, or frees what one held that is over; the planner has been told.
    mutating func depart(
        _ stay: Stay, _ reason: LeaveReason, waiting: [CommandID], next: Attempt?, at now: RoomTime
    ) {
        var view = stay.view
        view.state = .leaving
        view.elapsed = (now.monotonic - stay.joinedAt).inSeconds
        let waiting = waiting + finishOperations(reason)
        setProblem("meeting.secret", nil, at: now)
        setProblem("meeting.connection", nil, at: now)
        whereabouts = .leaving(
            Departure(
                generation: stay.generation, view: view, reason: reason, isJoinOpen: false, waiting: waiting,
                next: next,
                deadline: now.monotonic + Patience.leave))
        pinned = nil
        perform(.setSending(false))
        perform(.leave(stay.generation))
        closeMicrophone()
        closeCamera()
    }

    /// The meeting ended by itself: the host ended it, put the room out, or the connection was lost for good.
    mutating func lose(_ stay: Stay, _ reason: LeaveReason, waiting: [CommandID] = [], at now: RoomTime) {
        switch reason {
        case .dropped:
            let why = Why(code: "join.dropped", text: "The connection to the meeting was lost.")
            tell(.joinFailed(event: stay.view.scheduled, why: why, isPermanent: false), at: now)
            show(words.connectionLost, words.sentence(for: .unreachable), at: now)
        case .removed:
            tell(.left(.ended), at: now)
            show(words.removed, words.sentence(for: .removed), at: now)
        case .ended, .left, .hidden: tell(.left(.ended), at: now)
        }
        depart(stay, reason, waiting: waiting, next: nil, at: now)
    }

    mutating func handleLeft(_ generation: MeetingGeneration, at now: RoomTime) {
        if case .leaving(let departure) = whereabouts, departure.generation == generation {
            for id in departure.waiting { done(id) }
            finish(departure, at: now)
        } else if let index = overdueLeaves.firstIndex(of: generation) {
            overdueLeaves.remove(at: index)
            noteOverdueLeaves(at: now)
        }
    }

    /// The shell never said that the room is out. It goes on without: a room that hangs is of no use.
    mutating func giveUpLeave(at now: RoomTime) {
        guard case .leaving(let departure) = whereabouts else { return }
        for id in departure.waiting { refuse(id, .timeout) }
        overdueLeaves = overdueLeaves.suffix(15) + [departure.generation]
        noteOverdueLeaves(at: now)
        finish(departure, at: now)
    }

    private mutating func noteOverdueLeaves(at now: RoomTime) {
        let text = "A meeting was left, but its end was not reported: the others may still see the room in it."
        setProblem("meeting.stuck", overdueLeaves.isEmpty ? nil : text, at: now)
    }

    private mutating func finish(_ departure: Departure, at now: RoomTime) {
        whereabouts = .idle
        lastActivity = now.monotonic
        // Out of a meeting the devices are closed; what people have set since a join was stopped stays as they set it. A join
        // that may yet come through must find nothing open.
        if departure.reason != nil || departure.isJoinOpen { closeOpenDevices() }
        if departure.isJoinOpen { strayJoins = strayJoins.suffix(15) + [departure.generation] }
        if let reason = departure.reason { perform(.event(.meetingLeft(reason: reason.rawValue))) }
        if isEnding {
            perform(.readyToEnd)
        } else if var next = departure.next {
            next.closed.formUnion(departure.closed)
            start(next, at: now)
        } else if !departure.isJoinOpen {
            reopen(departure.closed)
        }
    }

    private mutating func wait(_ id: CommandID) {
        guard case .leaving(var departure) = whereabouts else { return }
        departure.waiting.append(id)
        whereabouts = .leaving(departure)
    }

    /// Drops the join that was to follow the leave.
    mutating func cancelNext(_ sentence: String) {
        guard case .leaving(var departure) = whereabouts, let next = departure.next else { return }
        departure.next = nil
        whereabouts = .leaving(departure)
        for id in next.waiting { refuse(id, .cancelled, sentence) }
    }
}

import Base
import ControlAPI
import JSON
import Meeting
import Scheduling

// Into a meeting.

extension RoomController {
    // MARK: - Commands

    mutating func joinMeeting(_ id: CommandID, _ join: Command.Join, at now: RoomTime) {
        guard refuseUnlessFree(id) else { return }
        let address: MeetingAddress
        do {
            address = try MeetingAddress(join.url)
        } catch {
            let reason = Redaction.remove(Redaction.secrets(in: join.url), from: error.description)
            refuseAddress(id, "This room cannot join \(Redaction.address(join.url)): \(reason).", title: "", at: now)
            return
        }
        guard address.room != nil else {
            let text = "The address names no meeting: expected \(address.description)?room=ID."
            refuseAddress(id, text, title: "", at: now)
            return
        }
        let event = runningEvent(at: address, at: now)
        let request = JoinRequest(
            target: .address(address), passcode: join.passcode, displayName: join.displayName ?? settings.name,
            microphone: join.microphone ?? settings.entersWithMicrophone,
            camera: join.camera ?? settings.entersWithCamera)
        begin(request, event: event?.id, title: event?.title, waiting: [id], isPlanned: false, at: now)
    }

    /// The event of the calendar whose meeting is at this address now.
    private func runningEvent(at address: MeetingAddress, at now: RoomTime) -> CalendarEvent? {
        schedule(at: now).scheduled.first { scheduled in
            let event = scheduled.event
            guard now.civil < event.end, now.civil >= event.start - settings.policy.early,
                case .address(let url) = event.link, let other = try? MeetingAddress(url)
            else { return false }
            return other.isSameService(as: address) && other.room == address.room
        }?.event
    }

    mutating func startMeeting(
        _ id: CommandID, title: String?, service: String?, passcode: String?, at now: RoomTime
    ) {
        guard refuseUnlessFree(id) else { return }
        let chosen = service.map { name in settings.services.first { $0.name == name } } ?? settings.services.first
        guard let chosen, let address = try? MeetingAddress(chosen.url) else {
            let names = settings.services.map(\.name).joined(separator: ", ")
            let text =
                names.isEmpty
                ? "No [[service]] is configured on which a meeting could be started."
                : "There is no service “\(service ?? "")”; configured are: \(names)."
            refuse(id, .unsupportedByService, text)
            return
        }
        let request = JoinRequest(
            target: .new(service: address, title: title), passcode: passcode, displayName: settings.name,
            microphone: settings.entersWithMicrophone, camera: settings.entersWithCamera)
        begin(request, event: nil, title: title, waiting: [id], isPlanned: false, at: now)
    }

    mutating func joinEvent(_ id: CommandID, _ eventID: String, at now: RoomTime) {
        guard let event = planner.event(eventID) else {
            refuse(id, .meetingNotFound, "The calendar has no event “\(eventID)”; schedule.list lists them.")
            return
        }
        guard !wait(id, for: eventID, at: now) else { return }
        switch event.link {
        case .none:
            refuseAddress(id, "“\(event.title)” has no meeting address.", title: event.title, at: now)
        case .unsupported:
            let why = planner.scheduled(eventID, at: now.civil)?.why.text
            refuseAddress(id, why ?? MeetingError.unsupportedAddress.message, title: event.title, at: now)
        case .address(let url):
            let isAnnounced = countdown?.event == eventID
            guard isAnnounced || refuseUnlessFree(id) else { return }
            do {
                let request = try scheduledRequest(url)
                if isAnnounced, case .inMeeting = whereabouts {
                    // Somebody does not want to wait for the end of the countdown to the next meeting. What the planner
                    // would do with a free room is void: it is not free.
                    tell(.left(.onPurpose), at: now)
                    while planner.pollDecision() != nil {}
                }
                begin(request, event: eventID, title: event.title, waiting: [id], isPlanned: false, at: now)
            } catch {
                refuseAddress(id, unusable(event, url, error), title: event.title, at: now)
            }
        }
    }

    /// Who asks for what is under way, or done, gets its result.
    private mutating func wait(_ id: CommandID, for event: String, at now: RoomTime) -> Bool {
        switch whereabouts {
        case .idle: return false
        case .joining(var attempt):
            guard attempt.event == event else { return false }
            attempt.waiting.append(id)
            whereabouts = .joining(attempt)
        case .inMeeting(let stay):
            guard stay.view.scheduled == event else { return false }
            if var arrival = arrivals.first {
                arrival.id = id
                arrivals.append(arrival)
            } else {
                answerJoined(id, at: now)
            }
        case .leaving(var departure):
            guard departure.next?.event == event else { return false }
            departure.next?.waiting.append(id)
            whereabouts = .leaving(departure)
        }
        return true
    }

    /// Also true while a meeting is being left: the join follows.
    private mutating func refuseUnlessFree(_ id: CommandID) -> Bool {
        switch whereabouts {
        case .idle: return true
        case .leaving(let departure):
            if departure.next == nil { return true }
            refuse(id, .joining)
        case .joining: refuse(id, .joining)
        case .inMeeting: refuse(id, .alreadyInMeeting)
        }
        return false
    }

    private mutating func refuseAddress(_ id: CommandID, _ text: String, title: String, at now: RoomTime) {
        refuse(id, .unsupportedAddress, text)
        show(words.cannotJoin(title), words.sentence(for: .unsupportedAddress), at: now)
    }

    // MARK: - The planner's joins

    mutating func joinScheduled(_ id: String, at now: RoomTime) {
        guard let event = planner.event(id), case .address(let url) = event.link else {
            let why = Why(code: "link.invalid", text: "The meeting's address is gone.")
            tell(.joinFailed(event: id, why: why, isPermanent: true), at: now)
            return
        }
        do {
            let request = try scheduledRequest(url)
            begin(request, event: id, title: event.title, waiting: [], isPlanned: true, at: now)
        } catch {
            let why = Why(code: "link.invalid", text: unusable(event, url, error))
            tell(.joinFailed(event: id, why: why, isPermanent: true), at: now)
            noteFailedJoin(
                event: id, title: event.title, words.sentence(for: .unsupportedAddress), text: why.text, at: now)
        }
    }

    private func scheduledRequest(_ url: String) throws(MeetingAddressError) -> JoinRequest {
        let address = try MeetingAddress(url)
        guard address.room != nil else { throw MeetingAddressError("it names no meeting; expected ?room=ID") }
        return JoinRequest(
            target: .address(address), passcode: nil, displayName: settings.name,
            microphone: settings.entersWithMicrophone, camera: settings.entersWithCamera)
    }

    private func unusable(_ event: CalendarEvent, _ url: String, _ error: MeetingAddressError) -> String {
        let reason = Redaction.remove(Redaction.secrets(in: url), from: error.description)
        return "The address of “\(event.title)” cannot be used: \(reason)."
    }

    // MARK: - Joining

    /// Starts a join; a meeting the room is in is left first.
    private mutating func begin(
        _ request: JoinRequest, event: String?, title: String?, waiting: [CommandID], isPlanned: Bool, at now: RoomTime
    ) {
        let address: MeetingAddress
        switch request.target {
        case .address(let target): address = target
        case .new(let service, _): address = service
        }
        let generation = nextGeneration()
        let attempt = Attempt(
            generation: generation, meetingID: "\(startedMonotonic.nanoseconds)-\(generation.number)", request: request,
            event: event, title: title ?? "", service: serviceName(of: address), url: address.description,
            isPlanned: isPlanned, microphone: request.microphone, camera: request.camera, waiting: waiting)
        notice = nil
        countdown = nil
        if !isPlanned { tell(.joining(event: event), at: now) }
        switch whereabouts {
        case .idle: start(attempt, at: now)
        case .inMeeting(let stay): depart(stay, .left, waiting: [], next: attempt, at: now)
        case .joining(let present):
            for id in present.waiting { refuse(id, .cancelled, "A later join took its place.") }
            stop(present, waiting: [], next: attempt, at: now)
        case .leaving(var departure):
            cancelNext("A later join took its place.")
            departure.next = attempt
            whereabouts = .leaving(departure)
        }
        wakeDisplay(at: now)
    }

    mutating func start(_ attempt: Attempt, at now: RoomTime) {
        var attempt = attempt
        attempt.deadline = now.monotonic + Patience.join
        // Nobody hears or sees the room before it has entered as it was asked to.
        if !attempt.microphone, isOpenOrOpening(.microphone) {
            attempt.closed.microphone = true
            closeMicrophone()
        }
        if !attempt.camera, isOpenOrOpening(.camera) {
            attempt.closed.camera = true
            closeCamera()
        }
        whereabouts = .joining(attempt)
        perform(.join(attempt.generation, attempt.request))
    }

    mutating func handleJoined(_ generation: MeetingGeneration, _ report: JoinReport, at now: RoomTime) {
        guard case .joining(let attempt) = whereabouts, attempt.generation == generation else {
            leaveStray(generation)
            return
        }
        var view = attempt.view(.joined)
        view.url = (try? MeetingAddress(report.url))?.description ?? Redaction.address(report.url)
        if view.title.isEmpty { view.title = report.title ?? "" }
        view.since = now.civil
        view.role = RoomState.Role(report.role)
        view.selfID = report.selfID.rawValue
        view.host = report.role == .host ? report.selfID.rawValue : nil
        view.capabilities = RoomState.Capabilities(report.capabilities)
        view.participants[report.selfID.rawValue] = RoomState.Participant(
            name: attempt.request.displayName, role: view.role, isSelf: true, quality: .excellent)
        whereabouts = .inMeeting(Stay(generation: generation, view: view, joinedAt: now.monotonic))
        tell(.joined(event: attempt.event), at: now)
        notice = nil
        forgetFailedJoin(at: now)
        perform(.event(.meetingJoined(first: report.isFirst)))
        perform(.setMicrophone(isOpen: attempt.microphone))
        perform(.setCamera(isOpen: attempt.camera))
        perform(.setSending(true))
        refreshSelf()
        let wishes: [DeviceWish] = [.microphone(isOpen: attempt.microphone), .camera(isOpen: attempt.camera)]
        for id in attempt.waiting {
            arrivals.append(PendingArrival(id: id, wishes: wishes, deadline: now.monotonic + Patience.arrival))
        }
        noteSecret(report, attempt, at: now)
        for event in attempt.early { handle(event, generation, at: now) }
    }

    private mutating func noteSecret(_ report: JoinReport, _ attempt: Attempt, at now: RoomTime) {
        let text =
            "The host_secret_file of service “\(attempt.service)” does not hold this meeting's secret, "
            + "so the room cannot act as its host. Correct the file if it should."
        setProblem("meeting.secret", report.isSecretRefused ? text : nil, at: now)
    }

    // MARK: - Arriving

    /// Answers the joins whose devices are as asked for, or cannot be.
    mutating func settleArrivals(at now: RoomTime) {
        let pending = arrivals
        arrivals = pending.filter { arrival in
            !arrival.wishes.allSatisfy { $0.isMet(by: devices) || $0.isHopeless(with: devices) }
        }
        for arrival in pending where !arrivals.contains(arrival) { answerJoined(arrival.id, at: now) }
    }

    /// Somebody wants a device to be otherwise since: the joins wait for it no longer.
    mutating func dropArrivalWishes(against wish: DeviceWish) {
        for index in arrivals.indices { arrivals[index].wishes.removeAll { $0.contradicts(wish) } }
    }

    mutating func giveUpArrival(_ id: CommandID, at now: RoomTime) {
        guard let index = arrivals.firstIndex(where: { $0.id == id }) else { return }
        arrivals.remove(at: index)
        answerJoined(id, at: now)
    }

    /// The room counts as being elsewhere: no room is left in a call that nobody knows of.
    private mutating func leaveStray(_ generation: MeetingGeneration) {
        let isStray = strayJoins.contains(generation) || overdueLeaves.contains(generation)
        strayJoins.removeAll { $0 == generation }
        if isStray { perform(.leave(generation)) }
    }

    private mutating func answerJoined(_ id: CommandID, at now: RoomTime) {
        if case .inMeeting = whereabouts, let view = meetingView(at: now) {
            perform(.answer(id, .success(["meeting": view.json])))
        } else {
            refuse(id, .meetingEnded)
        }
    }

    mutating func handleJoinFailed(
        _ generation: MeetingGeneration, _ error: MeetingError, detail: String?, at now: RoomTime
    ) {
        strayJoins.removeAll { $0 == generation }
        if case .leaving(var departure) = whereabouts, departure.generation == generation {
            departure.isJoinOpen = false
            whereabouts = .leaving(departure)
        }
        guard case .joining(let attempt) = whereabouts, attempt.generation == generation else { return }
        whereabouts = .idle
        reopen(attempt.closed)
        fail(attempt, error, detail: detail, at: now)
    }

    /// The shell never said how the join went: it is stopped.
    mutating func giveUpJoin(at now: RoomTime) {
        guard case .joining(let attempt) = whereabouts else { return }
        stop(attempt, waiting: [], next: nil, at: now)
        fail(attempt, .timeout, detail: nil, at: now)
    }

    private mutating func fail(_ attempt: Attempt, _ error: MeetingError, detail: String?, at now: RoomTime) {
        let detail = detail.map { Redaction.remove(attempt.secrets, from: $0) }
        let isPasscodeMissing = error == .wrongPasscode && !attempt.hasPasscode
        let message = isPasscodeMissing ? Words(language: "en").passcodeNeeded : error.message
        let sentence = detail.map { Self.sentence(message, because: $0) } ?? message
        let why = Why(code: "join.\(error.reason)", text: sentence)
        tell(.joinFailed(event: attempt.event, why: why, isPermanent: error.isPermanent), at: now)
        let retry = error == .cancelled ? "" : retrySentence(attempt.event, at: now)
        for id in attempt.waiting { refuse(id, error, sentence + retry) }
        guard error != .cancelled else { return }
        let shown = isPasscodeMissing ? words.passcodeNeeded : words.sentence(for: error)
        if attempt.isPlanned, let event = attempt.event {
            // Nobody has just asked for it: the home screen says it in its own line, as long as the meeting lasts.
            noteFailedJoin(event: event, title: attempt.title, shown, text: sentence, at: now)
        } else {
            show(words.cannotJoin(attempt.title), shown, at: now)
        }
    }

    /// What happened, the cause in brackets, then what to do.
    static func sentence(_ message: String, because detail: String) -> String {
        guard let end = message.firstIndex(of: ".") else { return "\(message) (\(detail))" }
        return "\(message[..<end]) (\(detail))\(message[end...])"
    }

    /// Whether the room tries again by itself, and when; nothing about a meeting that is not in the calendar.
    private func retrySentence(_ event: String?, at now: RoomTime) -> String {
        guard let event, let retryAt = planner.scheduled(event, at: now.civil)?.retryAt else { return "" }
        let seconds = max(1, Int((retryAt - now.civil).inSeconds.rounded(.up)))
        return seconds > 120
            ? " The room tries again by itself when the meeting is due."
            : " The room tries again by itself in \(seconds) seconds; schedule.dismiss keeps it out."
    }

    // MARK: - Failed joins by itself

    private mutating func noteFailedJoin(
        event: String, title: String, _ detail: String, text: String, at now: RoomTime
    ) {
        failedJoin = FailedJoin(event: event, title: title, detail: detail)
        let isRetried = planner.scheduled(event, at: now.civil)?.retryAt != nil
        let prospect =
            isRetried
            ? "The room tries again by itself; schedule.list tells when."
            : "The room does not try again by itself; once that is put right, schedule.join joins it."
        setProblem("meeting.unjoined", "“\(title)” could not be joined: \(text) \(prospect)", at: now)
    }

    private mutating func forgetFailedJoin(at now: RoomTime) {
        failedJoin = nil
        setProblem("meeting.unjoined", nil, at: now)
    }

    /// A meeting that is over, gone or not wanted any more is nobody's problem.
    mutating func expireFailedJoin(at now: RoomTime) {
        guard let failedJoin else { return }
        let scheduled = planner.scheduled(failedJoin.event, at: now.civil)
        switch scheduled?.state {
        case .upcoming, .countdown, .joining, .missed:
            if let end = scheduled?.event.end, end > now.civil { return }
        case .joined, .done, .dismissed, .cancelled, .declined, .unsupported, .nolink, nil: break
        }
        forgetFailedJoin(at: now)
    }

    private func serviceName(of address: MeetingAddress) -> String {
        let known = settings.services.first { service in
            (try? MeetingAddress(service.url))?.isSameService(as: address) == true
        }
        return known?.name ?? "janus"
    }
}

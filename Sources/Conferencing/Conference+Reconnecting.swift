import Base
import Digests
import Logging
import Media
import Meeting

extension Conference {
    /// Comes back into the meeting: at once, then in intervals (see `ReturnSchedule`), until it works or makes no sense any more.
    func reconnect(_ service: any ConferenceService, after error: MeetingError) async {
        let remains = await service.remains
        guard case .joined(var session) = state, session.service === service else { return }
        session.request.former = remains
        logger.notice("lost the meeting; coming back", metadata: ["reason": "\(error.reason)"])
        silence()
        if !session.isInterrupted { tell(.reconnecting) }
        session.isInterrupted = false
        let lost = session.pump
        session.pump = nil
        let now = MonotonicClock.now
        state = .reconnecting(session, Task { await self.comeBack(after: lost, since: now) })
    }

    private func comeBack(after lost: Task<Void, Never>?, since lostAt: Instant) async {
        // The old connection's farewell to the sender must not meet the new one.
        await lost?.value
        let giveUp = lostAt + reconnectFor
        var failures = 0
        var schedule = ReturnSchedule(random: SeededRandom(seed: SecureRandom.seed()))
        while true {
            guard !Task.isCancelled, case .reconnecting(var session, let task) = state else { return }
            hasNetworkChanged = false
            let began = MonotonicClock.now
            let service = makeService(session.request)
            let media = session.request.media
            session.service = service
            state = .reconnecting(session, task)
            let attempt = await attempt(service)
            guard case .reconnecting(let present, _) = state, present.service === service else {
                return await service.leave()
            }
            switch attempt {
            case .success(let room):
                logger.notice("back in the meeting", metadata: Self.outage(since: lostAt, failures))
                return await back(present, room, having: media)
            case .failure(let failure):
                let reason = failure.detail.map { "\(failure.reason.reason): \($0)" } ?? failure.reason.reason
                failures += 1
                if failure.reason.isFinal || MonotonicClock.now >= giveUp {
                    let about = Self.outage(since: lostAt, failures)
                    logger.warning(
                        "gave up coming back", metadata: about.merging(["reason": "\(reason)"]) { _, new in new })
                    return giveItUp(failure.reason)
                }
                // Of one outage the first says what is wrong.
                logger.log(
                    level: failures == 1 ? .warning : .debug, "could not come back yet; trying on",
                    metadata: ["reason": "\(reason)"])
                // What it got into existence is to be ended by the next.
                session.request.former = await service.remains
                guard case .reconnecting(let present, let task) = state, present.service === service else { return }
                session.request.media = present.request.media
                state = .reconnecting(session, task)
                let next = began + schedule.interval(after: failure.reason)
                if hasNetworkChanged { schedule.reset() } else { await pause(until: next) }
                if hasNetworkChanged { schedule.reset() }
            }
        }
    }

    private static func outage(since lostAt: Instant, _ failures: Int) -> Logger.Metadata {
        ["after": "\(Int((MonotonicClock.now - lostAt).inSeconds.rounded())) s", "failures": "\(failures)"]
    }

    /// Returns at `next`, or sooner when the network changes or nobody wants to come back any more.
    private func pause(until next: Instant) async {
        let rest = next - MonotonicClock.now
        guard rest > .zero else { return }
        let sleep = Task { _ = try? await Task.sleep(for: rest) }
        pause = sleep
        await withTaskCancellationHandler {
            await sleep.value
        } onCancel: {
            sleep.cancel()
        }
        pause = nil
    }

    /// The machine has got or lost addresses.
    func networkChanged() async {
        switch state {
        case .joined(let session): await session.service.networkChanged()
        case .reconnecting(let session, _):
            hasNetworkChanged = true
            pause?.cancel()
            await session.service.networkChanged()
        case .idle, .joining, .leaving: break
        }
    }

    // Not in the loop: `do throws` around an `await` in a loop has made release builds of Swift 6.3.1 go wrong (see
    // `CalendarReader`).
    private func attempt(_ service: any ConferenceService) async -> Result<ServiceRoom, JoinFailure> {
        do throws(JoinFailure) {
            return .success(try await service.join())
        } catch {
            return .failure(error)
        }
    }

    /// - Parameter media: as the service believes microphone and camera to be; they may have been switched meanwhile.
    private func back(_ former: Session, _ room: ServiceRoom, having media: LocalMedia) async {
        var session = former
        session.meeting = JoinedMeeting(session.request, room, session.meeting.stay)
        session.request.former = nil
        session.pump = pump(session.service)
        state = .joined(session)
        tell(.reconnected)
        if session.meeting.capabilities != former.meeting.capabilities {
            tell(.capabilitiesChanged(session.meeting.capabilities))
        }
        for kind in media.kinds { await tellWhatHolds(kind, to: session.service, believing: media.track(kind)) }
    }

    /// Tells the service whether microphone or camera is open, until it knows what holds: while it is being told,
    /// somebody may switch again, and an older word that comes last must not stand.
    private func tellWhatHolds(
        _ kind: TrackKind, to service: any ConferenceService, believing track: LocalMedia.Track
    ) async {
        var told = track
        while case .joined(let present) = state, present.service === service {
            let holds = present.request.media.track(kind)
            guard holds != told else { return }
            told = holds
            try? await service.perform(.setOpen(kind, holds == .open))
        }
    }

    private func giveItUp(_ error: MeetingError) {
        if error == .meetingNotFound || error == .meetingEnded {
            tell(.ended(.service))
            tell(.left(.ended))
        } else {
            tell(.left(error == .removed ? .removed : .dropped))
        }
        reset()
    }
}

extension MeetingError {
    /// Trying again cannot help.
    fileprivate var isFinal: Bool {
        switch self {
        case .meetingNotFound, .meetingEnded, .wrongPasscode, .invalidToken, .removed, .locked, .notPermitted: true
        default: false
        }
    }
}

import Base
import Logging
import Media
import Meeting

extension Conference {
    /// Comes back into the meeting: at once, then at growing intervals, until it works or makes no sense any more.
    func reconnect(_ session: Session, after error: MeetingError) async {
        var session = session
        session.request.former = await session.service.roster
        guard case .joined = state else { return }
        logger.notice("lost the meeting; coming back", metadata: ["reason": "\(error.reason)"])
        tell(.reconnecting)
        let request = session.request
        let giveUp = MonotonicClock.now + reconnectFor
        state = .reconnecting(session, Task { await self.comeBack(request, until: giveUp) })
    }

    private func comeBack(_ request: ServiceRequest, until giveUp: Instant) async {
        var wait = Duration.milliseconds(500)
        while true {
            guard (try? await Task.sleep(for: wait)) != nil, case .reconnecting(var session, let task) = state else {
                return
            }
            // Microphone and camera may have been switched meanwhile.
            var request = request
            request.media = session.request.media
            let service = makeService(request)
            session.service = service
            state = .reconnecting(session, task)
            do throws(MeetingError) {
                let room = try await service.join()
                guard case .reconnecting(var session, _) = state, session.service === service else {
                    return await service.leave()
                }
                session.meeting = JoinedMeeting(request, room)
                session.request.former = nil
                session.pump = pump(service)
                let isStale = session.request.media != request.media
                let media = session.request.media
                state = .joined(session)
                tell(.reconnected)
                if isStale {
                    try? await service.perform(.setOpen(.audio, media.microphone == .open))
                    try? await service.perform(.setOpen(.video, media.camera == .open))
                }
                return
            } catch {
                guard case .reconnecting = state else { return }
                logger.notice("could not come back yet", metadata: ["reason": "\(error.reason)"])
                if error.isFinal || MonotonicClock.now >= giveUp { return giveItUp(error) }
                wait = min(wait * 2, .seconds(15))
            }
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

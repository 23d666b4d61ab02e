import Base
import ControlAPI
import JSON
import Meeting
import Scheduling

// What clients ask for. Every command is answered exactly once, when it is done or refused.

extension RoomController {
    mutating func handle(_ command: Command, _ id: CommandID, _ access: AccessLevel, at now: RoomTime) {
        guard !isEnding || command.isAnsweredAtOnce else {
            refuse(id, .cancelled, "roomd is shutting down.")
            return
        }
        if command.isActivity { noteActivity(at: now) }
        switch command {
        case .startMeeting(let title, let service, let passcode):
            startMeeting(id, title: title, service: service, passcode: passcode, at: now)
        case .joinMeeting(let join): joinMeeting(id, join, at: now)
        case .leaveMeeting(let successor): leaveMeeting(id, successor: successor, at: now)
        case .endMeeting: operate(id, .end, needs: \.end, at: now)
        case .setMicrophone(let isOpen): setMicrophone(id, isOpen: isOpen, at: now)
        case .setCamera(let isOpen): setCamera(id, isOpen: isOpen, at: now)
        case .setSpeaker(let volume, let isMuted): setSpeaker(id, volume: volume, isMuted: isMuted, at: now)
        case .configureVideo(let video): configureVideo(id, video)
        case .listDevices(let kind):
            let devices = inventory.filter { kind == nil || $0.kind == kind }
            perform(.answer(id, .success(["devices": .array(devices.map(\.json))])))
        case .selectDevice(let kind, let device): perform(.selectDevice(id, kind, id: device))
        case .configureDevice(let device, let controls):
            perform(.configureDevice(id, id: device, controls: controls))
        case .reportLevels(let interval):
            perform(.reportLevels(every: interval))
            done(id)
        case .listParticipants: listParticipants(id)
        case .requestMicrophone(let participant, let isOpen):
            // Where nobody can be asked, a block that the host put up can still be lifted: whether to speak then is theirs.
            let liftsBlock = isOpen && isBlocked(participant)
            guard !isOpen || liftsBlock || !cannotAsk(participant) else {
                let text = "Nobody holds this microphone back, and this service cannot ask its owner to open it."
                refuse(id, .unsupportedByService, text)
                return
            }
            operate(
                id, on: participant, needs: isOpen && !liftsBlock ? \.requestMicrophone : \.muteParticipant, at: now
            ) { .mute($0, blocked: !isOpen) }
        case .muteAll(let allowsSelfUnmute):
            operate(id, .muteAll(selfUnmute: allowsSelfUnmute), needs: \.muteAll, at: now)
        case .removeParticipant(let participant):
            operate(id, on: participant, needs: \.remove, at: now) { .remove($0) }
        case .startRecording(let place, let mode): startRecording(id, place, mode, at: now)
        case .stopRecording(let place): stopRecording(id, place, at: now)
        case .setLayout(let layout, let selfView): setLayout(id, layout, selfView: selfView)
        case .pin(let participant): pin(id, participant)
        case .setDisplayPower(let isOn): setDisplayPower(id, isOn: isOn, at: now)
        case .snapshot(let width): perform(.takeSnapshot(id, width: width))
        case .showMessage(let text, let duration):
            showMessage(id, text, for: duration, at: now)
        case .listSchedule(let from, let to): listSchedule(id, from: from, to: to, at: now)
        case .refreshSchedule: refreshSchedule(id, at: now)
        case .joinEvent(let event): joinEvent(id, event, at: now)
        case .dismissEvent(let event): dismissEvent(id, event, at: now)
        case .simulateSchedule(let from, let to):
            let decisions = planner.simulate(from: from, to: to).map(\.json)
            perform(.answer(id, .success(["decisions": .array(decisions)])))
        case .statistics: perform(.takeStatistics(id))
        case .health: perform(.answer(id, .success(health.json)))
        }
    }

    private mutating func configureVideo(_ id: CommandID, _ video: Command.VideoSettings) {
        guard (video.layers?.count ?? 0) <= 1 else {
            refuse(id, .unsupportedByService, "This version sends one layer: give at most one in layers.")
            return
        }
        guard (video.minBitrate ?? 0) == 0 else {
            refuse(id, .unsupportedByService, "This version keeps no lowest bit rate: leave minBitrate out.")
            return
        }
        guard video.preference == nil else {
            let text = "This version cannot be told whether frame rate or quality gives way: leave preference out."
            refuse(id, .unsupportedByService, text)
            return
        }
        guard devices.cameraCondition != .absent else {
            refuse(id, .deviceLost, absence(of: .camera, "No camera is configured: set devices.camera."))
            return
        }
        var video = video
        if let limit = video.layers?.first?.maxBitrate {
            // Of one layer only, the limit is that of the whole.
            video.maxBitrate = video.maxBitrate.map { $0 < 0 ? limit : min($0, limit) } ?? limit
        }
        perform(.configureVideo(video))
        done(id)
    }

    private mutating func listParticipants(_ id: CommandID) {
        switch whereabouts {
        case .inMeeting(let stay):
            let participants = stay.shown.participants.mapValues(\.json)
            perform(.answer(id, .success(["participants": .object(participants)])))
        case .joining: refuse(id, .notInMeeting, MeetingError.joining.message)
        case .idle, .leaving: refuse(id, .notInMeeting)
        }
    }

    // MARK: - Display

    private mutating func showMessage(_ id: CommandID, _ text: String, for duration: Duration, at now: RoomTime) {
        guard text.isEmpty || devices.display.state != .lost else {
            refuse(id, .deviceLost, absence(of: .display, "There is no display to show it on: set devices.display."))
            return
        }
        message = text.isEmpty ? nil : TimedMessage(title: text, detail: "", until: now.monotonic + duration)
        done(id)
    }

    private mutating func setLayout(_ id: CommandID, _ layout: RoomState.Layout, selfView: Bool?) {
        self.layout = layout
        if let selfView { showsSelfView = selfView }
        done(id)
    }

    private mutating func pin(_ id: CommandID, _ participant: String?) {
        guard case .inMeeting(let stay) = whereabouts else {
            refuse(id, .notInMeeting)
            return
        }
        if let participant, stay.view.participants[participant] == nil {
            refuse(id, .unknownParticipant)
            return
        }
        pinned = participant
        done(id)
    }
}

extension Command {
    /// It changes nothing, or, while the daemon ends, waits for nothing but the leave.
    fileprivate var isAnsweredAtOnce: Bool {
        switch self {
        case .leaveMeeting, .listDevices, .listParticipants, .listSchedule, .simulateSchedule, .statistics, .health:
            true
        case .startMeeting, .joinMeeting, .endMeeting, .setMicrophone, .setCamera, .setSpeaker, .configureVideo,
            .selectDevice, .configureDevice, .reportLevels, .requestMicrophone, .muteAll, .removeParticipant,
            .startRecording,
            .stopRecording, .setLayout, .pin, .setDisplayPower, .snapshot, .showMessage, .refreshSchedule, .joinEvent,
            .dismissEvent:
            false
        }
    }
}

extension Decision {
    var json: JSONValue {
        [
            "at": .string(at.description), "event": event == Decision.noEvent ? .null : .string(event),
            "action": .string(action.rawValue),
            "why": ["code": .string(why.code), "text": .string(why.text)],
        ]
    }
}

extension RoomController {
    /// A host of a service that can ask nobody to open their microphone.
    fileprivate func cannotAsk(_ participant: String) -> Bool {
        guard case .inMeeting(let stay) = whereabouts, let target = stay.view.participants[participant] else {
            return false
        }
        return !target.isSelf && stay.view.role != .participant && !stay.view.capabilities.requestMicrophone
    }

    /// Whether the host holds this participant's microphone back.
    fileprivate func isBlocked(_ participant: String) -> Bool {
        guard case .inMeeting(let stay) = whereabouts else { return false }
        return stay.view.participants[participant]?.microphone == .blocked
    }
}

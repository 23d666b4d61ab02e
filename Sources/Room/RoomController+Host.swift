import Base
import ControlAPI
import JSON
import Meeting

// What the room does to the meeting as its host.

extension RoomController {
    mutating func operate(
        _ id: CommandID, on participant: String, needs capability: KeyPath<RoomState.Capabilities, Bool>,
        at now: RoomTime, _ operation: (ParticipantID) -> Operation
    ) {
        if case .inMeeting(let stay) = whereabouts {
            guard let target = stay.view.participants[participant] else {
                let text = "Nobody in the meeting has the id “\(participant)”; participants.list lists them."
                refuse(id, .unknownParticipant, text)
                return
            }
            guard !target.isSelf else {
                let text = "That is the room itself: use microphone.set, or meeting.leave."
                refuse(id, .notPermitted, text)
                return
            }
        }
        operate(id, operation(ParticipantID(participant)), needs: capability, at: now)
    }

    mutating func operate(
        _ id: CommandID, _ operation: Operation, needs capability: KeyPath<RoomState.Capabilities, Bool>,
        at now: RoomTime
    ) {
        guard case .inMeeting(let stay) = whereabouts else {
            refuse(id, .notInMeeting)
            return
        }
        guard stay.view.capabilities[keyPath: capability] else {
            refuse(id, stay.view.role == .participant ? .notHost : .unsupportedByService)
            return
        }
        operations.append(
            PendingOperation(id: id, operation: operation, deadline: now.monotonic + Patience.operation))
        perform(.operate(id, operation))
    }

    mutating func startRecording(
        _ id: CommandID, _ place: RoomState.Recording.Place, _ mode: Command.RecordingMode?, at now: RoomTime
    ) {
        guard place == .service else {
            refuse(id, .unsupportedByService, "This version records on the service only: use where = service.")
            return
        }
        guard mode != .composite else {
            refuse(id, .unsupportedByService, "This service records one file per stream: use mode = individual.")
            return
        }
        operate(id, .setRecording(true), needs: \.record, at: now)
    }

    mutating func stopRecording(_ id: CommandID, _ place: RoomState.Recording.Place?, at now: RoomTime) {
        guard place != .local else {
            refuse(id, .unsupportedByService, "This version records on the service only: use where = service.")
            return
        }
        operate(id, .setRecording(false), needs: \.record, at: now)
    }

    mutating func handleOperationDone(_ id: CommandID, _ result: Result<[String], MeetingError>, at now: RoomTime) {
        guard let index = operations.firstIndex(where: { $0.id == id }) else { return }
        let operation = operations.remove(at: index).operation
        switch (operation, result) {
        case (_, .failure(let error)): refuse(id, error)
        case (.end, .success):
            guard case .inMeeting(let stay) = whereabouts else {
                done(id)
                return
            }
            // The service need not tell the room what the room has done.
            perform(.event(.meetingEnded(reason: EndReason.host.rawValue)))
            lose(stay, .ended, waiting: [id], at: now)
        case (.setRecording(false), .success(let files)):
            perform(.answer(id, .success(["files": .array(files.map { .string($0) })])))
        case (.mute, .success), (.muteAll, .success), (.remove, .success), (.setRecording(true), .success): done(id)
        }
    }

    mutating func giveUpOperation(_ id: CommandID) {
        guard let index = operations.firstIndex(where: { $0.id == id }) else { return }
        operations.remove(at: index)
        refuse(id, .timeout)
    }

    private mutating func refuseAfter(_ id: CommandID, _ reason: LeaveReason) {
        switch reason {
        case .left, .hidden: refuse(id, .cancelled, "The room left the meeting.")
        case .removed: refuse(id, .removed)
        case .dropped: refuse(id, .unreachable)
        case .ended: refuse(id, .meetingEnded)
        }
    }

    /// Answers what cannot be done any more.
    /// - Returns: who ended the meeting and gets what they wanted, once the room is out.
    mutating func finishOperations(_ reason: LeaveReason) -> [CommandID] {
        var enders: [CommandID] = []
        for pending in operations {
            switch (pending.operation, reason) {
            case (.end, .ended): enders.append(pending.id)
            case (_, .left), (_, .hidden), (_, .removed), (_, .dropped), (_, .ended): refuseAfter(pending.id, reason)
            }
        }
        operations = []
        for arrival in arrivals { refuseAfter(arrival.id, reason) }
        arrivals = []
        return enders
    }
}

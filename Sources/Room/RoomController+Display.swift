import Base
import ControlAPI

// The display's sleep: it wakes for what people are to see, and goes to standby by itself where that is configured.

/// Why the display is dark, if it is.
enum DisplayRest: Hashable, Sendable {
    case awake
    /// Somebody put it to standby: only what concerns the room's meetings wakes it.
    case byHand
    /// Nothing happened for a while: anything that does wakes it.
    case byItself
}

extension RoomController {
    /// Something happens that people in the room are to see: a countdown, a meeting. Also said of a display that is on,
    /// because the television may not be.
    mutating func wakeDisplay(at now: RoomTime) {
        displayRest = .awake
        lastActivity = now.monotonic
        dropDisplaySleep()
        perform(.setDisplayPower(isOn: true))
    }

    /// Somebody is there.
    mutating func noteActivity(at now: RoomTime) {
        lastActivity = now.monotonic
        if displayRest == .byItself { wakeDisplay(at: now) }
    }

    mutating func setDisplayPower(_ id: CommandID, isOn: Bool, at now: RoomTime) {
        let gone = absence(of: .display, "The display is disconnected.")
        let isTaken = wish(id, .display(isOn: isOn), .setDisplayPower(isOn: isOn), gone, at: now)
        guard isTaken else { return }
        displayRest = isOn ? .awake : .byHand
        lastActivity = now.monotonic
    }

    /// When the display goes to standby unless something happens before.
    var displayRestDue: Instant? {
        guard let idle = settings.displayStandby, displayRest == .awake, devices.display.state == .on, message == nil,
            countdown == nil, case .idle = whereabouts
        else { return nil }
        return lastActivity + idle
    }

    mutating func restDisplay() {
        displayRest = .byItself
        perform(.setDisplayPower(isOn: false))
    }
}

extension Command {
    /// Somebody does something in the room, or to it, rather than look how it is.
    var isActivity: Bool {
        switch self {
        case .startMeeting, .joinMeeting, .leaveMeeting, .endMeeting, .setMicrophone, .setCamera, .setSpeaker,
            .configureVideo, .selectDevice, .configureDevice, .requestMicrophone, .muteAll, .removeParticipant,
            .startRecording, .stopRecording, .setLayout, .pin, .showMessage, .joinEvent, .dismissEvent:
            true
        case .listDevices, .reportLevels, .listParticipants, .setDisplayPower, .snapshot, .listSchedule,
            .refreshSchedule, .simulateSchedule, .statistics, .health:
            false
        }
    }
}

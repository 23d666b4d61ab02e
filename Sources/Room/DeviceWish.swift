import Base
import ControlAPI

/// What a client wants a device to be: fulfilled when the device says that it is so.
enum DeviceWish: Hashable, Sendable {
    case microphone(isOpen: Bool)
    case camera(isOpen: Bool)
    /// What is nil may be as it is.
    case speaker(volume: Int?, isMuted: Bool?)
    case display(isOn: Bool)

    /// Mixers have steps: a volume this near is the one that was asked for.
    private static let volumeTolerance = 10

    var kind: ControlAPI.DeviceKind {
        switch self {
        case .microphone: .microphone
        case .camera: .camera
        case .speaker: .speaker
        case .display: .display
        }
    }

    /// - Parameter isExact: a volume that is only near is not the one that was asked for: nobody has asked for it yet.
    func isMet(by devices: DeviceStates, isExact: Bool = false) -> Bool {
        switch self {
        // A microphone that is gone is closed as well as one can be, as soon as it says that it will return closed.
        case .microphone(let isOpen): isOpen ? devices.microphone.state == .live : !devices.microphone.enabled
        case .camera(let isOpen): isOpen ? devices.camera.state == .live : !devices.camera.enabled
        case .speaker(let volume, let isMuted):
            devices.speaker.state == .live && (isMuted ?? devices.speaker.muted) == devices.speaker.muted
                && abs((volume ?? devices.speaker.volume) - devices.speaker.volume)
                    <= (isExact ? 0 : Self.volumeTolerance)
        case .display(let isOn): devices.display.state == (isOn ? .on : .standby)
        }
    }

    /// The device is not there, so it cannot come true now.
    func isHopeless(with devices: DeviceStates) -> Bool {
        switch self {
        case .microphone(let isOpen): isOpen && devices.microphoneCondition != .working
        case .camera(let isOpen): isOpen && devices.cameraCondition != .working
        case .speaker: devices.speaker.state != .live
        case .display: devices.display.state == .lost
        }
    }

    /// Both cannot be.
    func contradicts(_ other: DeviceWish) -> Bool {
        switch (self, other) {
        case (.microphone(let mine), .microphone(let its)), (.camera(let mine), .camera(let its)),
            (.display(let mine), .display(let its)):
            return mine != its
        case (.speaker(let volume, let isMuted), .speaker(let otherVolume, let otherIsMuted)):
            let isOtherVolume = volume.map { one in otherVolume.map { $0 != one } ?? false } ?? false
            let isOtherMute = isMuted.map { one in otherIsMuted.map { $0 != one } ?? false } ?? false
            return isOtherVolume || isOtherMute
        case (.microphone, _), (.camera, _), (.speaker, _), (.display, _):
            return false
        }
    }
}

/// A client whose join is done, and waits until the state shows the devices as it asked for them.
struct PendingArrival: Hashable, Sendable {
    var id: CommandID
    var wishes: [DeviceWish]
    var deadline: Instant
}

/// A client that waits for a device.
struct PendingWish: Hashable, Sendable {
    var id: CommandID
    var wish: DeviceWish
    var deadline: Instant
}

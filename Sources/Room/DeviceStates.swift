import Base
import ControlAPI

/// What the devices last reported of themselves.
struct DeviceStates: Hashable, Sendable {
    var microphone = RoomState.Microphone()
    var camera = RoomState.Camera()
    var speaker = RoomState.Speaker()
    var display = RoomState.Display()
    var content = RoomState.Content()
    var microphoneCondition = DeviceReport.Condition.absent
    var cameraCondition = DeviceReport.Condition.absent
    /// Who closed the microphone last.
    var muter = RoomState.Microphone.Muter.`self`

    mutating func setLevels(microphone: Double, speaker: Double) {
        self.microphone.level = Self.level(microphone)
        self.speaker.level = Self.level(speaker)
    }

    /// In steps of half a decibel: finer ones would be patches that nobody sees.
    private static func level(_ decibels: Double) -> Double {
        decibels.isFinite ? (max(-127, min(0, decibels)) * 2).rounded() / 2 : -127
    }

    mutating func apply(_ report: DeviceReport) {
        switch report {
        case .microphone(let condition, let isOpen, let device, let channels):
            microphoneCondition = condition
            microphone.device = device
            microphone.channels = max(0, channels)
            microphone.enabled = isOpen
            microphone.state =
                switch condition {
                case .absent: .off
                case .lost: .lost
                case .working: isOpen ? .live : .muted
                }
            if condition != .working { microphone.level = -127 }
        case .camera(let condition, let isOpen, let device, let format):
            cameraCondition = condition
            camera.device = device
            camera.format = format
            camera.enabled = isOpen
            camera.state =
                switch condition {
                case .absent: .off
                case .lost: .lost
                case .working: isOpen ? .live : .off
                }
        case .speaker(let condition, let volume, let isMuted, let device):
            speaker.device = device
            speaker.volume = max(0, min(100, volume))
            speaker.muted = isMuted
            speaker.state =
                switch condition {
                case .absent: .off
                case .lost: .lost
                case .working: .live
                }
            if condition != .working { speaker.level = -127 }
        case .display(let state, let device, let mode):
            display.state = state
            display.device = device
            display.mode = mode
        case .content(let content):
            self.content = content
        }
    }
}

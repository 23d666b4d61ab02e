import ControlAPI
import Media
import Room

/// What the policy is told of camera and display when they are not as they were.
enum DeviceReports {
    /// Of a device that has not been there since the start.
    static func missing(_ kind: Media.DeviceKind, _ reason: String) -> String {
        if reason.contains("[devices]") { return "\(reason)." }
        let name = kind == .content ? "HDMI input" : kind.rawValue
        return "\(reason). If the room has no \(name), set [devices] \(kind.rawValue) to none."
    }

    static func inputs(for status: CameraFeed.Status) -> [RoomInput] {
        let isMissing = status.condition == .missing
        let format = RoomState.Format(
            width: status.format.width, height: status.format.height, frameRate: status.format.frameRate,
            pixelFormat: "YU12")
        let condition: DeviceReport.Condition =
            switch status.condition {
            case .missing: .absent
            case .working: .working
            case .lost: .lost
            }
        return [
            .device(
                .camera(
                    condition: condition, isOpen: status.isOpen, device: isMissing ? nil : status.device,
                    format: isMissing ? nil : format)),
            .problem(code: "camera.unavailable", text: isMissing ? status.problem.map { missing(.camera, $0) } : nil),
        ]
    }

    /// Of what a visitor connects.
    /// - Parameter isThere: the device itself is, whether or not anything is connected to it.
    static func contentInputs(for status: CameraFeed.Status, isThere: Bool) -> [RoomInput] {
        let isMissing = status.condition == .missing
        let hasSignal = status.condition == .working
        let format = RoomState.Format(
            width: status.format.width, height: status.format.height, frameRate: status.format.frameRate,
            pixelFormat: "YU12")
        return [
            .device(
                .content(
                    RoomState.Content(
                        state: hasSignal ? .signal : isThere || isMissing ? .idle : .lost,
                        device: isMissing ? nil : status.device, format: hasSignal ? format : nil))),
            .problem(
                code: "content.unavailable", text: isMissing ? status.problem.map { missing(.content, $0) } : nil),
        ]
    }

    static func inputs(for status: DisplayDriver.Status) -> [RoomInput] {
        // Of a display that was never there the state says lost from the beginning; it is not one that somebody unplugged.
        let isMissing = !status.wasThere
        let problem = RoomInput.problem(
            code: "display.unavailable", text: isMissing ? status.problem.map { missing(.display, $0) } : nil)
        if isMissing { return [problem] }
        return [
            .device(
                .display(
                    status.isLost ? .lost : status.isOn ? .on : .standby, device: status.device,
                    mode: RoomState.Display.Mode(
                        width: status.mode.width, height: status.mode.height, refresh: status.mode.refresh))),
            problem,
        ]
    }
}

import ControlAPI
import Hardware
import Media

/// The devices of the room, as `devices.list` shows them.
enum DeviceInventory {
    static func list(_ parts: DaemonParts) -> [ControlAPI.DeviceDescription] {
        var all: [ControlAPI.DeviceDescription] = []
        if let camera = parts.devices.camera {
            let format = RoomState.Format(
                width: camera.format.width, height: camera.format.height, frameRate: camera.format.frameRate,
                pixelFormat: "YU12")
            all.append(ControlAPI.DeviceDescription(camera.device, formats: [format]))
        }
        if let microphone = parts.devices.microphone { all.append(ControlAPI.DeviceDescription(microphone.device)) }
        if let speaker = parts.devices.speaker { all.append(ControlAPI.DeviceDescription(speaker.device)) }
        if let display = parts.devices.display { all.append(ControlAPI.DeviceDescription(display.device)) }
        return all + parts.devices.inventory.descriptions().map { ControlAPI.DeviceDescription($0, isUsed: false) }
    }
}

extension ControlAPI.DeviceDescription {
    init(_ device: Media.DeviceDescription, formats: [RoomState.Format]? = nil, isUsed: Bool = true) {
        self.init(
            id: device.id, kind: ControlAPI.DeviceKind(rawValue: device.kind.rawValue) ?? .camera, name: device.name,
            bus: device.bus, state: isUsed ? .active : .ready, selected: isUsed, formats: formats)
    }
}

import ControlAPI
import Hardware
import Media

/// The devices of the machine and of the room, as `devices.list` shows them.
enum DeviceInventory {
    /// A device that the room uses.
    struct Used: Sendable {
        var device: Media.DeviceDescription
        var state: ControlAPI.DeviceDescription.Condition
        var formats: [RoomState.Format]?
        var controls: [ControlAPI.DeviceControl]?
    }

    /// - Parameters:
    ///   - used: in the order of their kinds.
    ///   - present: what was found on the machine.
    static func list(_ used: [Used], _ present: [Media.DeviceDescription]) -> [ControlAPI.DeviceDescription] {
        var all: [ControlAPI.DeviceDescription] = []
        for one in used {
            // Until a device was found "auto" stands for it, which is none that could be chosen.
            guard one.device.id != "auto" else { continue }
            all.append(
                ControlAPI.DeviceDescription(
                    one.device, state: one.state, selected: true, formats: one.formats, controls: one.controls))
        }
        for device in present
        where !used.contains(where: { $0.device.id == device.id && $0.device.kind == device.kind }) {
            all.append(ControlAPI.DeviceDescription(device, state: .ready, selected: false))
        }
        return all
    }
}

extension ControlAPI.DeviceDescription {
    init(
        _ device: Media.DeviceDescription, state: Condition, selected: Bool, formats: [RoomState.Format]? = nil,
        controls: [ControlAPI.DeviceControl]? = nil
    ) {
        self.init(
            id: device.id, kind: ControlAPI.DeviceKind(rawValue: device.kind.rawValue) ?? .camera, name: device.name,
            bus: device.bus, state: state, selected: selected, formats: formats, controls: controls)
    }
}

extension ControlAPI.DeviceDescription.Condition {
    /// Of a device that cannot be used.
    init(_ reason: DeviceError.Reason) {
        self =
            switch reason {
            case .unknown, .lost: .lost
            case .busy: .busy
            case .failed: .failed
            }
    }
}

extension ControlAPI.DeviceControl {
    init(_ control: CameraControl) {
        var choices: [Choice] = []
        let kind: Kind
        switch control.kind {
        case .number: kind = .number
        case .toggle: kind = .toggle
        case .menu(let entries):
            kind = .menu
            choices = entries.map { Choice(value: $0.value, name: $0.name) }
        }
        self.init(
            name: control.name, title: control.title, kind: kind, range: control.range, step: control.step,
            defaultValue: control.defaultValue, value: control.value, choices: choices,
            isReadOnly: control.isReadOnly, isActive: control.isActive)
    }
}

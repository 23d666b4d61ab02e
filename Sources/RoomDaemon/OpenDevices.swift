import ConfigurationFile
import Hardware
import Media
import Simulation

/// The devices of the room, opened once for the daemon's life. What cannot be opened is a problem, not the end.
struct OpenDevices: Sendable {
    /// A device that is wanted but not there.
    struct Failure: Sendable {
        var kind: DeviceKind
        var specification: String
        var error: DeviceError
    }

    var camera: (any Camera)?
    var microphone: (any Microphone)?
    var speaker: (any Speaker)?
    var display: (any Display)?
    var failures: [Failure] = []
    /// What hangs on this machine, whether it is used or not.
    let inventory = HardwareInventory.scan()

    init(_ wanted: RoomConfiguration.Devices) {
        camera = open(.camera, wanted.camera) { specification throws(DeviceError) in
            try SimulatedDevices.camera(specification)
        }
        microphone = open(.microphone, wanted.microphone) { specification throws(DeviceError) in
            try SimulatedDevices.microphone(specification)
        }
        speaker = open(.speaker, wanted.speaker) { specification throws(DeviceError) in
            try SimulatedDevices.speaker(specification)
        }
        display = open(.display, wanted.display) { specification throws(DeviceError) in
            try SimulatedDevices.display(specification)
        }
    }

    private mutating func open<Device>(
        _ kind: DeviceKind, _ specification: String, _ make: (String) throws(DeviceError) -> Device
    ) -> Device? {
        if specification == "none" { return nil }
        do throws(DeviceError) {
            guard SimulatedDevices.isSimulated(specification, kind: kind) else {
                throw HardwareSupport.refusal(of: specification, kind: kind, inventory: inventory)
            }
            return try make(specification)
        } catch {
            failures.append(Failure(kind: kind, specification: specification, error: error))
            return nil
        }
    }
}

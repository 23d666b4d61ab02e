import ConfigurationFile
import Hardware
import Media
import Simulation

extension ConfigurationLoader.Loaded {
    /// Devices that this version cannot open, whatever hangs on the machine.
    var deviceProblems: [ConfigurationProblem] {
        let wanted = configuration.devices
        let all: [(DeviceKind, String)] = [
            (.camera, wanted.camera), (.microphone, wanted.microphone), (.speaker, wanted.speaker),
            (.display, wanted.display),
        ]
        return all.compactMap { kind, specification in
            guard specification != "none", !SimulatedDevices.isSimulated(specification, kind: kind) else { return nil }
            let remark = HardwareSupport.remark(on: specification, kind: kind)
            return problem(.unserved, at: "devices.\(kind.rawValue)", remark)
        }
    }
}

import ConfigurationFile
import Hardware
import Media
import Simulation

extension ConfigurationLoader.Loaded {
    /// Devices that the configuration names and this machine does not have now. `auto` is whatever there will be.
    func deviceProblems(_ inventory: HardwareInventory = .scan()) -> [ConfigurationProblem] {
        let wanted = configuration.devices
        let all: [(DeviceKind, String)] = [
            (.camera, wanted.camera), (.microphone, wanted.microphone), (.speaker, wanted.speaker),
            (.display, wanted.display),
        ]
        return all.compactMap { kind, specification in
            guard !["none", "auto"].contains(specification),
                !SimulatedDevices.isSimulated(specification, kind: kind), isLookedUp(specification, kind)
            else { return nil }
            do throws(DeviceError) {
                _ = try inventory.device(for: specification, kind: kind)
                return nil
            } catch {
                return problem(
                    .awaitedFile, at: "devices.\(kind.rawValue)",
                    "Expected a \(kind.rawValue) of this machine, but \(error.message). The room runs without it until it "
                        + "is connected.")
            }
        }
    }

    /// Names that the list of the machine's devices is to have: libasound has others of its own, and a card or connector
    /// stands for whatever hangs on it.
    private func isLookedUp(_ specification: String, _ kind: DeviceKind) -> Bool {
        switch kind {
        case .camera, .content: true
        case .microphone, .speaker: specification.hasPrefix("alsa:hw:CARD=")
        case .display: false
        }
    }
}

public import Media

/// What this version does with the devices of the machine: it lists them and does not drive them yet.
public enum HardwareSupport {
    /// Why a specification that is not a simulated device cannot be opened: nothing of that name is there, or it is
    /// there and this version has no driver for it.
    /// - Parameters:
    ///   - specification: `auto`, `/dev/video0`, a by-id path, `alsa:NAME`, `/dev/dri/card0`.
    ///   - inventory: a fresh `HardwareInventory.scan()`.
    public static func refusal(
        of specification: String, kind: DeviceKind, inventory: HardwareInventory
    ) -> DeviceError {
        do {
            let device = try inventory.device(for: specification, kind: kind).description
            return DeviceError(
                .failed,
                "\(device.name) (\(device.id)) is connected, but this version of roomd drives simulated devices only; "
                    + "set [devices] \(kind.rawValue) to \(alternatives(to: kind))")
        } catch {
            return DeviceError(
                error.reason,
                "\(error.message), and this version of roomd drives simulated devices only: "
                    + "set [devices] \(kind.rawValue) to \(alternatives(to: kind))")
        }
    }

    /// The same where the machine in question is not at hand, as when a configuration is checked elsewhere.
    public static func remark(on specification: String, kind: DeviceKind) -> String {
        "\(meaning(of: specification, kind: kind)), and this version of roomd drives simulated devices only: the room runs "
            + "without a \(kind.rawValue). Set [devices] \(kind.rawValue) to \(alternatives(to: kind))."
    }

    private static func meaning(of specification: String, kind: DeviceKind) -> String {
        specification == "auto"
            ? "\"auto\" is the first \(kind.rawValue) of the machine"
            : "\"\(specification)\" is a \(kind.rawValue) of the machine"
    }

    private static func alternatives(to kind: DeviceKind) -> String {
        switch kind {
        case .camera: "pattern:1280x720@30, file:clip.y4m or none"
        case .content: "pattern:1280x720@30, file:slides.y4m or none"
        case .microphone: "tone:440, file:speech.wav, silence or none"
        case .speaker: "file:out.wav or none"
        case .display: "headless:1280x720 or none"
        }
    }
}

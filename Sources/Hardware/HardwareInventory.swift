public import Media

/// What this machine has at one moment: cameras, sound devices, displays, and what could not be looked at.
///
/// A device that answers nonsense, or that vanishes between two looks, costs its own entry and never the others'.
public struct HardwareInventory: Hashable, Sendable {
    /// In a stable order: by kind, external (USB) devices before built-in ones, then by identifier.
    public var devices: [HardwareDevice]
    /// Whatever kept a device, or a whole kind, off the list; sentences for the administrator.
    public var problems: [DeviceError]

    public init(devices: [HardwareDevice] = [], problems: [DeviceError] = []) {
        self.devices = devices.sorted(by: Self.precedes)
        self.problems = problems
    }

    /// Asks the kernel, through libudev, libv4l2, libasound and libdrm. Takes some milliseconds, and up to a second
    /// where monitors are slow to answer: not for a thread with deadlines.
    public static func scan() -> HardwareInventory {
        let cameras = CameraScan.run()
        let sound = SoundScan.run()
        let displays = DisplayScan.run()
        return HardwareInventory(
            devices: cameras.devices + sound.devices + displays.devices,
            problems: cameras.problems + sound.problems + displays.problems)
    }

    /// As `devices.list` shows them.
    public func descriptions(of kind: DeviceKind? = nil) -> [DeviceDescription] {
        devices.map(\.description).filter { kind == nil || $0.kind == kind }
    }

    /// The device that a specification of the configuration means: `auto`, an identifier, a node or a link.
    /// Any camera may serve as a source of content.
    public func device(for specification: String, kind: DeviceKind) throws(DeviceError) -> HardwareDevice {
        let candidates = devices.filter {
            $0.description.kind == kind || (kind == .content && $0.description.kind == .camera)
        }
        if specification == "auto" {
            // An HDMI input before a camera, which may be the one that shows the room.
            guard let first = candidates.first(where: { $0.description.kind == kind }) ?? candidates.first else {
                throw DeviceError(.unknown, "no \(kind.rawValue) was found on this machine")
            }
            return first
        }
        if let named = candidates.first(where: { $0.isNamed(specification) }) { return named }
        let present = candidates.map(\.description.id)
        let list = present.isEmpty ? "none" : present.joined(separator: ", ")
        throw DeviceError(
            .unknown, "there is no \(kind.rawValue) “\(specification)” on this machine; present: \(list)")
    }

    private static func precedes(_ left: HardwareDevice, _ right: HardwareDevice) -> Bool {
        key(left.description) < key(right.description)
    }

    private static func key(_ device: DeviceDescription) -> (Int, Int, String) {
        let kind = DeviceKind.allCases.firstIndex(of: device.kind) ?? 0
        return (kind, device.bus == "usb" ? 0 : 1, device.id)
    }
}

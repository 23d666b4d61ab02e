public import Media

/// A device of this machine: how it is shown, and all the names by which a configuration may mean it.
public struct HardwareDevice: Hashable, Sendable {
    public var description: DeviceDescription
    /// Other names of the same device: its node (`/dev/video0`), further links, ALSA names.
    public var aliases: [String]

    public init(description: DeviceDescription, aliases: [String] = []) {
        self.description = description
        self.aliases = aliases
    }

    /// Whether a specification of the configuration, other than `auto`, names this device.
    public func isNamed(_ specification: String) -> Bool {
        specification == description.id || aliases.contains(specification)
    }
}

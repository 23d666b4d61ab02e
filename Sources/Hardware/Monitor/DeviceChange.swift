/// A device of the machine has come, gone or changed.
public struct DeviceChange: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case added, removed
        /// For a display: its connectors are to be looked at again.
        case changed
    }

    /// As the kernel divides devices.
    public enum Subsystem: String, Hashable, Sendable, CaseIterable {
        case video = "video4linux"
        case sound
        case display = "drm"
    }

    public var kind: Kind
    public var subsystem: Subsystem
    /// `/dev/video0`; nil for what has none, and when news were lost: then everything is to be looked at again.
    public var node: String?
    /// The kernel's name, such as `video0` or `card1`; empty when news were lost.
    public var name: String

    public init(kind: Kind, subsystem: Subsystem, node: String?, name: String) {
        self.kind = kind
        self.subsystem = subsystem
        self.node = node
        self.name = name
    }
}

/// A graphics card of the machine that can be opened.
struct KMSCardNode: Hashable {
    /// `/dev/dri/card0`.
    var path: String
    /// The name that survives restarts: `/dev/dri/by-path/pci-0000:00:02.0-card`.
    var stablePath: String
    var otherPaths: [String] = []
    /// `pci`, `platform`, `usb`.
    var bus: String
    /// The number in its name; nil for a path that udev does not know.
    var number: Int?

    func isNamed(_ name: String) -> Bool { name == path || name == stablePath || otherPaths.contains(name) }
}

extension KMSCardNode {
    /// Cards among the devices of udev's subsystem `drm`, which has connectors and render nodes too.
    init?(_ node: DeviceNode) {
        guard node.name.hasPrefix("card"), let number = Int(node.name.dropFirst(4)), let path = node.path,
            let stable = node.stablePath
        else { return nil }
        self.init(path: path, stablePath: stable, otherPaths: node.otherPaths, bus: node.bus, number: number)
    }
}

/// A device as udev knows it.
struct DeviceNode: Hashable, Sendable {
    /// The kernel's name: `video0`, `card1`.
    var name: String
    /// `/dev/video0`; nil for what has no node, such as a connector.
    var path: String?
    /// Links that udev made to the node: `/dev/v4l/by-id/…`, `/dev/v4l/by-path/…`.
    var links: [String] = []
    /// udev's properties, such as ID_BUS and ID_V4L_PRODUCT.
    var properties: [String: String] = [:]
    /// The subsystems of the devices it hangs on, nearest first: `usb`, `pci`.
    var ancestors: [String] = []

    /// The name that survives re-plugging and restarts: by identity before by place, and the bare node last.
    var stablePath: String? {
        let byIdentity = links.filter { $0.contains("/by-id/") }.min()
        let byPlace = links.filter { $0.contains("/by-path/") }.min()
        return byIdentity ?? byPlace ?? path
    }

    /// Every name but the stable one.
    var otherPaths: [String] {
        ([path].compactMap { $0 } + links.sorted()).filter { $0 != stablePath }
    }

    /// `usb`, `pci`, `platform`; what udev says before what the device hangs on.
    var bus: String {
        if let named = properties["ID_BUS"], !named.isEmpty { return named }
        return ancestors.first { ["usb", "pci", "platform"].contains($0) } ?? "platform"
    }
}

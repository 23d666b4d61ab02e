import Media

/// Cameras and HDMI inputs: udev's video nodes, as V4L2 describes them.
enum CameraScan {
    static func run() -> HardwareInventory {
        do {
            let tree = try DeviceTree()
            return inventory(try tree.nodes(subsystem: "video4linux"), ask: VideoCapabilities.init(path:))
        } catch {
            return HardwareInventory(problems: [error])
        }
    }

    /// - Parameter ask: what a node at a path says about itself.
    static func inventory(
        _ nodes: [DeviceNode], ask: (String) throws(DeviceError) -> VideoCapabilities
    ) -> HardwareInventory {
        var devices: [HardwareDevice] = []
        var problems: [DeviceError] = []
        // Cameras without a serial number claim the same link, which then leads to one of them only.
        let claims = Dictionary(nodes.flatMap { node in Set(node.links).map { ($0, 1) } }, uniquingKeysWith: +)
        for node in nodes {
            var unmistakable = node
            unmistakable.links.removeAll { (claims[$0] ?? 0) > 1 }
            // The subsystem also has sub-devices, radios and teletext decoders.
            guard node.name.hasPrefix("video"), let path = node.path, let id = unmistakable.stablePath
            else { continue }
            do {
                let capabilities = try ask(path)
                guard capabilities.isCapture else { continue }
                let description = DeviceDescription(
                    id: id, kind: capabilities.hasDVTimings ? .content : .camera,
                    name: name(of: node, capabilities), bus: capabilities.bus ?? node.bus)
                devices.append(HardwareDevice(description: description, aliases: unmistakable.otherPaths))
            } catch {
                problems.append(error)
            }
        }
        return HardwareInventory(devices: devices, problems: problems)
    }

    private static func name(of node: DeviceNode, _ capabilities: VideoCapabilities) -> String {
        let card = capabilities.card.trimmed
        if !card.isEmpty { return card }
        let product = node.properties["ID_V4L_PRODUCT"]?.trimmed ?? ""
        return product.isEmpty ? node.name : product
    }
}

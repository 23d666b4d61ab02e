import Media

/// Displays: the connectors of every graphics card that have a monitor.
enum DisplayScan {
    static func run() -> HardwareInventory {
        do {
            let tree = try DeviceTree()
            return inventory(try tree.nodes(subsystem: "drm")) { path throws(DeviceError) in
                let card = try DisplayCard(path: path)
                return card.connectors()
            }
        } catch {
            return HardwareInventory(problems: [error])
        }
    }

    /// - Parameter ask: the connectors of the card at a path.
    static func inventory(
        _ nodes: [DeviceNode], ask: (String) throws(DeviceError) -> [DisplayConnector]
    ) -> HardwareInventory {
        var devices: [HardwareDevice] = []
        var problems: [DeviceError] = []
        for node in nodes {
            // Connectors (card0-HDMI-A-1) and render nodes (renderD128) are of the same subsystem.
            guard node.name.hasPrefix("card"), Int(node.name.dropFirst(4)) != nil, let path = node.path,
                let stable = node.stablePath
            else { continue }
            do {
                for (index, connector) in try ask(path).filter(\.isConnected).enumerated() {
                    devices.append(device(connector, node: node, stable: stable, isFirst: index == 0))
                }
            } catch {
                problems.append(error)
            }
        }
        return HardwareInventory(devices: devices, problems: problems)
    }

    /// A card with several monitors is as many displays; the bare card means its first.
    private static func device(
        _ connector: DisplayConnector, node: DeviceNode, stable: String, isFirst: Bool
    ) -> HardwareDevice {
        let name = connector.monitor.map { "\($0) (\(connector.name))" } ?? connector.name
        let description = DeviceDescription(
            id: "\(stable)#\(connector.name)", kind: .display, name: name, bus: node.bus)
        var aliases = node.otherPaths.map { "\($0)#\(connector.name)" }
        if isFirst { aliases += [stable] + node.otherPaths }
        return HardwareDevice(description: description, aliases: aliases)
    }
}

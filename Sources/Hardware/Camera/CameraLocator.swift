import Media

/// Finds the device that a specification means, now.
struct CameraLocator: Sendable {
    /// A fresh look at the machine: udev's video nodes, which are all asked what they are.
    var scan: @Sendable () -> HardwareInventory = { CameraScan.run() }

    /// - Parameters:
    ///   - specification: `auto`, an identifier, a node or a link.
    ///   - previous: the identifier that `auto` meant last time; it does so again while that device is there.
    func find(
        _ specification: String, kind: DeviceKind, previous: String?
    ) throws(DeviceError) -> HardwareDevice {
        let inventory = scan()
        if specification == "auto", let previous, let device = try? inventory.device(for: previous, kind: kind) {
            return device
        }
        do {
            return try inventory.device(for: specification, kind: kind)
        } catch {
            // What kept a node off the list is worth more than that it is not on it.
            guard let problem = inventory.problems.first else { throw error }
            throw DeviceError(error.reason, "\(error.message) (\(problem.message))")
        }
    }
}

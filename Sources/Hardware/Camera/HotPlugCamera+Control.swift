public import Media
import Synchronization

/// What may be called from any thread.
extension HotPlugCamera {
    /// udev says that video devices came or went: a missing device is looked for at once.
    public func devicesChanged() {
        shared.withLock { $0.mustHurry = true }
        wake.signal()
    }

    /// Uses another device from now on, without a loss in between being counted. One that is open already goes on.
    public func select(_ specification: String) {
        let camera = shared.withLock { shared -> V4L2Camera? in
            shared.specification = specification
            if shared.camera != nil, shared.found == specification, !shared.mustReopen { return nil }
            shared.found = nil
            shared.mustReopen = shared.camera != nil
            shared.mustHurry = true
            return shared.camera
        }
        // The capture thread has it closed.
        camera?.interrupt()
        wake.signal()
    }

    /// The open device's controls.
    public func controls() throws(DeviceError) -> [CameraControl] {
        try CameraControls(path: openPath(), system: system).all()
    }

    /// Sets controls now, and again whenever the device comes back, which makes devices forget.
    public func set(_ values: [String: Int]) throws(DeviceError) {
        let path = try openPath()
        try CameraControls(path: path, system: system).set(values)
        shared.withLock { $0.settings[path, default: [:]].merge(values) { _, new in new } }
    }

    /// Why the settings were not accepted when the device came back; nil when they were.
    public var settingsProblem: DeviceError? { shared.withLock { $0.settingsProblem } }

    public func stop() {
        let camera = shared.withLock { shared in
            shared.isStopped = true
            return shared.camera
        }
        camera?.stop()
        wake.signal()
    }

    private func openPath() throws(DeviceError) -> String {
        let (path, problem) = shared.withLock { ($0.found, $0.problem) }
        if let problem { throw problem }
        guard let path else { throw DeviceError(.lost, "the \(kind.rawValue) is not open") }
        return path
    }
}

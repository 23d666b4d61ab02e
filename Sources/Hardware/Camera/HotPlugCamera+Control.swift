public import Media
import Synchronization

/// What may be called from any thread.
extension HotPlugCamera {
    /// The device that is open or was last; before any was, its specification stands for it.
    public var device: DeviceDescription { shared.withLock { $0.device } }

    public var format: VideoFormat { shared.withLock { $0.camera?.format ?? $0.format } }

    public var signal: VideoSignal { shared.withLock { $0.camera?.signal ?? .none } }

    /// How often an open device was lost.
    public var losses: UInt64 { shared.withLock { $0.losses } }

    /// Over all devices that were open.
    public var statistics: CameraStatistics {
        shared.withLock { shared in
            var sum = shared.statistics
            if let camera = shared.camera { sum += camera.statistics }
            return sum
        }
    }

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

    /// What of the settings was not accepted when the device came back, and why; nil when all were.
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
        if let problem { throw problem }
        guard let path = shared.withLock({ $0.found }) else {
            throw DeviceError(.lost, "the \(kind.rawValue) is not open")
        }
        return path
    }
}

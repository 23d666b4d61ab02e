public import Base
public import Media
import Synchronization

/// A camera that lives as long as the daemon, whether its device is there or not.
///
/// While the device is missing `capture` throws, at once when it is lost and then at each deadline, and meanwhile it looks
/// for the device: as soon as `devicesChanged` is called, and now and then. When it is back `capture` returns pictures
/// again; nothing else needs to be done. Opening and closing, which a sick device can draw out for many seconds, have
/// threads of their own, so that `capture` keeps its deadline; where `rest` ends a stream, or a picture after it begins one, a
/// sick device may hold the calling thread for as long as its driver waits. One thread captures; everything else may be
/// called from any.
public final class HotPlugCamera: Camera, Sendable {
    private struct Shared {
        var specification: String
        var device: DeviceDescription
        var format: VideoFormat
        /// Set exactly while there is no camera.
        var problem: DeviceError?
        var isStopped = false
        var mustReopen = false
        var mustHurry = false
        /// What was set and is set again on a device that comes back.
        var settings: [String: Int] = [:]
        var settingsProblem: DeviceError?
        /// Of cameras that are gone.
        var statistics = CameraStatistics()
        var losses: UInt64 = 0
        var camera: V4L2Camera?
        /// The identifier of the device that was open last, which is a path, too.
        var found: String?
    }

    /// Of the threads that capture and open.
    private struct Capturing {
        var schedule: ReopenSchedule
        /// Openings and closings that are under way.
        var work = 0
        /// The number of the open camera's picture 0.
        var firstNumber: UInt64 = 0
        var lastNumber: UInt64?
    }

    private let kind: DeviceKind
    private let wanted: VideoFormat
    private let system: any VideoNodeSystem
    private let locator: CameraLocator
    /// Runs an opening or a closing on a thread of its own.
    private let launch: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let wake = EventSignal()
    private let shared: Mutex<Shared>
    private let capturing: Mutex<Capturing>

    /// Begins to open the device, and does not wait for it; `problem` tells when it is not there, which is no reason to give
    /// up.
    /// - Parameters:
    ///   - specification: `auto`, an identifier of `HardwareInventory`, a node, or a link to one.
    ///   - kind: `.camera` or `.content`.
    ///   - wanted: what is to be sent.
    ///   - retryInterval: how often a missing device is looked for without being told of a change. By default it is live
    ///     within a second where nobody calls `devicesChanged`, too, even when one try fails.
    public convenience init(
        _ specification: String, kind: DeviceKind = .camera, wanted: VideoFormat,
        retryInterval: Duration = .milliseconds(400)
    ) {
        self.init(
            specification, kind: kind, wanted: wanted, retryInterval: retryInterval, system: LinuxVideoNodes(),
            locator: CameraLocator()
        ) { open in
            do {
                _ = try DeviceThread(name: "camera-open", open)
            } catch {
                // Late is better than never.
                open()
            }
        }
    }

    init(
        _ specification: String, kind: DeviceKind = .camera, wanted: VideoFormat,
        retryInterval: Duration = .milliseconds(400), system: any VideoNodeSystem, locator: CameraLocator,
        launch: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = { $0() }
    ) {
        self.kind = kind
        self.wanted = wanted
        self.system = system
        self.locator = locator
        self.launch = launch
        shared = Mutex(
            Shared(
                specification: specification,
                device: DeviceDescription(id: specification, kind: kind, name: specification, bus: "platform"),
                format: wanted, problem: DeviceError(.lost, "the \(kind.rawValue) “\(specification)” is not open yet")))
        capturing = Mutex(Capturing(schedule: ReopenSchedule(at: system.now, longest: retryInterval)))
        aside { $0.open() }
    }

    // MARK: - What it is

    /// The device that is open or was last; before any was, its specification stands for it.
    public var device: DeviceDescription { shared.withLock { $0.device } }

    public var format: VideoFormat { shared.withLock { $0.camera?.format ?? $0.format } }

    public var signal: VideoSignal { shared.withLock { $0.camera?.signal ?? .none } }

    /// Why there is no camera; nil while there is one.
    public var problem: DeviceError? { shared.withLock { $0.problem } }

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

    // MARK: - Capturing

    public func capture(from pool: FramePool, until deadline: Instant) throws(DeviceError) -> VideoFrame? {
        try use(until: deadline) { camera throws(DeviceError) in
            guard let frame = try camera.capture(from: pool, until: deadline) else { return nil }
            capturing.withLock { capturing in
                frame.sequence += capturing.firstNumber
                capturing.lastNumber = frame.sequence
            }
            return frame
        }
    }

    /// Passes the time without pictures; see `V4L2Camera.rest`. Throws as `capture` does.
    public func rest(until deadline: Instant) throws(DeviceError) -> Bool {
        try use(until: deadline) { camera throws(DeviceError) in try camera.rest(until: deadline) } ?? true
    }

    /// Does something with the camera, as soon as there is one.
    private func use<Answer>(
        until deadline: Instant, _ body: (V4L2Camera) throws(DeviceError) -> Answer?
    ) throws(DeviceError) -> Answer? {
        while true {
            if let camera = try openCamera() { return try use(camera, body) }
            let (next, isWorking) = capturing.withLock { ($0.schedule.next, $0.work > 0) }
            if !isWorking, system.now >= next {
                aside { $0.open() }
                continue
            }
            try sleep(until: isWorking ? deadline : min(next, deadline))
            if system.now >= deadline, let problem { throw problem }
        }
    }

    /// Does what may take long where nobody waits for it. Nothing is opened meanwhile.
    private func aside(_ body: @escaping @Sendable (HotPlugCamera) -> Void) {
        capturing.withLock { $0.work += 1 }
        launch { [self] in
            body(self)
            capturing.withLock { $0.work -= 1 }
            wake.signal()
        }
    }

    /// Until the time has come or somebody has something to say.
    private func sleep(until deadline: Instant) throws(DeviceError) {
        do throws(VideoCallFailure) {
            _ = try system.wait(
                for: nil, wantsPictures: false, interruption: wake.fileDescriptor, until: deadline)
        } catch {
            throw error.error(on: device.id)
        }
        wake.drain()
        let mustHurry = shared.withLock { shared in
            defer { shared.mustHurry = false }
            return shared.mustHurry
        }
        if mustHurry { capturing.withLock { $0.schedule.hurry(at: system.now) } }
    }

    /// The camera, unless there is none or another is wanted.
    private func openCamera() throws(DeviceError) -> V4L2Camera? {
        let (camera, isStopped, mustReopen) = shared.withLock { shared in
            defer { shared.mustReopen = false }
            return (shared.camera, shared.isStopped, shared.mustReopen)
        }
        if isStopped { throw DeviceError(.lost, "the \(kind.rawValue) \(device.id) was stopped: open it anew") }
        guard let camera else { return nil }
        guard mustReopen else { return camera }
        close(camera, DeviceError(.lost, "another \(kind.rawValue) was selected"))
        capturing.withLock { $0.schedule.hurry(at: system.now) }
        return nil
    }

    private func use<Answer>(
        _ camera: V4L2Camera, _ body: (V4L2Camera) throws(DeviceError) -> Answer?
    ) throws(DeviceError) -> Answer? {
        do {
            return try body(camera)
        } catch {
            let (isStopped, mustReopen) = shared.withLock { ($0.isStopped, $0.mustReopen) }
            if isStopped { throw error }
            // Selecting another device ends the capture of this one; that is no loss.
            if mustReopen { return nil }
            close(camera, error)
            shared.withLock { $0.losses += 1 }
            capturing.withLock { $0.schedule.lost(at: system.now) }
            throw error
        }
    }

    private func close(_ camera: V4L2Camera, _ problem: DeviceError) {
        shared.withLock { shared in
            shared.statistics += camera.statistics
            shared.format = camera.format
            shared.camera = nil
            shared.problem = problem
        }
        capturing.withLock { capturing in
            // A gap, so that everybody sees that pictures are missing.
            if let last = capturing.lastNumber { capturing.firstNumber = last + 2 }
        }
        aside { _ in camera.stop() }
    }

    private func open() {
        let (specification, found, settings, isOver) = shared.withLock {
            // The opening before this one may have ended only after the capture thread had found no camera.
            ($0.specification, $0.found, $0.settings, $0.isStopped || $0.camera != nil)
        }
        if isOver { return }
        do throws(DeviceError) {
            let device = try locator.find(specification, kind: kind, previous: found)
            var settingsProblem: DeviceError?
            let path = device.description.id
            if !settings.isEmpty {
                do throws(DeviceError) {
                    try CameraControls(path: path, system: system).set(settings)
                } catch { settingsProblem = error }
            }
            let camera = try V4L2Camera(path: path, device: device.description, wanted: wanted, system: system)
            capturing.withLock { $0.schedule.opened(at: system.now) }
            let isStopped = shared.withLock { shared in
                shared.device = device.description
                // Another may have been selected meanwhile.
                if shared.specification == specification { shared.found = path }
                shared.camera = camera
                shared.problem = nil
                shared.settingsProblem = settingsProblem
                shared.mustReopen = shared.specification != specification
                return shared.isStopped
            }
            if isStopped { camera.stop() }
        } catch {
            shared.withLock { if $0.camera == nil { $0.problem = error } }
            capturing.withLock { $0.schedule.failed(at: system.now) }
        }
    }

    // MARK: - From other threads

    /// udev says that video devices came or went: a missing device is looked for at once.
    public func devicesChanged() {
        shared.withLock { $0.mustHurry = true }
        wake.signal()
    }

    /// Uses another device from now on, without a loss in between being counted.
    public func select(_ specification: String) {
        let camera = shared.withLock { shared in
            shared.specification = specification
            shared.found = nil
            shared.settings = [:]
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
        try CameraControls(path: openPath(), system: system).set(values)
        shared.withLock { $0.settings.merge(values) { _, new in new } }
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

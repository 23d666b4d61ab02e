public import Base
public import Media
import Synchronization

/// A camera that lives as long as the daemon, whether its device is there or not.
///
/// While the device is missing `capture` throws, at once when it is lost and then at each deadline, and meanwhile it looks
/// for the device: as soon as `devicesChanged` is called, and now and then. When it is back `capture` returns pictures
/// again; nothing else needs to be done. Opening and closing, and beginning and ending a stream, which a sick device can
/// draw out for many seconds, have threads of their own, so that `capture` and `rest` keep their deadlines. One thread
/// captures; everything else may be called from any.
public final class HotPlugCamera: Camera, Sendable {
    struct Shared {
        var specification: String
        var device: DeviceDescription
        var format: VideoFormat
        /// Set exactly while there is no camera.
        var problem: DeviceError?
        /// Why the camera was lost where nobody captured, until the capture thread has told.
        var untoldLoss: DeviceError?
        var isStopped = false
        var mustReopen = false
        var mustHurry = false
        /// What was set, by device, and is set again on one that comes back.
        var settings: [String: [String: Int]]
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
        /// What is being done elsewhere: while there is any the camera is left alone.
        var work = 0
        /// nil while there is none.
        var workBegan: Instant?
        /// The number of the open camera's picture 0.
        var firstNumber: UInt64 = 0
        var lastNumber: UInt64?
    }

    let kind: DeviceKind
    private let wanted: VideoFormat
    let system: any VideoNodeSystem
    private let locator: CameraLocator
    /// Runs an opening or a closing on a thread of its own.
    private let launch: @Sendable (@escaping @Sendable () -> Void) -> Void
    let wake = EventSignal()
    let shared: Mutex<Shared>
    private let capturing: Mutex<Capturing>

    /// Begins to open the device, and does not wait for it; `problem` tells when it is not there, which is no reason to give
    /// up.
    /// - Parameters:
    ///   - specification: `auto`, an identifier of `HardwareInventory`, a node, or a link to one.
    ///   - kind: `.camera` or `.content`.
    ///   - wanted: what is to be sent.
    ///   - settings: of controls, by device and name: set on each of these devices that is opened.
    ///   - retryInterval: how often a missing device is looked for without being told of a change. By default it is live
    ///     within a second where nobody calls `devicesChanged`, too, even when one try fails.
    public convenience init(
        _ specification: String, kind: DeviceKind = .camera, wanted: VideoFormat,
        settings: [String: [String: Int]] = [:], retryInterval: Duration = .milliseconds(400)
    ) {
        self.init(
            specification, kind: kind, wanted: wanted, settings: settings, retryInterval: retryInterval,
            system: LinuxVideoNodes(), locator: CameraLocator()
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
        settings: [String: [String: Int]] = [:], retryInterval: Duration = .milliseconds(400),
        system: any VideoNodeSystem, locator: CameraLocator,
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
                format: wanted, problem: DeviceError(.lost, "the \(kind.rawValue) “\(specification)” is not open yet"),
                settings: settings))
        capturing = Mutex(Capturing(schedule: ReopenSchedule(at: system.now, longest: retryInterval)))
        aside { $0.open() }
    }

    /// Why there is no camera, or none that answers; nil while there is one.
    public var problem: DeviceError? {
        if let problem = shared.withLock({ $0.problem }) { return problem }
        guard let began = capturing.withLock({ $0.workBegan }), system.now - began >= V4L2Camera.patience else {
            return nil
        }
        return DeviceError(.failed, "\(device.id): its driver does not answer; unplug it and plug it in again")
    }

    // MARK: - Capturing

    public func capture(from pool: FramePool, until deadline: Instant) throws(DeviceError) -> VideoFrame? {
        try use(resting: false, until: deadline) { camera throws(DeviceError) in
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
        try use(resting: true, until: deadline) { camera throws(DeviceError) in
            try camera.rest(until: deadline)
        } ?? true
    }

    /// Does something with the camera, as soon as there is one and it is ready for that.
    private func use<Answer>(
        resting mustRest: Bool, until deadline: Instant, _ body: (V4L2Camera) throws(DeviceError) -> Answer?
    ) throws(DeviceError) -> Answer? {
        while true {
            try tellLoss()
            let (next, isWorking) = capturing.withLock { ($0.schedule.next, $0.work > 0) }
            if isWorking {
                try sleep(until: deadline)
            } else if let camera = try openCamera() {
                guard camera.mustChange(toRest: mustRest) else { return try use(camera, body) }
                aside { $0.change(camera, toRest: mustRest) }
                continue
            } else if system.now >= next {
                aside { $0.open() }
                continue
            } else {
                try sleep(until: min(next, deadline))
            }
            guard system.now >= deadline else { continue }
            try tellLoss()
            if let problem { throw problem }
            return nil
        }
    }

    private func tellLoss() throws(DeviceError) {
        let (loss, isStopped) = shared.withLock { shared in
            defer { shared.untoldLoss = nil }
            return (shared.untoldLoss, shared.isStopped)
        }
        if isStopped { throw stopped }
        if let loss { throw loss }
    }

    private func change(_ camera: V4L2Camera, toRest: Bool) {
        do throws(DeviceError) {
            try camera.change(toRest: toRest)
        } catch {
            let isLost = shared.withLock { shared in
                // Selecting another device ends what is done with this one; that is no loss.
                guard !shared.isStopped, !shared.mustReopen else { return false }
                shared.untoldLoss = error
                return true
            }
            if isLost { lose(camera, error) }
        }
    }

    /// Does what may take long where nobody waits for it. Nothing is opened meanwhile.
    private func aside(_ body: @escaping @Sendable (HotPlugCamera) -> Void) {
        let now = system.now
        capturing.withLock { capturing in
            capturing.work += 1
            capturing.workBegan = capturing.workBegan ?? now
        }
        launch { [self] in
            body(self)
            capturing.withLock { capturing in
                capturing.work -= 1
                if capturing.work == 0 { capturing.workBegan = nil }
            }
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
        let (camera, mustReopen) = shared.withLock { shared in
            defer { shared.mustReopen = false }
            return (shared.camera, shared.mustReopen)
        }
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
            lose(camera, error)
            throw error
        }
    }

    private func lose(_ camera: V4L2Camera, _ problem: DeviceError) {
        close(camera, problem)
        shared.withLock { $0.losses += 1 }
        capturing.withLock { $0.schedule.lost(at: system.now) }
    }

    private var stopped: DeviceError {
        DeviceError(.lost, "the \(kind.rawValue) \(device.id) was stopped: open it anew")
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
            if let wanted = settings[path], !wanted.isEmpty {
                settingsProblem = CameraControls(path: path, system: system).restore(wanted)
            }
            let camera = try V4L2Camera(path: path, device: device.description, wanted: wanted, system: system)
            capturing.withLock { $0.schedule.opened(at: system.now) }
            let isStopped = shared.withLock { shared in
                shared.device = device.description
                // Another may have been selected meanwhile, or this one by its name.
                let isWanted = [specification, path].contains(shared.specification)
                if isWanted { shared.found = path }
                shared.camera = camera
                shared.problem = nil
                shared.settingsProblem = settingsProblem
                shared.mustReopen = !isWanted
                return shared.isStopped
            }
            if isStopped { camera.stop() }
        } catch {
            shared.withLock { if $0.camera == nil { $0.problem = error } }
            capturing.withLock { $0.schedule.failed(at: system.now) }
        }
    }
}

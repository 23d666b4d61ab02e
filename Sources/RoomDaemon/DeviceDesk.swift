import Base
import ControlAPI
import Hardware
import Logging
import Media
import Room
import Synchronization

/// What there is to be known of the devices, and done with them, off everybody's loop: a thread that looks at the machine
/// when something was plugged in, keeps `devices.list` up to date, and selects and configures. Asking a sick device can
/// take seconds; whatever waits then is bounded.
final class DeviceDesk: Sendable {
    /// What the room uses.
    struct Devices: Sendable {
        var camera: CameraFeed?
        var content: CameraFeed?
        var microphone: (any Microphone)?
        var speaker: (any Speaker)?
        var display: DisplayDriver?
    }

    /// What is chosen from then on, for the next life, too.
    typealias Answer = @Sendable (Result<DeviceChoices, RPCError>) -> Void

    private enum Job: Sendable {
        case select(ControlAPI.DeviceKind, id: String, Answer)
        case configure(id: String, controls: [String: Int], Answer)
    }

    private enum Turn {
        case job(Job), scan, list, wait, stop
    }

    private struct Work: Sendable {
        var jobs: [Job] = []
        var scanDue: Instant?
        var isListDue = false
        var isStopping = false
    }

    /// Of the thread.
    struct Known {
        var present: [Media.DeviceDescription] = []
        var problems: [DeviceError] = []
        var told: [ControlAPI.DeviceDescription]?
        /// What the camera offers, which does not change.
        var offers: (camera: String, formats: [RoomState.Format])?
        var choices: DeviceChoices
        /// What the camera was told to be.
        var asked: String
    }

    /// After word of a change, for what comes with it.
    static let quiet = Duration.milliseconds(200)
    /// How long a camera may take to deliver.
    static let patience = Duration.seconds(5)
    static let jobLimit = 64

    let devices: Devices
    /// What `[devices] camera` says.
    let configuredCamera: String
    private let choices: DeviceChoices
    private let scan: @Sendable () -> HardwareInventory
    let patience: Duration
    let logger: Logger
    private let work = Monitor(Work())
    private let thread = Mutex<DeviceThread?>(nil)

    /// - Parameter choices: of an earlier life; `devices` are those already.
    init(
        _ devices: Devices, configuredCamera: String, choices: DeviceChoices, logger: Logger,
        patience: Duration = DeviceDesk.patience,
        scan: @escaping @Sendable () -> HardwareInventory = { HardwareInventory.scan() }
    ) {
        self.devices = devices
        self.configuredCamera = configuredCamera
        self.choices = choices
        self.logger = logger
        self.patience = patience
        self.scan = scan
    }

    /// - Parameter tell: the list as it is now, whenever it has changed; on the desk's thread.
    func start(_ tell: @escaping @Sendable ([ControlAPI.DeviceDescription]) -> Void) throws {
        work.withLock { $0.scanDue = .zero }
        let thread = try DeviceThread(name: "device-desk") { [self] in run(tell) }
        self.thread.withLock { $0 = thread }
    }

    func stop() {
        work.update { $0.isStopping = true }
        thread.withLock { $0.take() }?.join()
        let jobs = work.withLock { work in
            defer { work.jobs = [] }
            return work.jobs
        }
        for job in jobs { refuse(job, RPCError(.cancelled, "roomd is shutting down.")) }
    }

    // MARK: - From any thread

    /// Something has come, gone or changed on the machine.
    func take(_ changes: [DeviceChange]) {
        for device in devices.of(Set(changes.map(\.subsystem))) { device.devicesChanged() }
        look()
    }

    /// Looks at the machine again, soon.
    func look() {
        work.update { $0.scanDue = $0.scanDue ?? MonotonicClock.now + Self.quiet }
    }

    /// A device of the room's is not as it was.
    func touch() {
        work.update { $0.isListDue = true }
    }

    func select(_ kind: ControlAPI.DeviceKind, id: String, answer: @escaping Answer) {
        add(.select(kind, id: id, answer))
    }

    func configure(id: String, controls: [String: Int], answer: @escaping Answer) {
        add(.configure(id: id, controls: controls, answer))
    }

    private func add(_ job: Job) {
        let isTaken = work.update { work in
            guard work.jobs.count < Self.jobLimit, !work.isStopping else { return false }
            work.jobs.append(job)
            return true
        }
        if !isTaken { refuse(job, RPCError(.busy, "The devices are busy. Try again in a moment.")) }
    }

    private func refuse(_ job: Job, _ error: RPCError) {
        switch job {
        case .select(_, _, let answer), .configure(_, _, let answer): answer(.failure(error))
        }
    }

    // MARK: - The desk's thread

    private func run(_ tell: ([ControlAPI.DeviceDescription]) -> Void) {
        var known = Known(choices: choices, asked: choices.camera?.id ?? configuredCamera)
        while true {
            switch next() {
            case .stop: return
            case .wait: break
            case .job(.select(let kind, let id, let answer)): answer(select(kind, id, &known, tell))
            case .job(.configure(let id, let controls, let answer)): answer(configure(id, controls, &known, tell))
            case .scan:
                look(&known)
                keepToChoice(&known)
                list(&known, tell)
            case .list:
                keepToChoice(&known)
                list(&known, tell)
            }
        }
    }

    private func next() -> Turn {
        let due = work.withLock { $0.scanDue }
        return work.wait(until: due ?? .distantFuture) { work -> Turn? in
            if work.isStopping { return .stop }
            if !work.jobs.isEmpty { return .job(work.jobs.removeFirst()) }
            if let due = work.scanDue, due <= MonotonicClock.now {
                work.scanDue = nil
                work.isListDue = false
                return .scan
            }
            if work.isListDue {
                work.isListDue = false
                return .list
            }
            return work.scanDue == due ? nil : .wait
        } ?? .wait
    }

    func look(_ known: inout Known) {
        let inventory = scan()
        for problem in inventory.problems where !known.problems.contains(problem) {
            logger.warning("a device cannot be looked at", metadata: ["reason": "\(problem)"])
        }
        known.problems = inventory.problems
        known.present = inventory.descriptions()
    }

    func list(_ known: inout Known, _ tell: ([ControlAPI.DeviceDescription]) -> Void) {
        let list = DeviceInventory.list(used(&known), known.present)
        guard list != known.told else { return }
        known.told = list
        tell(list)
    }

    private func used(_ known: inout Known) -> [DeviceInventory.Used] {
        var used: [DeviceInventory.Used] = []
        if let feed = devices.camera { used.append(cameraUsed(feed, &known)) }
        func add(_ device: Media.DeviceDescription?, _ problem: DeviceError?) {
            guard let device else { return }
            used.append(DeviceInventory.Used(device: device, state: problem.map { .init($0.reason) } ?? .active))
        }
        add(devices.microphone?.device, (devices.microphone as? any ProblemTelling)?.problem)
        add(devices.speaker?.device, (devices.speaker as? any ProblemTelling)?.problem)
        add(devices.display?.display.device, devices.display?.problem)
        add(devices.content?.camera.device, (devices.content?.camera as? any SelectableCamera)?.problem)
        return used
    }

    private func cameraUsed(_ feed: CameraFeed, _ known: inout Known) -> DeviceInventory.Used {
        let (device, format) = (feed.camera.device, feed.camera.format)
        let delivered = RoomState.Format(
            width: format.width, height: format.height, frameRate: format.frameRate, pixelFormat: "YU12")
        guard let camera = feed.camera as? any SelectableCamera else {
            return DeviceInventory.Used(device: device, state: .active, formats: [delivered])
        }
        if let problem = camera.problem { return DeviceInventory.Used(device: device, state: .init(problem.reason)) }
        if known.offers?.camera != device.id {
            known.offers = (try? camera.offers()).map { offers in
                (
                    device.id,
                    offers.map { offer in
                        RoomState.Format(
                            width: offer.format.width, height: offer.format.height,
                            frameRate: offer.format.frameRate, pixelFormat: offer.pixelFormat)
                    }
                )
            }
        }
        return DeviceInventory.Used(
            device: device, state: .active, formats: known.offers?.formats ?? [delivered],
            controls: (try? camera.controls())?.map { ControlAPI.DeviceControl($0) })
    }
}

extension DeviceDesk.Devices {
    /// Those that are to look for themselves.
    fileprivate func of(_ subsystems: Set<DeviceChange.Subsystem>) -> [any HotPlugging] {
        var all: [AnyObject?] = []
        if subsystems.contains(.video) { all += [camera?.camera, content?.camera] }
        if subsystems.contains(.sound) { all += [microphone, speaker] }
        if subsystems.contains(.display) { all.append(display?.display) }
        return all.compactMap { $0 as? any HotPlugging }
    }
}

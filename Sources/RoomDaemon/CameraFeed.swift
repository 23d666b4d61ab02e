import Base
import Media
import Synchronization

/// The capture thread: takes pictures from the camera for as long as the daemon lives, and hands them on while the
/// camera is open: the newest to self-view, the last two to the encoder. While the camera is gone the encoder gets a
/// slate that says so.
final class CameraFeed: Sendable {
    /// What the camera really does.
    struct Status: Hashable, Sendable {
        enum Condition: Hashable, Sendable {
            /// It has not been there since the start.
            case missing
            case working
            /// It was there, or is there without a signal.
            case lost
        }

        /// Somebody wants its pictures; they go out as soon as there are any.
        var isOpen: Bool
        var condition: Condition
        var device: String
        var format: VideoFormat
        /// Why there are no pictures.
        var problem: String?
    }

    struct Statistics: Hashable, Sendable {
        /// Handed on by the camera while it was open.
        var frames: UInt64 = 0
        /// Slates in their place.
        var slates: UInt64 = 0
        /// How often it went away.
        var losses: UInt64 = 0
        /// Pictures for which no frame was free.
        var exhausted: UInt64 = 0
    }

    /// The clock, and sleeping by it.
    struct Time: Sendable {
        var now: @Sendable () -> Instant = { MonotonicClock.now }
        var sleep: @Sendable (Instant) -> Void = { MonotonicClock.sleep(until: $0) }
    }

    /// How long a picture is waited for before anything else is looked at.
    static let patience = Duration.milliseconds(100)
    /// A camera that is there and wanted, and has had no picture for so long, is replaced: a stream may take seconds to
    /// begin. One that is slow, as in the dark, is left twice the time that its last picture took, and no more than this.
    static let silence = Duration.milliseconds(350)
    static let longestSilence = Duration.seconds(2)
    /// Between two slates.
    static let slateInterval = Duration.milliseconds(200)
    /// Another camera that was chosen may take so long before its pictures are missed.
    static let changeover = Duration.milliseconds(1500)

    let camera: any Camera
    let encoderQueue = DropOldestFrameQueue(capacity: 2)
    /// Beats with every picture, and where none come.
    let pulse: LoopPulse
    private let name: String
    private let time: Time
    private let language: String
    private let roomName: String
    private let wantsOpen = Atomic<Bool>(false)
    private let isStopping = Atomic<Bool>(false)
    private let newest = Mutex<VideoFrame?>(nil)
    private let thread = Mutex<DeviceThread?>(nil)
    private let counts = Mutex(Statistics())
    /// Nanoseconds.
    private let liveSinceTime = Atomic<Int64>(0)
    private let patientUntil = Atomic<Int64>(0)
    private let told = Monitor<Status?>(nil)

    /// - Parameters:
    ///   - name: of the thread.
    ///   - language: of the slate.
    ///   - roomName: on the slate.
    init(
        _ camera: any Camera, name: String = "capture", language: String = "en", roomName: String = "",
        time: Time = Time()
    ) {
        self.camera = camera
        self.name = name
        pulse = LoopPulse(name)
        self.language = language
        self.roomName = roomName
        self.time = time
    }

    /// The last picture while the camera is open; nothing otherwise.
    var selfView: VideoFrame? { newest.withLock { $0 } }

    var statistics: Statistics { counts.withLock { $0 } }

    /// When the first picture after the last slate was taken: everybody needs a key frame then.
    var liveSince: Instant { Instant(nanoseconds: liveSinceTime.load(ordering: .acquiring)) }

    func setOpen(_ isOpen: Bool) {
        wantsOpen.store(isOpen, ordering: .releasing)
    }

    /// Another camera is about to be used: not to call that a loss.
    func expectChange() {
        patientUntil.store((time.now() + Self.changeover).nanoseconds, ordering: .releasing)
    }

    /// Waits for a status, as it was told last or will be.
    func awaitStatus(until deadline: Instant, _ isSo: (Status) -> Bool) -> Bool {
        told.wait(until: deadline) { status in status.map(isSo) == true ? true : nil } ?? false
    }

    /// - Parameter observer: called on the capture thread whenever the status has changed.
    func start(observer: @escaping @Sendable (Status) -> Void) throws {
        let thread = try DeviceThread(name: name) { [self] in
            var capture = Capture(self)
            while !isStopping.load(ordering: .acquiring) {
                guard let status = turn(&capture) else { continue }
                observer(status)
                told.update { $0 = status }
            }
        }
        self.thread.withLock { $0 = thread }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        camera.stop()
        encoderQueue.close()
        thread.withLock { $0 }?.join()
    }

    // MARK: - Capture thread

    fileprivate enum Absence: Hashable {
        /// Since the start: a room without a camera does not send a picture of that.
        case missing
        case slate(Slates.Reason)
    }

    /// What the capture thread owns.
    struct Capture {
        fileprivate var status: Status
        fileprivate var told: Status?
        fileprivate var pool = FramePool(capacity: 8)
        fileprivate var slates: Slates
        /// Why there are no pictures; nil while there are.
        fileprivate var away: Absence?
        fileprivate var hasBeenThere = false
        /// The last picture, or the opening.
        fileprivate var lastSign = Instant.zero
        fileprivate var lastInterval = Duration.zero
        fileprivate var lastSlate = Instant.zero
        /// In place of pictures that do not come.
        fileprivate var nextSlate = Instant.zero
        /// By pools that were let go.
        fileprivate var exhausted: UInt64 = 0
        /// Without a free frame: what nobody wants to see is not even decoded.
        fileprivate let dryPool = FramePool(capacity: 1)
        private let held: VideoFrame?

        init(_ feed: CameraFeed) {
            let camera = feed.camera
            status = Status(isOpen: false, condition: .working, device: camera.device.id, format: camera.format)
            slates = Slates(language: feed.language, roomName: feed.roomName)
            held = dryPool.take(width: 2, height: 2)
        }
    }

    /// One picture, or one look for it.
    /// - Returns: the status when it has changed.
    func turn(_ capture: inout Capture) -> Status? {
        pulse.beat()
        let isOpen = wantsOpen.load(ordering: .acquiring)
        // What was closed is told as closed before the camera comes to rest, which may take a while.
        if !isOpen, capture.status.isOpen { return news(isOpen, &capture) }
        if isOpen, !capture.status.isOpen { (capture.lastSign, capture.lastInterval) = (time.now(), .zero) }
        let deadline = time.now() + (capture.away == nil ? Self.patience : Self.slateInterval)
        do {
            if let frame = try picture(isOpen: isOpen, until: deadline, capture) {
                take(frame, isOpen: isOpen, &capture)
            } else if camera.signal != .present {
                capture.hasBeenThere = true
                goAway(.slate(.noSignal), "it receives no signal (\(camera.signal.rawValue))", isOpen: isOpen, &capture)
            } else if !isOpen {
                // It runs, as far as anybody can tell who does not look.
                comeBack(&capture)
            } else {
                missPicture(&capture)
            }
        } catch {
            if isStopping.load(ordering: .acquiring) { return nil }
            // The first word of a loss comes at once; after that nothing is done more often than it has to be.
            if capture.away != nil, time.now() < deadline { time.sleep(deadline) }
            if isChanging, capture.away == nil {
                time.sleep(deadline)
                // At the start nothing is known of it yet.
                if capture.told == nil { return nil }
            } else {
                goAway(
                    capture.hasBeenThere ? .slate(.disconnected) : .missing, error.message, isOpen: isOpen, &capture)
            }
        }
        return news(isOpen, &capture)
    }

    /// Of a closed camera there are none: it rests, or where it cannot its pictures go nowhere.
    private func picture(isOpen: Bool, until deadline: Instant, _ capture: Capture) throws(DeviceError) -> VideoFrame? {
        if isOpen { return try camera.capture(from: capture.pool, until: deadline) }
        if let camera = camera as? any RestingCamera, try camera.rest(until: deadline) { return nil }
        return try camera.capture(from: capture.dryPool, until: deadline)
    }

    private func take(_ frame: VideoFrame, isOpen: Bool, _ capture: inout Capture) {
        if capture.away != nil {
            // Time never goes back: a picture may have been taken before the last slate was shown.
            guard frame.captureTime > capture.lastSlate else {
                // The next picture must not meet a newer slate again.
                capture.nextSlate = time.now() + Self.longestSilence
                return
            }
            encoderQueue.removeAll()
            liveSinceTime.store(frame.captureTime.nanoseconds, ordering: .releasing)
        }
        comeBack(&capture)
        let now = time.now()
        (capture.lastSign, capture.lastInterval) = (now, now - capture.lastSign)
        guard isOpen, wantsOpen.load(ordering: .acquiring) else { return }
        counts.withLock { $0.frames += 1 }
        newest.withLock { $0 = frame }
        encoderQueue.push(frame)
    }

    /// The camera is there, but its pictures are not, or not yet.
    private func missPicture(_ capture: inout Capture) {
        if capture.away == nil {
            let patience = max(Self.silence, min(capture.lastInterval * 2, Self.longestSilence))
            guard time.now() - capture.lastSign >= patience, !isChanging else { return }
            hide()
            capture.away = .slate(.silent)
        }
        if time.now() >= capture.nextSlate { showSlate(&capture) }
    }

    private var isChanging: Bool { time.now() < Instant(nanoseconds: patientUntil.load(ordering: .acquiring)) }

    private func comeBack(_ capture: inout Capture) {
        (capture.away, capture.nextSlate) = (nil, .zero)
        capture.hasBeenThere = true
        capture.status.condition = .working
        capture.status.problem = nil
    }

    private func goAway(_ reason: Absence, _ problem: String, isOpen: Bool, _ capture: inout Capture) {
        if capture.away == nil {
            // What is on its way is older than the slate, and would stand still in self-view.
            hide()
            counts.withLock { $0.losses += capture.hasBeenThere ? 1 : 0 }
        }
        (capture.away, capture.nextSlate) = (reason, .zero)
        capture.status.condition = reason == .missing ? .missing : .lost
        capture.status.problem = problem
        if isOpen { showSlate(&capture) }
    }

    private func showSlate(_ capture: inout Capture) {
        let (now, format) = (time.now(), camera.format)
        guard case .slate(let reason)? = capture.away, wantsOpen.load(ordering: .acquiring),
            now - capture.lastSlate >= Self.slateInterval / 2,
            let slate = capture.slates.picture(reason, width: format.width, height: format.height, from: capture.pool)
        else { return }
        // The painting of the first takes a while.
        slate.captureTime = time.now()
        capture.lastSlate = slate.captureTime
        slate.sequence = 0
        counts.withLock { $0.slates += 1 }
        encoderQueue.push(slate)
    }

    private func news(_ isOpen: Bool, _ capture: inout Capture) -> Status? {
        capture.status.isOpen = isOpen && wantsOpen.load(ordering: .acquiring)
        // What is told as closed is closed: a picture may have been shown just before it was.
        if !capture.status.isOpen { hide() }
        let exhausted = capture.exhausted + capture.pool.exhausted
        counts.withLock { $0.exhausted = exhausted }
        capture.status.device = camera.device.id
        let format = camera.format
        if format != capture.status.format {
            // The frames of another size are let go.
            if (format.width, format.height) != (capture.status.format.width, capture.status.format.height) {
                capture.exhausted += capture.pool.exhausted
                capture.pool = FramePool(capacity: 8)
            }
            capture.status.format = format
        }
        guard capture.status != capture.told else { return nil }
        capture.told = capture.status
        return capture.status
    }

    private func hide() {
        newest.withLock { $0 = nil }
        encoderQueue.removeAll()
    }
}

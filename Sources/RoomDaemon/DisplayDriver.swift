import Base
import Compositor
import Logging
import Media
import Room
import Synchronization

/// The display thread: at each flip the newest pictures, laid out as the room's policy wants.
final class DisplayDriver: Sendable {
    /// A picture of what was on the display.
    struct Snapshot: Sendable {
        var screenshot: Screenshot
        /// When the flip was.
        var time: Instant
    }

    /// What the display really does.
    struct Status: Hashable, Sendable {
        var isOn: Bool
        var isLost: Bool
        /// The last one that it had.
        var mode: DisplayMode
        /// The stable identifier of what is connected, or was.
        var device: String
        /// It has shown something since the start.
        var wasThere = false
        /// Why it is lost.
        var problem: String?
    }

    struct Statistics: Hashable, Sendable {
        var compose = LatencyHistogram()
        var flip = LatencyHistogram()
    }

    enum SnapshotError: Error { case nothingShown, lost, stopped }

    private struct Wanted: Sendable {
        /// Derived from the policy's state for a given moment, so that clocks and countdowns run between its events.
        var screen: (@Sendable (RoomTime) -> Screen)?
        /// Counts changes of it.
        var version = 0
        var isOn = true
        var snapshots: [(width: Int, answer: @Sendable (Result<Snapshot, SnapshotError>) -> Void)] = []
    }

    let display: any Display
    private let store: PictureStore
    private let camera: CameraFeed?
    private let roomName: String
    private let language: String
    private let logger: Logger
    private let wanted = Mutex(Wanted())
    /// Beats with every refresh, also where nothing is drawn.
    let pulse = LoopPulse("display")
    private let isStopping = Atomic<Bool>(false)
    private let flips = Atomic<UInt64>(0)
    private let counts = Mutex(Statistics())
    private let lastProblem = Mutex<DeviceError?>(nil)
    private let thread = Mutex<DeviceThread?>(nil)

    init(
        display: any Display, store: PictureStore, camera: CameraFeed?, roomName: String, language: String,
        logger: Logger
    ) {
        self.display = display
        self.store = store
        self.camera = camera
        self.roomName = roomName
        self.language = language
        self.logger = logger
    }

    var statistics: Statistics { counts.withLock { $0 } }

    /// Why there is no display; nil while there is one.
    var problem: DeviceError? { lastProblem.withLock { $0 } }

    /// Flips since the start.
    var flipCount: UInt64 { flips.load(ordering: .relaxed) }

    func show(_ screen: @escaping @Sendable (RoomTime) -> Screen) {
        wanted.withLock { wanted in
            wanted.screen = screen
            wanted.version += 1
        }
    }

    func setPower(isOn: Bool) {
        wanted.withLock { $0.isOn = isOn }
    }

    /// The answer comes on the display thread: after the next flip, or at once while the display is lost.
    func takeSnapshot(width: Int, answer: @escaping @Sendable (Result<Snapshot, SnapshotError>) -> Void) {
        wanted.withLock { $0.snapshots.append((width, answer)) }
    }

    /// - Parameter observer: called on the display thread whenever the status has changed.
    func start(observer: @escaping @Sendable (Status) -> Void) throws {
        let thread = try DeviceThread(name: "display") { [self] in run(observer) }
        self.thread.withLock { $0 = thread }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        display.stop()
        thread.withLock { $0 }?.join()
        for request in takeSnapshotRequests() { request.answer(.failure(.stopped)) }
    }

    // MARK: - Display thread

    private func run(_ observer: (Status) -> Void) {
        let compositor = Compositor(language: language)
        let builder = SceneBuilder(language: language)
        var told: Status?
        var status = Status(isOn: true, isLost: false, mode: display.mode, device: display.device.id)
        var generation = display.generation
        var lastScene: Scene?
        var lastSelfView: VideoFrame?
        var lastFlip = Instant.zero
        var derived = DerivedScreen()
        while !isStopping.load(ordering: .acquiring) {
            pulse.beat()
            do {
                try follow(&status)
                // Before the pictures are chosen, because it waits: the newest go to the display.
                let buffer = try display.nextBuffer()
                if generation != display.generation {
                    // Other buffers, perhaps of another size: what was drawn is gone.
                    generation = display.generation
                    compositor.invalidate()
                    lastScene = nil
                }
                status.mode = display.mode
                status.device = display.device.id
                let interval = Duration.nanoseconds(Int64(1e9 / max(status.mode.refresh, 1)))
                let now = RoomTime(monotonic: MonotonicClock.now, civil: MonotonicClock.wallTime)
                let hasNewPictures = store.advance(to: now.monotonic + interval)
                let selfView = camera?.selfView
                let scene = status.isOn ? self.scene(&derived, builder, selfView, now) : .standby
                if scene == lastScene, !hasNewPictures, selfView === lastSelfView {
                    // Nothing to draw: the picture on the display is right.
                    answerSnapshots(compositor, lastFlip)
                    try display.idle(until: now.monotonic + interval)
                } else {
                    let began = MonotonicClock.now
                    compositor.compose(
                        scene: scene, frames: { store.picture($0) }, selfView: selfView, into: buffer)
                    let composed = MonotonicClock.now
                    lastFlip = try display.flip(damage: compositor.damage)
                    note(composed: composed - began, flipped: lastFlip - composed)
                    flips.wrappingAdd(1, ordering: .relaxed)
                    lastScene = scene
                    lastSelfView = selfView
                    answerSnapshots(compositor, lastFlip)
                }
                status.isLost = false
                status.wasThere = true
                note(nil, &status)
            } catch {
                if isStopping.load(ordering: .acquiring) { break }
                if status.problem != error.message {
                    logger.error(
                        status.wasThere ? "the display is lost" : "there is no display",
                        metadata: ["reason": "\(error)"])
                }
                status.isLost = true
                note(error, &status)
                lastScene = nil
                for request in takeSnapshotRequests() { request.answer(.failure(.lost)) }
                MonotonicClock.sleep(until: MonotonicClock.now + .milliseconds(200))
            }
            if status != told {
                told = status
                observer(status)
            }
        }
    }

    private func note(_ problem: DeviceError?, _ status: inout Status) {
        guard status.problem != problem?.message else { return }
        status.problem = problem?.message
        lastProblem.withLock { $0 = problem }
    }

    private func note(composed: Duration, flipped: Duration) {
        counts.withLock { counts in
            counts.compose.record(composed)
            counts.flip.record(flipped)
        }
    }

    private func follow(_ status: inout Status) throws(DeviceError) {
        let isOn = wanted.withLock { $0.isOn }
        guard isOn != status.isOn else { return }
        try display.setPower(on: isOn)
        status.isOn = isOn
    }

    /// What the policy wanted when it was last asked.
    private struct DerivedScreen {
        var screen: Screen?
        var version = -1
        var at = Instant.zero
    }

    private func scene(
        _ derived: inout DerivedScreen, _ builder: SceneBuilder, _ selfView: VideoFrame?, _ now: RoomTime
    ) -> Scene {
        let (screen, version) = wanted.withLock { ($0.screen, $0.version) }
        // Clocks and countdowns move between the policy's events, but not at every flip.
        if version != derived.version || now.monotonic - derived.at >= .milliseconds(100) {
            derived = DerivedScreen(screen: screen?(now), version: version, at: now.monotonic)
        }
        guard let screen = derived.screen else { return .standby }
        return builder.scene(
            screen, visible: store.visible,
            selfViewAspect: selfView.map { Double($0.width) / Double($0.height) }, roomName: roomName, now: now)
    }

    private func takeSnapshotRequests() -> [(
        width: Int, answer: @Sendable (Result<Snapshot, SnapshotError>) -> Void
    )] {
        wanted.withLock { wanted in
            defer { wanted.snapshots = [] }
            return wanted.snapshots
        }
    }

    private func answerSnapshots(_ compositor: Compositor, _ flip: Instant) {
        for request in takeSnapshotRequests() {
            do {
                let screenshot = try compositor.screenshot(width: min(request.width, display.mode.width))
                request.answer(.success(Snapshot(screenshot: screenshot, time: flip)))
            } catch {
                request.answer(.failure(.nothingShown))
            }
        }
    }
}

import Base
import Media
import Synchronization

/// The capture thread: takes pictures from the camera for as long as the daemon lives, and hands them on while the
/// camera is open: the newest to self-view, the last two to the encoder.
final class CameraFeed: Sendable {
    /// What the camera really does.
    struct Status: Hashable, Sendable {
        var isOpen: Bool
        var isLost: Bool
    }

    let camera: any Camera
    let encoderQueue = DropOldestFrameQueue(capacity: 2)
    private let pool = FramePool(capacity: 8)
    private let wantsOpen = Atomic<Bool>(false)
    private let isStopping = Atomic<Bool>(false)
    private let newest = Mutex<VideoFrame?>(nil)
    private let thread = Mutex<DeviceThread?>(nil)

    init(_ camera: any Camera) {
        self.camera = camera
    }

    /// The last picture while the camera is open; nothing otherwise.
    var selfView: VideoFrame? { newest.withLock { $0 } }

    func setOpen(_ isOpen: Bool) {
        wantsOpen.store(isOpen, ordering: .releasing)
    }

    /// - Parameter observer: called on the capture thread whenever the status has changed.
    func start(observer: @escaping @Sendable (Status) -> Void) throws {
        let thread = try DeviceThread(name: "capture") { [self] in run(observer) }
        self.thread.withLock { $0 = thread }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        camera.stop()
        encoderQueue.close()
        thread.withLock { $0 }?.join()
    }

    private func run(_ observer: (Status) -> Void) {
        var told: Status?
        var status = Status(isOpen: false, isLost: false)
        while !isStopping.load(ordering: .acquiring) {
            // A closed camera goes on running, so that it opens at once; its pictures go nowhere.
            let isOpen = wantsOpen.load(ordering: .acquiring)
            do {
                let frame = try camera.capture(from: pool, until: MonotonicClock.now + .milliseconds(100))
                status.isLost = false
                if let frame, isOpen, wantsOpen.load(ordering: .acquiring) { show(frame) }
            } catch {
                if isStopping.load(ordering: .acquiring) { break }
                status.isLost = true
                MonotonicClock.sleep(until: MonotonicClock.now + .milliseconds(100))
            }
            status.isOpen = isOpen && wantsOpen.load(ordering: .acquiring) && !status.isLost
            // What is told as closed is closed: a picture may have been shown just before it was.
            if !status.isOpen { hide() }
            if status != told {
                told = status
                observer(status)
            }
        }
    }

    private func show(_ frame: VideoFrame) {
        newest.withLock { $0 = frame }
        encoderQueue.push(frame)
    }

    private func hide() {
        newest.withLock { $0 = nil }
        encoderQueue.removeAll()
    }
}

import Base
import Media
import Synchronization
import Testing

@testable import RoomDaemon

@Suite struct CameraFeedTests {
    /// Delivers pictures as fast as they are taken.
    private final class EagerCamera: Camera {
        let device = DeviceDescription(id: "eager", kind: .camera, name: "Eager", bus: "simulated")
        let format = VideoFormat(width: 16, height: 16, frameRate: 30)

        func capture(from pool: FramePool, until deadline: Instant) throws(DeviceError) -> VideoFrame? {
            pool.take(width: 16, height: 16)
        }

        func stop() {}
    }

    @Test func whenTheCameraSaysThatItIsClosedNoPictureIsOnItsWay() throws {
        let feed = CameraFeed(EagerCamera())
        let counts = Mutex((closed: 0, leaked: 0))
        try feed.start { status in
            guard !status.isOpen else { return }
            let isLeaking = feed.encoderQueue.pop(until: .zero) != nil || feed.selfView != nil
            counts.withLock { counts in
                counts.closed += 1
                counts.leaked += isLeaking ? 1 : 0
            }
        }
        let end = MonotonicClock.now + .milliseconds(700)
        var isOpen = false
        while MonotonicClock.now < end {
            isOpen.toggle()
            feed.setOpen(isOpen)
        }
        feed.stop()
        let (closed, leaked) = counts.withLock { $0 }
        #expect(closed > 1)
        #expect(leaked == 0, "\(leaked) of \(closed)")
    }
}

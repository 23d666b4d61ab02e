import Base
import Compositor
import Logging
import Media
import Room
import Synchronization
import Testing

@testable import RoomDaemon

@Suite struct DisplayDriverTests {
    /// A display that can be unplugged.
    private final class LooseDisplay: Display {
        let device = DeviceDescription(id: "loose", kind: .display, name: "Loose", bus: "simulated")
        let mode = DisplayMode(width: 160, height: 96, refresh: 100)
        let isGone = Mutex(false)
        private let memory = UncheckedMemory(UnsafeMutableRawPointer.allocate(byteCount: 160 * 96 * 4, alignment: 64))

        struct UncheckedMemory: @unchecked Sendable {
            let pixels: UnsafeMutableRawPointer
            init(_ pixels: UnsafeMutableRawPointer) { self.pixels = pixels }
        }

        deinit { memory.pixels.deallocate() }

        private func check() throws(DeviceError) {
            if isGone.withLock({ $0 }) { throw DeviceError(.lost, "The cable is out.") }
        }

        func nextBuffer() throws(DeviceError) -> DisplayBuffer {
            try check()
            return DisplayBuffer(pixels: memory.pixels, width: 160, height: 96, stride: 640)
        }

        func flip() throws(DeviceError) -> Instant {
            try check()
            return MonotonicClock.now
        }

        func setPower(on: Bool) throws(DeviceError) { try check() }

        func stop() {}
    }

    private let display = LooseDisplay()

    private func makeDriver() -> DisplayDriver {
        DisplayDriver(
            display: display, store: PictureStore(), camera: nil, roomName: "Test", language: "en",
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    /// What a snapshot gives, at the latest after five seconds.
    private func snapshot(of driver: DisplayDriver) -> Result<DisplayDriver.Snapshot, DisplayDriver.SnapshotError>? {
        let answer = Monitor<Result<DisplayDriver.Snapshot, DisplayDriver.SnapshotError>?>(nil)
        driver.takeSnapshot(width: 80) { result in
            answer.update { $0 = result }
        }
        return answer.wait(until: MonotonicClock.now + .seconds(5)) { $0 }
    }

    @Test func aSnapshotOfALostDisplayIsAnsweredAndOneOfItsReturnHasAPicture() throws {
        let driver = makeDriver()
        let isLost = Monitor(false)
        try driver.start { status in isLost.update { $0 = status.isLost } }
        defer { driver.stop() }
        #expect(try #require(snapshot(of: driver)).get().screenshot.width == 80)
        display.isGone.withLock { $0 = true }
        // Something to draw, so that the loss is felt.
        driver.setPower(isOn: false)
        let wasLost: Bool? = isLost.wait(until: MonotonicClock.now + .seconds(5)) { $0 ? true : nil }
        #expect(wasLost == true)
        guard case .failure(let error)? = snapshot(of: driver) else {
            Issue.record("no answer, or a picture of a display that is gone")
            return
        }
        #expect(error == .lost)
        display.isGone.withLock { $0 = false }
        let isBack: Bool? = isLost.wait(until: MonotonicClock.now + .seconds(5)) { $0 ? nil : true }
        #expect(isBack == true)
        #expect((try? snapshot(of: driver)?.get()) != nil)
    }
}

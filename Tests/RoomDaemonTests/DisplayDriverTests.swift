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

    /// A display whose monitor is another one now and then.
    private final class ChangingDisplay: Display {
        private struct State {
            var generation = 0
            var width = 160
            var memory = UncheckedMemory()
            var damage: [[DisplayRect]] = []
        }

        private struct UncheckedMemory: @unchecked Sendable {
            /// Always the same, as it may be with a real one.
            let pixels = UnsafeMutableRawPointer.allocate(byteCount: 320 * 96 * 4, alignment: 64)
        }

        private let state = Mutex(State())

        deinit { state.withLock { $0.memory.pixels.deallocate() } }

        var device: DeviceDescription {
            DeviceDescription(id: "monitor\(generation)", kind: .display, name: "Changing", bus: "simulated")
        }
        var mode: DisplayMode { DisplayMode(width: state.withLock { $0.width }, height: 96, refresh: 100) }
        var generation: Int { state.withLock { $0.generation } }
        var damage: [[DisplayRect]] { state.withLock { $0.damage } }
        /// The first word of the picture.
        var corner: UInt32 { state.withLock { $0.memory.pixels.load(as: UInt32.self) } }

        /// Other buffers, of which nobody knows what they hold.
        func change(width: Int) {
            state.withLock { state in
                state.width = width
                state.generation += 1
                state.memory.pixels.initializeMemory(as: UInt32.self, repeating: 0x1234_5678, count: 320 * 96)
            }
        }

        func nextBuffer() throws(DeviceError) -> DisplayBuffer {
            state.withLock {
                DisplayBuffer(pixels: $0.memory.pixels, width: $0.width, height: 96, stride: $0.width * 4)
            }
        }

        func flip() throws(DeviceError) -> Instant { try flip(damage: []) }

        func flip(damage: [DisplayRect]) throws(DeviceError) -> Instant {
            state.withLock { $0.damage.append(damage) }
            return MonotonicClock.now
        }

        func setPower(on: Bool) throws(DeviceError) {}
        func stop() {}
    }

    private let display = LooseDisplay()

    private func makeDriver(_ other: (any Display)? = nil) -> DisplayDriver {
        DisplayDriver(
            display: other ?? display, store: PictureStore(), camera: nil, roomName: "Test", language: "en",
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

    @Test func anotherMonitorIsToldOfAndDrawnAnewThoughNothingElseHasChanged() throws {
        let changing = ChangingDisplay()
        let driver = makeDriver(changing)
        let status = Monitor<DisplayDriver.Status?>(nil)
        try driver.start { news in status.update { $0 = news } }
        defer { driver.stop() }
        #expect(try #require(snapshot(of: driver)).get().screenshot.width == 80)
        for (generation, width) in [(1, 160), (2, 320)] {
            changing.change(width: width)
            let told: DisplayDriver.Status? = status.wait(until: MonotonicClock.now + .seconds(5)) { status in
                status?.device == "monitor\(generation)" ? status : nil
            }
            #expect(told?.mode == DisplayMode(width: width, height: 96, refresh: 100))
            _ = snapshot(of: driver)
            // The scene of a driver that was told of none is black.
            #expect(changing.corner & 0xFF_FFFF == 0)
        }
        #expect(changing.damage.last == [])
    }
}

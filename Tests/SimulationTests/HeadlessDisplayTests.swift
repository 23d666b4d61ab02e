import Base
import Media
import Simulation
import Testing

@Suite struct HeadlessDisplayTests {
    @Test func flipsHappenAtTheRefreshRate() throws {
        let pacer = VirtualPacer(startingAt: Instant(nanoseconds: 2_000_000_001))
        let display = try HeadlessDisplay(width: 641, height: 360, rate: try #require(FrameRate(50)), pacer: pacer)
        #expect(display.mode == DisplayMode(width: 641, height: 360, refresh: 50))
        var flips: [Int64] = []
        for _ in 0..<3 {
            let buffer = try display.nextBuffer()
            #expect(buffer.stride % 64 == 0 && buffer.stride >= 641 * 4)
            flips.append(try display.flip().nanoseconds / 1_000_000)
        }
        #expect(flips == [2020, 2040, 2060])
        // Drawing took three refreshes.
        _ = try display.nextBuffer()
        pacer.advance(by: .milliseconds(55))
        #expect(try display.flip().nanoseconds / 1_000_000 == 2120)
    }

    @Test func whatIsShownIsNotDrawnInto() throws {
        let pacer = VirtualPacer(startingAt: .zero)
        let display = try HeadlessDisplay(width: 64, height: 64, pacer: pacer)
        #expect(display.front.since == nil)
        for number: UInt32 in 1...4 {
            let buffer = try display.nextBuffer()
            #expect(buffer.pixels != display.front.buffer.pixels)
            buffer.pixels.storeBytes(of: number, as: UInt32.self)
            let flip = try display.flip()
            // Until the flip the picture before is shown.
            #expect(display.front.buffer.pixels.load(as: UInt32.self) == number - 1)
            _ = try display.nextBuffer()
            #expect(display.front.buffer.pixels.load(as: UInt32.self) == number)
            #expect(display.front.since == flip)
        }
    }

    @Test func powerIsRemembered() throws {
        let display = try HeadlessDisplay(width: 64, height: 64)
        #expect(display.isOn)
        try display.setPower(on: false)
        #expect(!display.isOn)
    }

    @Test func stoppingEndsTheWaitForAFlip() throws {
        let display = try HeadlessDisplay(width: 64, height: 64, rate: try #require(FrameRate(1)))
        let result = Mailbox<DeviceError>()
        let thread = try DeviceThread(name: "display") {
            do throws(DeviceError) {
                while true {
                    _ = try display.nextBuffer()
                    _ = try display.flip()
                }
            } catch {
                result.put(error)
            }
        }
        display.stop()
        thread.join()
        #expect(result.take()?.reason == .lost)
    }
}

import Base
import Codecs
import Media
import Simulation
import Testing

@Suite struct PatternCameraTests {
    private let start = Instant(nanoseconds: 5_000_000_000_500_000_000)

    private func camera(
        _ width: Int, _ height: Int, _ rate: Int64, _ pacer: VirtualPacer
    ) throws -> PatternCamera {
        try PatternCamera(width: width, height: height, rate: try #require(FrameRate(rate)), pacer: pacer)
    }

    @Test(arguments: [(80, 16), (240, 136), (320, 180), (1280, 720)])
    func theTimeCodeIsWhatTheContractSays(width: Int, height: Int) throws {
        let pacer = VirtualPacer(startingAt: start)
        let camera = try camera(width, height, 30, pacer)
        let frame = try #require(try camera.capture(from: FramePool(capacity: 1), until: .distantFuture))
        let unit = width / 80
        var bits: UInt64 = 0
        for block in 0..<40 {
            // Every corner of every block has one of the two values, and neutral colour.
            let (left, top) = ((4 + block) * unit, 2 * unit)
            let value = frame.y[top * frame.strideY + left]
            #expect(value == 235 || value == 16)
            for (x, y) in [(left + unit - 1, top), (left, top + unit - 1), (left + unit - 1, top + unit - 1)] {
                #expect(frame.y[y * frame.strideY + x] == value)
                #expect(frame.u[y / 2 * frame.strideUV + x / 2] == 128)
                #expect(frame.v[y / 2 * frame.strideUV + x / 2] == 128)
            }
            bits = bits << 1 | (value == 235 ? 1 : 0)
        }
        let milliseconds = UInt32(truncatingIfNeeded: frame.captureTime.nanoseconds / 1_000_000)
        #expect(UInt32(truncatingIfNeeded: bits >> 8) == milliseconds)
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: milliseconds >> ($0 * 8)) }
        #expect(UInt8(truncatingIfNeeded: bits) == bytes.reduce(0, &+))
        #expect(TimeCodeReader.read(frame) == milliseconds)
    }

    @Test func picturesComeAtAbsoluteInstantsAndFlashAtWholeSeconds() throws {
        let pacer = VirtualPacer(startingAt: start)
        let camera = try camera(160, 90, 25, pacer)
        let pool = FramePool(capacity: 1)
        var flashes: [Int64] = []
        var instants: [Int64] = []
        for number in 0..<60 {
            let frame = try #require(try camera.capture(from: pool, until: .distantFuture))
            #expect(frame.sequence == UInt64(number))
            #expect(pacer.now == frame.captureTime)
            instants.append(frame.captureTime.nanoseconds)
            if TimeCodeReader.isFlash(frame) { flashes.append(frame.captureTime.nanoseconds) }
            #expect(TimeCodeReader.read(frame) == TimeCode.milliseconds(of: frame.captureTime))
        }
        #expect(zip(instants, instants.dropFirst()).allSatisfy { $1 - $0 == 40_000_000 })
        #expect(flashes == [5_000_000_001_000_000_000, 5_000_000_002_000_000_000])
    }

    @Test func aLateCallerLosesPicturesAndStaysOnTime() throws {
        let pacer = VirtualPacer(startingAt: start)
        let camera = try camera(80, 48, 10, pacer)
        let pool = FramePool(capacity: 1)
        func sequence() throws -> UInt64? {
            try camera.capture(from: pool, until: .distantFuture)?.sequence
        }
        #expect(try sequence() == 0)
        // Late by less than a picture: nothing is lost.
        pacer.advance(by: .milliseconds(150))
        #expect(try sequence() == 1)
        #expect(try sequence() == 2)
        pacer.advance(by: .milliseconds(650))
        #expect(try sequence() == 8)
        #expect(try sequence() == 9)
        #expect(pacer.now == start + .milliseconds(900))
    }

    @Test func nothingIsReturnedAtTheDeadlineAndThePictureComesAfterwards() throws {
        let pacer = VirtualPacer(startingAt: start + .milliseconds(1))
        let camera = try camera(80, 48, 10, pacer)
        let pool = FramePool(capacity: 1)
        #expect(try camera.capture(from: pool, until: start + .milliseconds(50)) == nil)
        #expect(pacer.now == start + .milliseconds(50))
        let frame = try camera.capture(from: pool, until: start + .milliseconds(100))
        #expect(frame?.captureTime == start + .milliseconds(100))
        // The pool is exhausted: this picture is lost, and its number with it.
        #expect(try camera.capture(from: pool, until: .distantFuture) == nil)
        #expect(frame?.sequence == 0)
    }

    @Test func stoppingEndsABlockedCapture() throws {
        let camera = try PatternCamera(width: 80, height: 48, rate: try #require(FrameRate(1)))
        let result = Mailbox<DeviceError>()
        let thread = try DeviceThread(name: "capture") {
            let pool = FramePool(capacity: 2)
            do throws(DeviceError) {
                while true { _ = try camera.capture(from: pool, until: .distantFuture) }
            } catch {
                result.put(error)
            }
        }
        camera.stop()
        thread.join()
        #expect(result.take()?.reason == .lost)
    }

    @Test func picturesDifferEnoughToMakeAnEncoderWork() throws {
        let pacer = VirtualPacer(startingAt: start)
        let camera = try camera(320, 180, 30, pacer)
        let pool = FramePool(capacity: 2)
        let one = try #require(try camera.capture(from: pool, until: .distantFuture))
        let other = try #require(try camera.capture(from: pool, until: .distantFuture))
        var different = 0
        for row in 0..<180 {
            for column in 0..<320 {
                let difference = Int(one.y[row * one.strideY + column]) - Int(other.y[row * other.strideY + column])
                if abs(difference) > 4 { different += 1 }
            }
        }
        #expect(different > 320 * 180 / 4)
    }

    @Test func theTimeCodeSurvivesCoding() throws {
        let pacer = VirtualPacer(startingAt: start)
        let camera = try camera(320, 180, 30, pacer)
        let pool = FramePool(capacity: 2)
        var encoder = try VideoEncoder(.init(width: 320, height: 180, bitrate: 250_000, mayDropFrames: false))
        var decoder = try VideoDecoder()
        var bytes: [UInt8] = []
        var flashes = 0
        for _ in 0..<45 {
            let frame = try #require(try camera.capture(from: pool, until: .distantFuture))
            bytes.removeAll(keepingCapacity: true)
            _ = try encoder.encode(frame, appendingTo: &bytes)
            let shown = try #require(try decoder.decode(bytes.span, into: pool))
            #expect(TimeCodeReader.read(shown) == TimeCode.milliseconds(of: frame.captureTime))
            if TimeCodeReader.isFlash(shown) { flashes += 1 }
        }
        #expect(flashes == 1)
    }

    @Test(arguments: [
        (100, 100, "multiple of 80"), (0, 100, "multiple of 80"), (3920, 2000, "multiple of 80"), (1280, 721, "even"),
        (1280, 254, "256…2160"),
    ])
    func impossibleSizesAreNamed(width: Int, height: Int, words: String) throws {
        let failure = #expect(throws: DeviceError.self) {
            _ = try PatternCamera(width: width, height: height, rate: try #require(FrameRate(30)))
        }
        #expect(failure?.message.contains(words) == true)
    }
}

@Suite struct TimeCodeTests {
    @Test func agesWrapAround() {
        let late = Instant(nanoseconds: 4_294_967_296 * 1_000_000 + 20_000_000)
        #expect(TimeCode.age(of: .max - 9, at: late) == .milliseconds(30))
        #expect(TimeCode.age(of: 25, at: late) == .milliseconds(-5))
    }

    @Test func aWrongSumIsNoTimeCode() {
        let bits = TimeCode.bits(milliseconds: 0x1234_5678)
        #expect(bits == 0x12_3456_7814)
        #expect(TimeCode.milliseconds(bits: bits) == 0x1234_5678)
        for bit in 0..<40 { #expect(TimeCode.milliseconds(bits: bits ^ 1 << bit) == nil) }
    }

    @Test func isReadFromATileOfADisplay() throws {
        let pacer = VirtualPacer(startingAt: Instant(nanoseconds: 77_123_000_000))
        let camera = try PatternCamera(width: 320, height: 180, rate: try #require(FrameRate(30)), pacer: pacer)
        let frame = try #require(try camera.capture(from: FramePool(capacity: 1), until: .distantFuture))
        let display = try HeadlessDisplay(width: 500, height: 300, pacer: pacer)
        let buffer = try display.nextBuffer()
        for row in 0..<180 {
            for column in 0..<320 {
                buffer.pixels.storeBytes(
                    of: UInt32(frame.y[row * frame.strideY + column]) &* 0x01_0101,
                    toByteOffset: (row + 50) * buffer.stride + (column + 100) * 4, as: UInt32.self)
            }
        }
        let read = TimeCodeReader.read(LumaPlane(buffer), x: 100, y: 50, width: 320)
        #expect(read == TimeCode.milliseconds(of: frame.captureTime))
        #expect(TimeCodeReader.read(LumaPlane(buffer), x: 0, y: 0, width: 320) == nil)
        #expect(TimeCodeReader.read(LumaPlane(buffer), x: 400, y: 50, width: 320) == nil)
    }
}

import Media
import Testing

@testable import Hardware

@Suite struct FormatNegotiationTests {
    private func mode(_ format: PixelFormat, _ width: Int, _ height: Int, _ rate: UInt32?) -> OfferedMode {
        OfferedMode(
            pixelFormat: format, width: width, height: height, interval: rate.map { FrameInterval(1, $0) })
    }

    private func best(_ width: Int, _ height: Int, _ rate: Double = 30, of modes: [OfferedMode]) -> OfferedMode? {
        FormatNegotiation.ranked(modes, for: VideoFormat(width: width, height: height, frameRate: rate)).first
    }

    /// What a USB 2 webcam offers.
    private var webcam: [OfferedMode] {
        [
            mode(.yuyv, 640, 480, 30), mode(.yuyv, 640, 480, 15), mode(.yuyv, 640, 360, 30), mode(.yuyv, 320, 180, 30),
            mode(.yuyv, 1280, 720, 10), mode(.yuyv, 1920, 1080, 5), mode(.mjpeg, 640, 480, 30),
            mode(.mjpeg, 640, 360, 30), mode(.mjpeg, 1280, 720, 30), mode(.mjpeg, 1280, 720, 60),
            mode(.mjpeg, 1920, 1080, 30),
        ]
    }

    @Test func rawServesSmallSizesAndMJPEGLargeOnes() {
        #expect(best(320, 180, of: webcam) == mode(.yuyv, 320, 180, 30))
        #expect(best(640, 360, of: webcam) == mode(.yuyv, 640, 360, 30))
        #expect(best(640, 480, of: webcam) == mode(.yuyv, 640, 480, 30))
        #expect(best(1280, 720, of: webcam) == mode(.mjpeg, 1280, 720, 30))
        #expect(best(1920, 1080, of: webcam) == mode(.mjpeg, 1920, 1080, 30))
        #expect(best(1280, 720, 60, of: webcam) == mode(.mjpeg, 1280, 720, 60))
        #expect(best(1280, 720, 10, of: webcam) == mode(.yuyv, 1280, 720, 10))
    }

    @Test func theSmallestSizeThatCoversIsTaken() {
        let modes = [mode(.nv12, 1920, 1080, 30), mode(.nv12, 1280, 720, 30), mode(.nv12, 640, 360, 30)]
        #expect(best(960, 540, of: modes) == modes[1])
        #expect(best(1280, 720, of: modes) == modes[1])
        #expect(best(3840, 2160, of: modes) == modes[0])
        #expect(best(100, 50, of: modes) == modes[2])
    }

    @Test func aPictureOfTheWantedShapeGoesBeforeOneOfAnother() {
        // 1280×960 fits into 1280×720 as 960×720 only.
        let modes = [mode(.yuyv, 1280, 960, 30), mode(.yuyv, 1600, 900, 30)]
        #expect(best(1280, 720, of: modes) == modes[1])
    }

    @Test func theCheapestFormatOfASizeIsTaken() {
        let all = PixelFormat.allCases.map { mode($0, 1280, 720, 30) }
        #expect(best(1280, 720, of: all)?.pixelFormat == .yu12)
        #expect(
            best(1280, 720, of: all.filter { $0.pixelFormat != .yu12 && $0.pixelFormat != .yv12 })?.pixelFormat == .nv12
        )
        #expect(best(1280, 720, of: [all[8], all[4]])?.pixelFormat == .yuyv)
    }

    @Test func aFewPicturesASecondAreWorthLessThanASmallerSize() {
        let modes = [mode(.yuyv, 1280, 720, 10), mode(.yuyv, 640, 360, 30)]
        #expect(best(1280, 720, of: modes) == modes[1])
        let smoother = [mode(.yuyv, 1280, 720, 20), mode(.yuyv, 640, 360, 30)]
        #expect(best(1280, 720, of: smoother) == smoother[0])
    }

    @Test func ntscRatesCountAsTheirWholeNumbers() {
        let ntsc = OfferedMode(pixelFormat: .yuyv, width: 1280, height: 720, interval: FrameInterval(1001, 30000))
        #expect(best(1280, 720, of: [mode(.yuyv, 1280, 720, 60), ntsc]) == ntsc)
    }

    @Test func anUnknownRateIsTrusted() {
        let modes = [mode(.nv12, 1280, 720, nil), mode(.mjpeg, 1280, 720, 30)]
        #expect(best(1280, 720, of: modes) == modes[0])
    }

    @Test func aRangeOfSizesGivesTheOneThatCovers() throws {
        func covering(
            _ width: (Int, Int, Int), _ height: (Int, Int, Int), _ wanted: (Int, Int)
        ) throws -> [Int] {
            let sizes = try #require(
                OfferedSizes(width: (width.0, width.1), step: width.2, height: (height.0, height.1), step: height.2))
            let size = sizes.size(covering: VideoFormat(width: wanted.0, height: wanted.1, frameRate: 30))
            return [size.width, size.height]
        }
        #expect(try covering((16, 1920, 16), (16, 1080, 8), (1280, 720)) == [1280, 720])
        #expect(try covering((16, 1920, 16), (16, 1080, 8), (1000, 500)) == [1008, 504])
        #expect(try covering((16, 1920, 16), (16, 1080, 8), (4000, 3000)) == [1920, 1080])
        #expect(try covering((64, 1000, 100), (64, 1000, 100), (980, 980)) == [964, 964])
        #expect(try covering((640, 640, 0), (480, 480, 0), (1280, 720)) == [640, 480])
        #expect(try covering((0, 640, 2), (0, 480, 2), (1, 1)) == [1, 1])
    }

    @Test func sizesThatNoPictureHasAreLeftOut() {
        #expect(OfferedSizes(width: 0, height: 480) == nil)
        #expect(OfferedSizes(width: (640, 320), step: 1, height: (480, 480), step: 1) == nil)
        #expect(OfferedSizes(width: (16, Int(UInt32.max)), step: 1, height: (16, 480), step: 1) == nil)
    }

    @Test func aRangeOfRatesGivesWhatIsWanted() {
        let range = OfferedIntervals(FrameInterval(1, 60), FrameInterval(1, 5))
        #expect(range.interval(atLeast: 30).rate == 30)
        #expect(range.interval(atLeast: 3).rate == 5)
        #expect(range.interval(atLeast: 100).rate == 60)
        #expect(OfferedIntervals(FrameInterval(0, 0)).interval(atLeast: 30).rate == 0)
    }

    @Test func fourCharacterCodesAreThoseOfTheKernel() {
        #expect(PixelFormat.yuyv.fourCC == 0x5659_5559)
        #expect(PixelFormat.mjpeg.fourCC == 0x4750_4A4D)
        #expect(PixelFormat(fourCC: 0x3231_564E) == .nv12)
        #expect(PixelFormat(fourCC: 0) == nil)
        #expect(NodeFormat(fourCC: 0x3436_3248, width: 1, height: 1, stride: 0).fourCCText == "H264")
    }
}

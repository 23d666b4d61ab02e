import Base
import Media
import Testing

@testable import Hardware

@Suite struct PictureConverterTests {
    private func format(_ pixelFormat: PixelFormat, _ width: Int, _ height: Int, stride: Int) throws -> StreamFormat {
        try StreamFormat(
            NodeFormat(fourCC: pixelFormat.fourCC, width: width, height: height, stride: stride), rate: 30)
    }

    private func convert(_ bytes: [UInt8], _ format: StreamFormat) -> VideoFrame? {
        let pool = FramePool(capacity: 1)
        guard let frame = pool.take(width: format.width, height: format.height) else { return nil }
        return bytes.withUnsafeBytes { PictureConverter(format: format).convert($0, into: frame) } ? frame : nil
    }

    /// 4×4, one chroma value each, luma counting up; rows padded by `stride`.
    @Test func everyFormatBecomesTheSamePicture() throws {
        let luma = (0..<16).map { UInt8(20 + $0) }
        let rows: [[UInt8]] = (0..<4).map { Array(luma[$0 * 4..<$0 * 4 + 4]) }
        let paddedY: [UInt8] = rows.flatMap { $0 + [0, 0, 0, 0] }
        let pictures: [(PixelFormat, Int, [UInt8])] = [
            (.yu12, 8, paddedY + [90, 90, 0, 0, 90, 90, 0, 0] + [200, 200, 0, 0, 200, 200, 0, 0]),
            (.yv12, 8, paddedY + [200, 200, 0, 0, 200, 200, 0, 0] + [90, 90, 0, 0, 90, 90, 0, 0]),
            (.nv12, 8, paddedY + [90, 200, 90, 200, 0, 0, 0, 0, 90, 200, 90, 200]),
            (.nv21, 8, paddedY + [200, 90, 200, 90, 0, 0, 0, 0, 200, 90, 200, 90]),
            (.yuyv, 8, rows.flatMap { [$0[0], 90, $0[1], 200, $0[2], 90, $0[3], 200] }),
            (.uyvy, 8, rows.flatMap { [90, $0[0], 200, $0[1], 90, $0[2], 200, $0[3]] }),
        ]
        for (pixelFormat, stride, bytes) in pictures {
            let format = try format(pixelFormat, 4, 4, stride: stride)
            let frame = try #require(convert(bytes, format), "\(pixelFormat)")
            for row in 0..<4 {
                #expect((0..<4).map { frame.y[row * frame.strideY + $0] } == rows[row], "\(pixelFormat)")
            }
            for index in [0, 1, frame.strideUV, frame.strideUV + 1] {
                #expect(frame.u[index] == 90 && frame.v[index] == 200, "\(pixelFormat)")
            }
            let least = pixelFormat.pictureBytes(width: 4, height: 4, stride: stride)
            #expect(convert(Array(bytes.prefix(least)), format) != nil, "\(pixelFormat)")
            #expect(convert(Array(bytes.prefix(least - 1)), format) == nil, "\(pixelFormat)")
        }
    }

    @Test func redIsRedInBothOrders() throws {
        let red = [UInt8](repeating: 0, count: 12 * 4).enumerated().map { UInt8($0.offset % 3 == 0 ? 255 : 0) }
        let frame = try #require(convert(red, try format(.rgb24, 4, 4, stride: 12)))
        #expect(frame.v[0] > 200 && frame.u[0] < 128)
        let other = try #require(convert(red, try format(.bgr24, 4, 4, stride: 12)))
        #expect(other.u[0] > 200 && other.v[0] < 128)
    }

    @Test func oddSizesStayWithinTheirPicture() throws {
        for pixelFormat in PixelFormat.allCases where !pixelFormat.isCompressed {
            let format = try format(pixelFormat, 5, 3, stride: 0)
            let least = pixelFormat.pictureBytes(width: 5, height: 3, stride: format.stride)
            let bytes = [UInt8](repeating: 128, count: least)
            #expect(convert(bytes, format) != nil, "\(pixelFormat)")
        }
    }

    @Test func fullRangeBecomesLimited() throws {
        var format = try format(.yu12, 4, 4, stride: 4)
        format.isFullRange = true
        let frame = try #require(
            convert(
                [0, 255, 128, 1] + [UInt8](repeating: 60, count: 12) + [0, 255, 128, 1] + [0, 255, 128, 1], format))
        #expect((0..<4).map { frame.y[$0] } == [16, 235, 126, 17])
        #expect([frame.u[0], frame.u[1], frame.u[frame.strideUV]] == [16, 240, 128])
    }

    // MARK: - JPEG

    /// 32×16: the left half white, the right half mid-grey.
    private let jpeg: [UInt8] = PictureConverterTests.decode(
        """
        /9j/4AAQSkZJRgABAgAAAQABAAD//gAQTGF2YzU5LjM3LjEwMAD/2wBDAAgEBAQEBAUFBQUFBQYGBgYGBgYGBgYGBgYHBwcICAgH\
        BwcGBgcHCAgICAkJCQgICAgJCQoKCgwMCwsODg4RERT/xABLAAEBAAAAAAAAAAAAAAAAAAAABwEBAAAAAAAAAAAAAAAAAAAAABAB\
        AAAAAAAAAAAAAAAAAAAAABEBAAAAAAAAAAAAAAAAAAAAAP/AABEIABAAIAMBIgACEQADEQD/2gAMAwEAAhEDEQA/AL+ACAAA/9k=
        """)

    @Test func aJPEGIsDecodedWithinTheRangeOfAFrame() throws {
        let format = try format(.mjpeg, 32, 16, stride: 0)
        // Padding behind the end, as cameras send it.
        for padding in [0, 1, 500] {
            let frame = try #require(convert(jpeg + [UInt8](repeating: 0, count: padding), format))
            #expect(abs(Int(frame.y[2 * frame.strideY + 4]) - 235) <= 2)
            #expect(abs(Int(frame.y[2 * frame.strideY + 28]) - 126) <= 3)
            #expect(abs(Int(frame.u[2]) - 128) <= 2 && abs(Int(frame.v[14]) - 128) <= 2)
        }
    }

    @Test func aJPEGThatIsCutOffOrOfAnotherSizeIsDamaged() throws {
        let format = try format(.mjpeg, 32, 16, stride: 0)
        #expect(convert(Array(jpeg.dropLast(2)), format) == nil)
        #expect(convert(Array(jpeg.dropFirst(2)), format) == nil)
        #expect(convert([], format) == nil)
        #expect(convert([0xFF, 0xD8, 0xFF, 0xD9], format) == nil)
        #expect(convert(jpeg, try self.format(.mjpeg, 64, 16, stride: 0)) == nil)
    }

    @Test func damageInsideAJPEGDoesNoHarm() throws {
        let format = try format(.mjpeg, 32, 16, stride: 0)
        var random = SeededRandom(seed: 4)
        for _ in 0..<2000 {
            var bytes = jpeg
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = convert(bytes, format)
        }
    }

    @Test func theEndOfAJPEGIsItsLastMarker() {
        func length(_ bytes: [UInt8]) -> Int? { bytes.withUnsafeBufferPointer(JPEGPicture.length) }
        #expect(length([0xFF, 0xD8, 0xFF, 0xD9]) == 4)
        #expect(length([0xFF, 0xD8, 0xFF, 0xD9, 7, 0xFF, 0xD9, 0, 0]) == 7)
        #expect(length([0xFF, 0xD8, 0xFF]) == nil)
        #expect(length([0xFF, 0xD8, 0xD9, 0]) == nil)
        #expect(length([0, 0, 0xFF, 0xD8, 0xFF, 0xD9]) == nil)
    }

    private static func decode(_ base64: String) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bytes: [UInt8] = []
        var bits = 0
        var count = 0
        for byte in base64.utf8 {
            guard let value = alphabet.firstIndex(of: byte) else { continue }
            bits = (bits << 6 | value) & 0xFFFF
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }
}

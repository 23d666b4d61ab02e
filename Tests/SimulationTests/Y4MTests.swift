import Base
import Media
import Simulation
import TestSupport
import Testing

@Suite struct Y4MTests {
    /// Pictures of one grey each.
    private func clip(_ header: String, count: Int, size: Int, frame: String = "FRAME\n") -> [UInt8] {
        var bytes = Array(header.utf8)
        for number in 0..<count {
            bytes += Array(frame.utf8)
            bytes += [UInt8](repeating: UInt8(number + 1), count: size)
        }
        return bytes
    }

    @Test func headersAreRead() throws {
        let header = try Y4MHeader("YUV4MPEG2 W640 H361 F30000:1001 Ip A1:1 C420jpeg XYSCSS=420JPEG")
        #expect(header.width == 640 && header.height == 361)
        #expect(header.rate == FrameRate(30_000, 1001))
        #expect(header.pictureSize == 640 * 361 + 2 * 320 * 181)
        #expect(try Y4MHeader("YUV4MPEG2 W16 H16").rate == FrameRate(30))
        #expect(try Y4MHeader(String(header.line.dropLast())) == header)
    }

    @Test(arguments: [
        ("RIFF", "YUV4MPEG2"), ("YUV4MPEG2 W640", "width and height"), ("YUV4MPEG2 W640 Hx", "width and height"),
        ("YUV4MPEG2 W99999 H16", "4096"), ("YUV4MPEG2 W16 H16 F0:0", "F30:1"), ("YUV4MPEG2 W16 H16 F25", "F30:1"),
        ("YUV4MPEG2 W16 H16 C444", "C444"), ("YUV4MPEG2 W16 H16 C420p10", "yuv420p"), ("YUV4MPEG2 W16 H16 It", "Ip"),
    ])
    func otherHeadersAreErrorsThatSayWhy(line: String, words: String) {
        let failure = #expect(throws: MediaFileProblem.self) { _ = try Y4MHeader(line) }
        #expect(failure?.description.contains(words) == true, "\(failure?.description ?? "")")
    }

    @Test func damagedFilesAreFoundWhenOpened() throws {
        let header = "YUV4MPEG2 W16 H16 F25:1\n"
        for (bytes, words) in [
            (Array(header.utf8), "at least one picture"),
            (Array("YUV4MPEG2 W16 H16".utf8), "header line"),
            (Array(clip(header, count: 2, size: 384).dropLast()), "picture 1 is cut off"),
            (clip(header, count: 2, size: 383), "expected FRAME before picture 1"),
            (clip(header, count: 1, size: 384, frame: "FRAMX\n"), "expected FRAME before picture 0"),
        ] {
            let folder = try TemporaryFolder()
            let path = try folder.file("clip.y4m", bytes)
            let failure = #expect(throws: DeviceError.self) { _ = try FileCamera(path: path) }
            #expect(failure?.reason == .failed)
            #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
            #expect(failure?.message.contains(path) == true)
        }
        let missing = #expect(throws: DeviceError.self) { _ = try FileCamera(path: "/nowhere/clip.y4m") }
        #expect(missing?.reason == .unknown)
        #expect(missing?.message.contains("No such file") == true)
        let folder = #expect(throws: DeviceError.self) { _ = try FileCamera(path: "/tmp") }
        #expect(folder?.message.contains("regular file") == true)
    }

    @Test(arguments: ["FRAME\n", "FRAME Ip XABC\n"]) func aClipLoopsInRealTime(frame: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file(
            "clip.y4m", clip("YUV4MPEG2 W17 H17 F25:1\n", count: 3, size: 17 * 17 + 2 * 81, frame: frame))
        let start = Instant(nanoseconds: 1_000_000_000)
        let pacer = VirtualPacer(startingAt: start)
        let camera = try FileCamera(path: path, kind: .content, pacer: pacer)
        #expect(camera.format == VideoFormat(width: 17, height: 17, frameRate: 25))
        #expect(camera.device.kind == .content)
        let pool = FramePool(capacity: 1)
        var greys: [UInt8] = []
        for number in 0..<7 {
            if number == 5 { pacer.advance(by: .milliseconds(80)) }
            let picture = try #require(try camera.capture(from: pool, until: .distantFuture))
            let last = picture.v[8 * picture.strideUV + 8]
            #expect(picture.y[0] == last && picture.y[16 * picture.strideY + 16] == last)
            greys.append(last)
        }
        // The clip's place is the clock's: picture 25 since its origin is the second of three. Before the sixth one was missed.
        #expect(greys == [2, 3, 1, 2, 3, 2, 3])
        #expect(pacer.now == start + .milliseconds(7 * 40))
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let pool = FramePool(capacity: 2)
        let pacer = VirtualPacer(startingAt: .zero)
        let pattern = try PatternCamera(width: 80, height: 50, rate: try #require(FrameRate(30)), pacer: pacer)
        let folder = try TemporaryFolder()
        let path = folder.path(of: "out.y4m")
        let frame = try #require(try pattern.capture(from: pool, until: .distantFuture))
        do {
            var writer = try Y4MWriter(
                path: path, header: Y4MHeader(width: 80, height: 50, rate: try #require(FrameRate(30))))
            try writer.write(frame)
        }
        let reader = try Y4MReader(path: path)
        let count = reader.count
        #expect(count == 1)
        let copy = try #require(pool.take(width: 80, height: 50))
        try reader.read(0, into: copy)
        var differences = 0
        for row in 0..<50 {
            for column in 0..<80 {
                if copy.y[row * copy.strideY + column] != frame.y[row * frame.strideY + column] { differences += 1 }
                let chroma = row / 2 * copy.strideUV + column / 2
                if copy.u[chroma] != frame.u[chroma] || copy.v[chroma] != frame.v[chroma] { differences += 1 }
            }
        }
        #expect(differences == 0)
    }
}

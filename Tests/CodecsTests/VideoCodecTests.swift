import Base
import Codecs
import Glibc
import Media
import Testing

/// A texture that slides over one that cannot be predicted: work for an encoder without work for a debug build.
private struct SlidingPicture {
    let width: Int
    let height: Int
    private var texture: [UInt8]
    private var random = SeededRandom(seed: 7)
    private let pool = FramePool(capacity: 4)
    private(set) var count = 0

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        texture = [UInt8](repeating: 0, count: 2 * width * height)
        // Grains of four by four: each row of words is copied four times.
        let words = 2 * width / 4
        texture.withUnsafeMutableBytes { bytes in
            for row in stride(from: 0, to: height, by: 4) {
                for word in 0..<words {
                    let grain = UInt32(60 + random.next() % 120)
                    bytes.storeBytes(
                        of: grain &* 0x0101_0101, toByteOffset: row * 2 * width + word * 4, as: UInt32.self)
                }
                for copy in row + 1..<min(row + 4, height) {
                    memcpy(bytes.baseAddress! + copy * 2 * width, bytes.baseAddress! + row * 2 * width, 2 * width)
                }
            }
        }
    }

    mutating func next() throws -> VideoFrame {
        let frame = try #require(pool.take(width: width, height: height))
        let (sliding, jumping) = (count * 3 % width, Int(random.next() % UInt64(width / 4)) * 4)
        texture.withUnsafeBytes { bytes in
            for row in 0..<height {
                memcpy(
                    frame.y + row * frame.strideY,
                    bytes.baseAddress! + row * 2 * width + (row * 6 < height * 5 ? sliding : jumping), width)
            }
        }
        memset(frame.u, 100 + Int32(count % 50), frame.strideUV * frame.chromaHeight)
        memset(frame.v, 128, frame.strideUV * frame.chromaHeight)
        count += 1
        return frame
    }
}

/// Peak signal-to-noise ratio of the luma over a grid of points, in decibels.
private func likeness(_ one: VideoFrame, _ other: VideoFrame) -> Double {
    var sum = 0.0
    var count = 0.0
    for row in stride(from: 0, to: one.height, by: 3) {
        for column in stride(from: 0, to: one.width, by: 5) {
            let difference =
                Double(one.y[row * one.strideY + column]) - Double(other.y[row * other.strideY + column])
            sum += difference * difference
            count += 1
        }
    }
    return 10 * log10(255 * 255 / max(sum / count, 0.01))
}

/// A key frame that claims another width.
private func widened(_ keyFrame: [UInt8], _ codec: VideoCodec, to width: Int) -> [UInt8] {
    var bytes = keyFrame
    switch codec {
    case .vp8:
        bytes[6] = UInt8(truncatingIfNeeded: width)
        bytes[7] = UInt8(width >> 8)
    case .vp9:
        // Sixteen bits in the middle of the fifth byte: one less than the width.
        bytes[4] = bytes[4] & 0xF0 | UInt8((width - 1) >> 12)
        bytes[5] = UInt8(truncatingIfNeeded: (width - 1) >> 4)
        bytes[6] = bytes[6] & 0x0F | UInt8(truncatingIfNeeded: (width - 1) << 4)
    }
    return bytes
}

@Suite struct VideoCodecTests {
    @Test(arguments: VideoCodec.allCases) func whatIsDecodedResemblesWhatWentIn(codec: VideoCodec) throws {
        var picture = SlidingPicture(width: 322, height: 182)
        var encoder = try VideoEncoder(.init(codec: codec, width: 322, height: 182, bitrate: 2_000_000))
        var decoder = try VideoDecoder(codec, threads: 2)
        let pool = FramePool(capacity: 2)
        var bytes: [UInt8] = []
        for number in 0..<10 {
            let frame = try picture.next()
            bytes.removeAll(keepingCapacity: true)
            let isKeyFrame = try encoder.encode(frame, appendingTo: &bytes)
            #expect(isKeyFrame == (number == 0))
            let shown = try #require(try decoder.decode(bytes.span, into: pool))
            #expect(shown.width == 322 && shown.height == 182)
            #expect(likeness(frame, shown) > 24)
        }
    }

    @Test(arguments: VideoCodec.allCases, [300_000, 800_000])
    func theRateControlMeetsItsTarget(codec: VideoCodec, target: Int) throws {
        var picture = SlidingPicture(width: 640, height: 360)
        var encoder = try VideoEncoder(
            .init(codec: codec, width: 640, height: 360, bitrate: target, cpuUsed: codec == .vp8 ? -8 : 9))
        var bytes: [UInt8] = []
        for _ in 0..<150 { _ = try encoder.encode(try picture.next(), appendingTo: &bytes) }
        let bitrate = bytes.count * 8 / 5
        #expect(abs(bitrate - target) < target * 15 / 100, "\(bitrate) instead of \(target) bit/s")
    }

    @Test(arguments: VideoCodec.allCases) func theRateFollowsANewTarget(codec: VideoCodec) throws {
        var picture = SlidingPicture(width: 320, height: 180)
        var encoder = try VideoEncoder(
            .init(
                codec: codec, width: 320, height: 180, frameRate: 15, bitrate: 600_000, cpuUsed: codec == .vp8 ? -8 : 9)
        )
        var bytes: [UInt8] = []
        for _ in 0..<60 { _ = try encoder.encode(try picture.next(), appendingTo: &bytes) }
        try encoder.setBitrate(200_000)
        for _ in 0..<30 { _ = try encoder.encode(try picture.next(), appendingTo: &bytes) }
        bytes = []
        for _ in 0..<60 { _ = try encoder.encode(try picture.next(), appendingTo: &bytes) }
        let bitrate = bytes.count * 8 / 4
        #expect(abs(bitrate - 200_000) < 40_000, "\(bitrate) bit/s")
    }

    @Test(arguments: VideoCodec.allCases) func keyFramesComeOnDemandOnly(codec: VideoCodec) throws {
        var picture = SlidingPicture(width: 160, height: 96)
        var encoder = try VideoEncoder(
            .init(codec: codec, width: 160, height: 96, bitrate: 500_000, keyFrameDistance: 20))
        var bytes: [UInt8] = []
        var keyFrames: [Int] = []
        for number in 0..<50 {
            if number == 7 { encoder.forceKeyFrame() }
            if try encoder.encode(try picture.next(), appendingTo: &bytes) == true { keyFrames.append(number) }
        }
        #expect(keyFrames == [0, 7, 27, 47])
    }

    @Test(arguments: VideoCodec.allCases) func anotherSizeStartsWithAKeyFrame(codec: VideoCodec) throws {
        var small = SlidingPicture(width: 160, height: 96)
        var large = SlidingPicture(width: 320, height: 180)
        var encoder = try VideoEncoder(.init(codec: codec, width: 160, height: 96))
        var decoder = try VideoDecoder(codec)
        let pool = FramePool(capacity: 2)
        var sizes: [Int] = []
        for number in 0..<6 {
            var bytes: [UInt8] = []
            let frame = try number < 3 ? small.next() : large.next()
            let isKeyFrame = try encoder.encode(frame, appendingTo: &bytes)
            #expect(isKeyFrame == (number % 3 == 0))
            if let shown = try decoder.decode(bytes.span, into: pool) { sizes.append(shown.width) }
        }
        #expect(sizes == [160, 160, 160, 320, 320, 320])
        let width = encoder.configuration.width
        #expect(width == 320)
    }

    @Test(arguments: VideoCodec.allCases) func damageIsAnErrorUntilTheNextKeyFrame(codec: VideoCodec) throws {
        var picture = SlidingPicture(width: 320, height: 180)
        var encoder = try VideoEncoder(.init(codec: codec, width: 320, height: 180, mayDropFrames: false))
        var decoder = try VideoDecoder(codec)
        let pool = FramePool(capacity: 2)
        var encoded: [[UInt8]] = []
        for number in 0..<6 {
            if number == 4 { encoder.forceKeyFrame() }
            var bytes: [UInt8] = []
            _ = try encoder.encode(try picture.next(), appendingTo: &bytes)
            encoded.append(bytes)
        }
        func decode(_ bytes: [UInt8]) throws -> Bool { try decoder.decode(bytes.span, into: pool) != nil }

        #expect(throws: CodecError.keyFrameNeeded) { try decode(encoded[1]) }
        #expect(try decode(encoded[0]))
        #expect(try decode(encoded[1]))
        // The size of the first partition, or of the header, lies beyond the end.
        #expect(throws: CodecError.self) { try decode(Array(encoded[2].prefix(12))) }
        let awaitsKeyFrame = decoder.awaitsKeyFrame
        #expect(awaitsKeyFrame)
        #expect(throws: CodecError.keyFrameNeeded) { try decode(encoded[3]) }
        #expect(try decode(encoded[4]))
        #expect(try decode(encoded[5]))
        #expect(throws: CodecError.self) { try decode([]) }
        #expect(throws: CodecError.tooLarge(width: 16_383, height: 180, limit: 4096)) {
            try decode(widened(encoded[4], codec, to: 16_383))
        }
    }

    @Test(arguments: VideoCodec.allCases, 0..<20) func hostileBytesNeverTrap(codec: VideoCodec, seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var picture = SlidingPicture(width: 64, height: 64)
        var encoder = try VideoEncoder(.init(codec: codec, width: 64, height: 64))
        var decoder = try VideoDecoder(codec, threads: 2)
        let pool = FramePool(capacity: 2)
        for _ in 0..<30 {
            var bytes: [UInt8] = []
            encoder.forceKeyFrame()
            _ = try encoder.encode(try picture.next(), appendingTo: &bytes)
            for _ in 0..<1 + random.next() % 8 {
                // Sizes stay, so that the test does not spend its time on large pictures.
                let place = Int(random.next() % UInt64(bytes.count))
                if !(4..<10).contains(place) { bytes[place] = UInt8(truncatingIfNeeded: random.next()) }
            }
            if random.next() % 4 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
            _ = try? decoder.decode(bytes.span, into: pool)
        }
        var bytes: [UInt8] = []
        encoder.forceKeyFrame()
        _ = try encoder.encode(try picture.next(), appendingTo: &bytes)
        #expect(try decoder.decode(bytes.span, into: pool) != nil, "seed \(seed)")
    }

    @Test(arguments: VideoCodec.allCases) func anExhaustedPoolLosesThePictureAndNothingElse(codec: VideoCodec) throws {
        var picture = SlidingPicture(width: 64, height: 64)
        var encoder = try VideoEncoder(.init(codec: codec, width: 64, height: 64, mayDropFrames: false))
        var decoder = try VideoDecoder(codec)
        let pool = FramePool(capacity: 1)
        var held: VideoFrame?
        var shown: [Bool] = []
        for number in 0..<3 {
            var bytes: [UInt8] = []
            _ = try encoder.encode(try picture.next(), appendingTo: &bytes)
            let frame = try decoder.decode(bytes.span, into: pool)
            shown.append(frame != nil)
            held = number == 0 ? frame : nil
        }
        #expect(held == nil)
        #expect(shown == [true, false, true])
        #expect(pool.exhausted == 1)
    }

    @Test(arguments: VideoCodec.allCases) func impossibleSettingsAreRefused(codec: VideoCodec) {
        #expect(throws: CodecError.self) { _ = try VideoEncoder(.init(codec: codec, width: 0, height: 10)) }
        #expect(throws: CodecError.self) { _ = try VideoEncoder(.init(codec: codec, width: 70_000, height: 10)) }
    }

    /// Only the first frame's header can be looked at beforehand; a picture of VP9 may have several.
    @Test func aVP9PictureCannotGrowBehindItsHeader() throws {
        var picture = SlidingPicture(width: 64, height: 64)
        var encoder = try VideoEncoder(.init(codec: .vp9, width: 64, height: 64))
        var decoder = try VideoDecoder(.vp9)
        let pool = FramePool(capacity: 2)
        var small: [UInt8] = []
        _ = try encoder.encode(try picture.next(), appendingTo: &small)
        let wide = widened(small, .vp9, to: 16_384)
        let tall = wide.enumerated().map { $0.offset == 7 ? 0xFF : $0.element }
        // Annex B: two frames, and an index of their sizes.
        var both = small + tall
        both.append(0xD9)
        for frame in [small, tall] { both += [UInt8(frame.count & 0xFF), UInt8(frame.count >> 8), 0, 0] }
        both.append(0xD9)
        do {
            _ = try decoder.decode(both.span, into: pool)
            Issue.record("a picture of 16 384 columns was decoded")
        } catch {
            #expect("\(error)".contains("frame buffer"), "\(error)")
        }
        #expect(try decoder.decode(small.span, into: pool) != nil)
    }

    @Test func aDecoderRefusesTheOtherCodec() throws {
        var picture = SlidingPicture(width: 64, height: 64)
        for (codec, other) in [(VideoCodec.vp8, VideoCodec.vp9), (.vp9, .vp8)] {
            var encoder = try VideoEncoder(.init(codec: codec, width: 64, height: 64))
            var decoder = try VideoDecoder(other)
            var bytes: [UInt8] = []
            _ = try encoder.encode(try picture.next(), appendingTo: &bytes)
            #expect(throws: CodecError.self) { try decoder.decode(bytes.span, into: FramePool(capacity: 1)) }
        }
    }
}

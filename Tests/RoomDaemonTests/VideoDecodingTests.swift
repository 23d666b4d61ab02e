import Base
import Codecs
import Compositor
import Glibc
import Logging
import Media
import Synchronization
import Testing

@testable import RoomDaemon

/// The decode thread's rounds, stepped by the test.
@Suite struct VideoDecodingTests {
    private let asked = Asked()
    private let pool = FramePool(capacity: 4)

    private final class Asked: Sendable {
        let count = Mutex(0)
    }

    private func makeDecoding() -> VideoDecoding {
        let asked = asked
        return VideoDecoding(logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })) { _ in
            asked.count.withLock { $0 += 1 }
        }
    }

    /// The beginning of a stream: a key frame and its successors.
    private func encoded(_ count: Int, _ codec: VideoCodec = .vp8) throws -> [[UInt8]] {
        var encoder = try VideoEncoder(
            VideoEncoder.Configuration(
                codec: codec, width: 64, height: 64, frameRate: 30, bitrate: 100_000, mayDropFrames: false))
        return try (0..<count).map { number in
            let frame = try #require(pool.take(width: 64, height: 64))
            frame.captureTime = Instant(nanoseconds: Int64(number) * 33_333_333)
            // A frame of the pool holds whatever was in that memory: noise would not fit into the rate.
            memset(frame.y, Int32(40 + number), frame.strideY * 64)
            memset(frame.u, 128, frame.strideUV * 32)
            memset(frame.v, 128, frame.strideUV * 32)
            var bytes: [UInt8] = []
            _ = try encoder.encode(frame, appendingTo: &bytes)
            return bytes
        }
    }

    private func push(
        _ picture: [UInt8], _ isKeyFrame: Bool, _ codec: VideoCodec = .vp8, of id: PictureID,
        to decoding: VideoDecoding
    ) {
        var bytes = picture
        decoding.take(
            &bytes, of: id, isKeyFrame: isKeyFrame,
            VideoDecoding.Tag(codec: codec, presentationTime: .zero, firstArrival: .zero, arrival: .zero, timestamp: 0))
    }

    @Test func whoComesWhileOthersHaveABacklogIsDecodedToo() throws {
        let decoding = makeDecoding()
        let pictures = try encoded(10)
        for (number, picture) in pictures.enumerated() { push(picture, number == 0, of: .camera("a"), to: decoding) }
        var decoders = VideoDecoding.Decoders()
        #expect(decoding.decodeRound(&decoders))
        push(pictures[0], true, of: .camera("b"), to: decoding)
        #expect(decoding.decodeRound(&decoders))
        #expect(decoding.statistics[.camera("b")]?.frames == 1)
        #expect(decoding.statistics[.camera("a")]?.frames == 2)
    }

    @Test func aStreamMayChangeItsCodecWithAKeyFrame() throws {
        let decoding = makeDecoding()
        for codec in [VideoCodec.vp8, .vp9, .vp8] {
            for (number, picture) in try encoded(2, codec).enumerated() {
                push(picture, number == 0, codec, of: .camera("a"), to: decoding)
            }
        }
        var decoders = VideoDecoding.Decoders()
        while decoding.decodeRound(&decoders) {}
        #expect(decoding.statistics[.camera("a")]?.frames == 6)
        // What refers to a picture of the other codec is not shown, and a key frame is asked for.
        push(try encoded(2, .vp9)[1], false, .vp9, of: .camera("a"), to: decoding)
        #expect(decoding.decodeRound(&decoders))
        #expect(decoding.statistics[.camera("a")]?.failures == 1)
        #expect(asked.count.withLock { $0 } == 1)
    }

    @Test func everyStageIsTimedAlsoOfStreamsThatHaveEnded() throws {
        let decoding = makeDecoding()
        let now = MonotonicClock.now
        for (number, picture) in try encoded(3).enumerated() {
            var bytes = picture
            decoding.take(
                &bytes, of: .camera("a"), isKeyFrame: number == 0,
                VideoDecoding.Tag(
                    codec: .vp8, presentationTime: now, firstArrival: now - .milliseconds(70),
                    arrival: now - .milliseconds(50), timestamp: Int64(number)))
        }
        #expect(decoding.depths.contains(BufferDepth("decode", depth: 3, capacity: 60)))
        var decoders = VideoDecoding.Decoders()
        while decoding.decodeRound(&decoders) {}
        decoding.remove(.camera("a"))
        let stages = decoding.stages
        #expect(stages.receive.count == 3 && stages.receive.longest == .milliseconds(20))
        #expect(stages.jitter.count == 3 && stages.jitter.longest >= .milliseconds(50))
        #expect(stages.decode.count == 3 && stages.decode.longest > .zero)
    }

    @Test func aFreezeIsAGapThatPeopleSee() throws {
        var statistics = VideoDecoding.Statistics()
        let frame = try #require(pool.take(width: 16, height: 16))
        var now = Instant.zero + .seconds(1)
        for gap in [33, 33, 200, 201, 33, 700] {
            let tag = VideoDecoding.Tag(
                codec: .vp8, presentationTime: now, firstArrival: now, arrival: now, timestamp: 0)
            statistics.note(frame, tag, began: now, at: now)
            now += .milliseconds(gap)
        }
        statistics.note(
            frame, VideoDecoding.Tag(codec: .vp8, presentationTime: now, firstArrival: now, arrival: now, timestamp: 0),
            began: now,
            at: now)
        #expect(statistics.freezes == 2 && statistics.longestFreeze == .milliseconds(700))
        #expect(statistics.totalFreezesDuration == .milliseconds(901))
    }

    @Test func whoHasLeftDoesNotComeBackWithItsBacklog() throws {
        let decoding = makeDecoding()
        for (number, picture) in try encoded(3).enumerated() {
            push(picture, number == 0, of: .camera("a"), to: decoding)
        }
        var decoders = VideoDecoding.Decoders()
        #expect(decoding.decodeRound(&decoders))
        decoding.remove(.camera("a"))
        while decoding.decodeRound(&decoders) {}
        #expect(!decoding.store.advance(to: .distantFuture))
        #expect(decoding.store.visible.isEmpty)
    }

    @Test func afterAnOverflowAKeyFrameIsAskedForUntilItComes() throws {
        let decoding = makeDecoding()
        let pictures = try encoded(2)
        push(pictures[0], true, of: .camera("a"), to: decoding)
        for _ in 0..<70 { push(pictures[1], false, of: .camera("a"), to: decoding) }
        #expect(asked.count.withLock { $0 } == 0)
        var decoders = VideoDecoding.Decoders()
        #expect(decoding.decodeRound(&decoders))
        for round in 1...3 {
            push(pictures[1], false, of: .camera("a"), to: decoding)
            #expect(asked.count.withLock { $0 } == round)
        }
        push(pictures[0], true, of: .camera("a"), to: decoding)
        while decoding.decodeRound(&decoders) {}
        #expect(asked.count.withLock { $0 } == 3)
        #expect(decoding.statistics[.camera("a")]?.frames == 61)
    }
}

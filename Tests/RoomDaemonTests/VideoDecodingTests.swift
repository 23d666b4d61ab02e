import Base
import Codecs
import Compositor
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

    /// The beginning of a VP8 stream: a key frame and its successors.
    private func encoded(_ count: Int) throws -> [[UInt8]] {
        var encoder = try VP8Encoder(
            VP8Encoder.Configuration(width: 64, height: 64, frameRate: 30, bitrate: 100_000))
        return try (0..<count).map { number in
            let frame = try #require(pool.take(width: 64, height: 64))
            frame.captureTime = Instant(nanoseconds: Int64(number) * 33_333_333)
            var bytes: [UInt8] = []
            _ = try encoder.encode(frame, appendingTo: &bytes)
            return bytes
        }
    }

    private func push(_ picture: [UInt8], _ isKeyFrame: Bool, of id: PictureID, to decoding: VideoDecoding) {
        var bytes = picture
        decoding.take(
            &bytes, of: id, isKeyFrame: isKeyFrame, VideoDecoding.Tag(presentationTime: .zero, arrival: .zero))
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

import Base
import Codecs
import Logging
import Media
import Synchronization
import Testing

@testable import RoomDaemon

@Suite struct VideoEncodingTests {
    /// What reached the sender: whether each picture was a key frame, and of which codec.
    private final class Sent: Sendable {
        let keyFrames = Mutex<[Bool]>([])
        let codecs = Mutex<[VideoCodec]>([])
        let wanted = Mutex<VideoCodec?>(.vp8)
    }

    private let pool = FramePool(capacity: 4)
    private let sent = Sent()

    private func makeEncoding(frameRate: Double, liveSince: Instant = .zero) -> VideoEncoding {
        let sent = sent
        return VideoEncoding(
            source: DropOldestFrameQueue(capacity: 2), width: 64, height: 64, frameRate: frameRate, maximum: nil,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
            wantedCodec: { sent.wanted.withLock { $0 } },
            takeKeyFrameNeed: { false }, liveSince: { liveSince },
            output: { _, codec, isKeyFrame, _, _ in
                sent.codecs.withLock { $0.append(codec) }
                sent.keyFrames.withLock { $0.append(isKeyFrame) }
                return true
            })
    }

    private func frame(_ number: Int64) throws -> VideoFrame {
        let frame = try #require(pool.take(width: 64, height: 64))
        frame.captureTime = Instant(nanoseconds: number * 33_333_333)
        return frame
    }

    @Test func aKeyFrameAskedForBetweenTwoDuePicturesIsMadeWithTheNextOne() throws {
        let encoding = makeEncoding(frameRate: 15)
        var state = EncodingState()
        // Of a camera at 30 frames a second every second one is due.
        encoding.handle(try frame(0), &state)
        encoding.requestKeyFrame()
        encoding.handle(try frame(1), &state)
        encoding.handle(try frame(2), &state)
        encoding.handle(try frame(4), &state)
        #expect(sent.keyFrames.withLock { $0 } == [true, true, false])
    }

    @Test func anotherCodecBeginsWithAKeyFrameAndNoneIsNotEncoded() throws {
        let encoding = makeEncoding(frameRate: 30)
        var state = EncodingState()
        for (number, codec) in [VideoCodec.vp8, .vp8, .vp9, .vp9, nil, .vp9].enumerated() {
            sent.wanted.withLock { $0 = codec }
            encoding.handle(try frame(Int64(number)), &state)
        }
        #expect(sent.codecs.withLock { $0 } == [.vp8, .vp8, .vp9, .vp9, .vp9])
        #expect(sent.keyFrames.withLock { $0 } == [true, false, true, false, true])
    }

    @Test func theFirstPictureOfACameraThatIsBackIsAKeyFrame() throws {
        let encoding = makeEncoding(frameRate: 30, liveSince: Instant(nanoseconds: 3 * 33_333_333))
        var state = EncodingState()
        for number in 0..<6 { encoding.handle(try frame(Int64(number)), &state) }
        #expect(sent.keyFrames.withLock { $0 } == [true, false, false, true, false, false])
    }
}

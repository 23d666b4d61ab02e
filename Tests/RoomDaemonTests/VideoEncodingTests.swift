import Base
import Logging
import Media
import Synchronization
import Testing

@testable import RoomDaemon

@Suite struct VideoEncodingTests {
    /// What reached the sender: whether each picture was a key frame.
    private final class Sent: Sendable {
        let keyFrames = Mutex<[Bool]>([])
    }

    private let pool = FramePool(capacity: 4)
    private let sent = Sent()

    private func makeEncoding(frameRate: Double, liveSince: Instant = .zero) -> VideoEncoding {
        let sent = sent
        return VideoEncoding(
            source: DropOldestFrameQueue(capacity: 2), width: 64, height: 64, frameRate: frameRate, maximum: nil,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), isWanted: { true },
            takeKeyFrameNeed: { false }, liveSince: { liveSince },
            output: { _, isKeyFrame, _, _ in
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

    @Test func theFirstPictureOfACameraThatIsBackIsAKeyFrame() throws {
        let encoding = makeEncoding(frameRate: 30, liveSince: Instant(nanoseconds: 3 * 33_333_333))
        var state = EncodingState()
        for number in 0..<6 { encoding.handle(try frame(Int64(number)), &state) }
        #expect(sent.keyFrames.withLock { $0 } == [true, false, false, true, false, false])
    }
}

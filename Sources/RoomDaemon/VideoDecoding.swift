import Base
import Codecs
import Compositor
import Logging
import Media
import Synchronization

/// The decode thread: encoded pictures of all participants become frames in the picture store.
final class VideoDecoding: Sendable {
    /// What is known of an encoded picture.
    struct Tag: Sendable {
        /// When it is to be shown.
        var presentationTime: Instant
        var arrival: Instant
    }

    /// What has been decoded of one stream.
    struct Statistics: Hashable, Sendable {
        var frames: UInt64 = 0
        var failures: UInt64 = 0
        var width = 0
        var height = 0
        /// Gaps between two pictures of more than 200 ms, as a viewer would notice.
        var freezes: UInt64 = 0
        var lastFrameAt: Instant?
        var firstFrameAt: Instant?
    }

    private struct Stream: Sendable {
        let queue = EncodedFrameQueue<Tag>(capacity: 60)
        var statistics = Statistics()
    }

    let store = PictureStore()
    private let logger: Logger
    private let streams = Mutex<[PictureID: Stream]>([:])
    private let work = EventSignal()
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<DeviceThread?>(nil)
    private let needKeyFrame: @Sendable (PictureID) -> Void

    /// - Parameter needKeyFrame: called on the decode or media thread when a stream cannot go on without one.
    init(logger: Logger, needKeyFrame: @escaping @Sendable (PictureID) -> Void) {
        self.logger = logger
        self.needKeyFrame = needKeyFrame
    }

    func start() throws {
        let thread = try DeviceThread(name: "decode") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        work.signal()
        thread.withLock { $0 }?.join()
    }

    /// Takes one encoded picture by swapping; on the media thread.
    func take(_ bytes: inout [UInt8], of id: PictureID, isKeyFrame: Bool, _ tag: Tag) {
        let queue = streams.withLock { streams in
            if streams[id] == nil { streams[id] = Stream() }
            return streams[id]?.queue
        }
        guard let queue else { return }
        if !queue.push(swapping: &bytes, isKeyFrame: isKeyFrame, tag: tag), queue.takeKeyFrameNeed() {
            needKeyFrame(id)
        }
        work.signal()
    }

    /// Forgets a stream that has ended.
    func remove(_ id: PictureID) {
        streams.withLock { streams in
            streams[id]?.queue.close()
            streams[id] = nil
        }
        store.remove(id)
        work.signal()
    }

    var statistics: [PictureID: Statistics] {
        streams.withLock { $0.mapValues(\.statistics) }
    }

    // MARK: - Decode thread

    private func run() {
        var decoders: [PictureID: StreamDecoder] = [:]
        while !isStopping.load(ordering: .acquiring) {
            work.wait()
            let present = streams.withLock { $0.mapValues(\.queue) }
            decoders = decoders.filter { present[$0.key] === $0.value.queue }
            var isBusy = true
            while isBusy, !isStopping.load(ordering: .acquiring) {
                isBusy = false
                // One of each in turn, so that nobody's backlog holds up the others.
                for (id, queue) in present {
                    let decoder = decoders[id] ?? StreamDecoder(queue)
                    decoders[id] = decoder
                    if decodeNext(id, decoder) { isBusy = true }
                }
            }
        }
    }

    private func decodeNext(_ id: PictureID, _ decoder: StreamDecoder) -> Bool {
        guard let tag = decoder.popNext() else { return false }
        do {
            if let frame = try decoder.decode() {
                frame.captureTime = tag.arrival
                frame.presentationTime = tag.presentationTime
                frame.sequence = decoder.count
                store.add(frame, to: id)
                note(frame, of: id)
            }
        } catch {
            streams.withLock { $0[id]?.statistics.failures += 1 }
            needKeyFrame(id)
        }
        return true
    }

    private func note(_ frame: VideoFrame, of id: PictureID) {
        let now = MonotonicClock.now
        streams.withLock { streams in
            guard var statistics = streams[id]?.statistics else { return }
            statistics.frames += 1
            statistics.width = frame.width
            statistics.height = frame.height
            if let last = statistics.lastFrameAt, now - last > .milliseconds(200) { statistics.freezes += 1 }
            statistics.firstFrameAt = statistics.firstFrameAt ?? now
            statistics.lastFrameAt = now
            streams[id]?.statistics = statistics
        }
    }
}

/// A decoder with its frames. The decode thread's alone.
private final class StreamDecoder {
    let queue: EncodedFrameQueue<VideoDecoding.Tag>
    private(set) var count: UInt64 = 0
    private let pool = FramePool(capacity: PictureStore.capacity + 6)
    private var bytes: [UInt8] = []
    private var decoder: VP8Decoder?

    init(_ queue: EncodedFrameQueue<VideoDecoding.Tag>) {
        self.queue = queue
    }

    func popNext() -> VideoDecoding.Tag? {
        queue.pop(swapping: &bytes)?.tag
    }

    func decode() throws(CodecError) -> VideoFrame? {
        if decoder == nil { decoder = try VP8Decoder() }
        count += 1
        // A span of a class's property has no scope of its own; this is another reference, no copy.
        let picture = bytes
        return try decoder!.decode(picture.span, into: pool)
    }
}

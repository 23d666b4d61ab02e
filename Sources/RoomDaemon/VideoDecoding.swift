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
        var codec: VideoCodec
        /// When it is to be shown.
        var presentationTime: Instant
        /// Of its first packet.
        var firstArrival: Instant
        /// Of the packet that made it whole.
        var arrival: Instant
        /// Of RTP, in ticks of 90 kHz.
        var timestamp: Int64
    }

    /// What has been decoded of one stream.
    struct Statistics: Hashable, Sendable {
        var frames: UInt64 = 0
        var failures: UInt64 = 0
        var width = 0
        var height = 0
        /// Gaps between two pictures of more than 200 ms, as a viewer would notice.
        var freezes: UInt64 = 0
        /// How long they were.
        var totalFreezesDuration = Duration.zero
        var longestFreeze = Duration.zero
        var lastFrameAt: Instant?
        var firstFrameAt: Instant?
        var rhythm = PictureRhythm()
        var decode = LatencyHistogram()
        /// From arrival until it is due on the display.
        var render = LatencyHistogram()
    }

    /// How long all pictures took since the start, also those of streams that have ended.
    struct Stages: Hashable, Sendable {
        /// From the first packet of a picture until it is whole.
        var receive = LatencyHistogram()
        /// From then until the decoder takes it: it waits for those before it, and for the thread.
        var jitter = LatencyHistogram()
        var decode = LatencyHistogram()
    }

    private typealias Queue = EncodedFrameQueue<Tag>

    private struct Stream: Sendable {
        let queue = Queue(capacity: 60)
        var statistics = Statistics()
    }

    let store = PictureStore()
    private let logger: Logger
    private let streams = Mutex<[PictureID: Stream]>([:])
    private let stageTimes = Mutex(Stages())
    /// Counts who has come and gone, for the decode thread to see it without looking through the streams.
    private let changes = Atomic<Int>(0)
    private let work = EventSignal()
    /// Beats also while there is nothing to decode.
    let pulse = LoopPulse("decode")
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
            if let known = streams[id] { return known.queue }
            let stream = Stream()
            streams[id] = stream
            changes.wrappingAdd(1, ordering: .releasing)
            return stream.queue
        }
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
            changes.wrappingAdd(1, ordering: .releasing)
            // Under the lock, so that the decode thread cannot bring it back.
            store.remove(id)
        }
        work.signal()
    }

    var statistics: [PictureID: Statistics] {
        streams.withLock { $0.mapValues(\.statistics) }
    }

    var stages: Stages { stageTimes.withLock { $0 } }

    /// How full the queues to the decoder and behind it are.
    var depths: [BufferDepth] {
        streams.withLock { $0.values.map { $0.queue.depth(as: "decode") } } + store.depths
    }

    // MARK: - Decode thread

    private func run() {
        var decoders = Decoders()
        while !isStopping.load(ordering: .acquiring) {
            work.wait(atMost: .seconds(1))
            repeat { pulse.beat() } while !isStopping.load(ordering: .acquiring) && decodeRound(&decoders)
        }
    }

    /// Decodes one picture of each stream, so that nobody's backlog holds up the others.
    /// - Returns: whether there was any.
    func decodeRound(_ decoders: inout Decoders) -> Bool {
        let version = changes.load(ordering: .acquiring)
        if decoders.version != version {
            let present = streams.withLock { $0.mapValues(\.queue) }
            decoders.all.removeAll { present[$0.id] !== $0.queue }
            let known = Set(decoders.all.map(\.id))
            for (id, queue) in present where !known.contains(id) {
                decoders.all.append(StreamDecoder(id, queue))
            }
            decoders.version = version
        }
        var isBusy = false
        for decoder in decoders.all where decodeNext(decoder) { isBusy = true }
        return isBusy
    }

    private func decodeNext(_ decoder: StreamDecoder) -> Bool {
        guard let tag = decoder.popNext() else { return false }
        let id = decoder.id
        let began = MonotonicClock.now
        do {
            if let frame = try decoder.decode(tag.codec) {
                frame.captureTime = tag.arrival
                frame.presentationTime = tag.presentationTime
                frame.sequence = decoder.count
                keep(frame, of: decoder, tag, began)
            }
        } catch {
            streams.withLock { $0[id]?.statistics.failures += 1 }
            needKeyFrame(id)
        }
        return true
    }

    private func keep(_ frame: VideoFrame, of decoder: StreamDecoder, _ tag: Tag, _ began: Instant) {
        let now = MonotonicClock.now
        stageTimes.withLock { stages in
            stages.receive.record(tag.arrival - tag.firstArrival)
            stages.jitter.record(began - tag.arrival)
            stages.decode.record(now - began)
        }
        streams.withLock { streams in
            // Who has left meanwhile is not to come back.
            guard streams[decoder.id]?.queue === decoder.queue else { return }
            store.add(frame, to: decoder.id)
            streams[decoder.id]?.statistics.note(frame, tag, began: began, at: now)
        }
    }
}

extension VideoDecoding.Statistics {
    mutating func note(
        _ frame: VideoFrame, _ tag: VideoDecoding.Tag, began: Instant, at now: Instant
    ) {
        decode.record(now - began)
        render.record(max(tag.presentationTime, now) - tag.arrival)
        rhythm.note(arrival: tag.arrival, timestamp: tag.timestamp)
        frames += 1
        width = frame.width
        height = frame.height
        if let last = lastFrameAt, now - last > .milliseconds(200) {
            freezes += 1
            totalFreezesDuration += now - last
            longestFreeze = max(longestFreeze, now - last)
        }
        firstFrameAt = firstFrameAt ?? now
        lastFrameAt = now
    }
}

extension VideoDecoding {
    /// What the decode thread owns.
    struct Decoders {
        fileprivate var all: [StreamDecoder] = []
        fileprivate var version = -1
    }
}

/// A decoder with its frames. The decode thread's alone.
private final class StreamDecoder {
    let id: PictureID
    let queue: EncodedFrameQueue<VideoDecoding.Tag>
    private(set) var count: UInt64 = 0
    private let pool = FramePool(capacity: PictureStore.capacity + 6)
    private var bytes: [UInt8] = []
    private var decoder: VideoDecoder?

    init(_ id: PictureID, _ queue: EncodedFrameQueue<VideoDecoding.Tag>) {
        self.id = id
        self.queue = queue
    }

    func popNext() -> VideoDecoding.Tag? {
        queue.pop(swapping: &bytes)?.tag
    }

    func decode(_ codec: VideoCodec) throws(CodecError) -> VideoFrame? {
        // A sender may change it, with a key frame.
        if decoder?.codec != codec { decoder = try VideoDecoder(codec) }
        count += 1
        // A span of a class's property has no scope of its own; this is another reference, no copy.
        let picture = bytes
        return try decoder!.decode(picture.span, into: pool)
    }
}

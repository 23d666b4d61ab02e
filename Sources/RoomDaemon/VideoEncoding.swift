import Base
import Codecs
import ControlAPI
import Logging
import Media
import Meeting
import Synchronization

/// The encode thread: the camera's pictures become VP8 or VP9 while there is a meeting that takes them.
final class VideoEncoding: Sendable {
    /// What is wanted of the encoder; changed by the control plane and by congestion control.
    private struct Wishes: Sendable {
        /// Picture elements; what the camera delivers when it is smaller.
        var width: Int
        var height: Int
        var frameRate: Double
        /// Bits per second: what people allow.
        var maximum: Int
        /// What the network carries.
        var target: Int
        var wantsKeyFrame = false
        /// Maximum bit rate 0: no video at all.
        var isSilenced = false
    }

    /// What has been done so far.
    struct Statistics: Hashable, Sendable {
        var frames: UInt64 = 0
        var keyFrames: UInt64 = 0
        var skipped: UInt64 = 0
        var failures: UInt64 = 0
        var bytes: UInt64 = 0
        /// Of the last picture, in pixels.
        var width = 0
        var height = 0
        /// From exposure until the encoder takes it.
        var capture = LatencyHistogram()
        var encode = LatencyHistogram()
    }

    /// Takes an encoded picture: the conference's sender. What it refuses it asks a key frame for.
    typealias Output =
        @Sendable (
            _ frame: inout [UInt8], _ codec: VideoCodec, _ isKeyFrame: Bool, _ timestamp: UInt32, _ captureTime: Instant
        ) -> Bool

    /// At 1280×720 and 30 frames a second.
    static let automaticMaximum = 2_500_000

    private let source: DropOldestFrameQueue
    /// What the meeting takes; nil while there is none.
    private let wantedCodec: @Sendable () -> VideoCodec?
    private let takeKeyFrameNeed: @Sendable () -> Bool
    private let liveSince: @Sendable () -> Instant
    private let output: Output
    private let logger: Logger
    private let wishes: Mutex<Wishes>
    private let counts = Mutex(Statistics())
    /// Beats also while there is nothing to encode.
    let pulse = LoopPulse("encode")
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<DeviceThread?>(nil)

    /// - Parameter liveSince: a picture taken then or later, after one from before, is encoded as a key frame.
    init(
        source: DropOldestFrameQueue, width: Int, height: Int, frameRate: Double, maximum: Int?, logger: Logger,
        wantedCodec: @escaping @Sendable () -> VideoCodec?, takeKeyFrameNeed: @escaping @Sendable () -> Bool,
        liveSince: @escaping @Sendable () -> Instant = { .zero }, output: @escaping Output
    ) {
        self.source = source
        self.wantedCodec = wantedCodec
        self.takeKeyFrameNeed = takeKeyFrameNeed
        self.liveSince = liveSince
        self.output = output
        self.logger = logger
        let maximum = maximum ?? Self.automaticMaximum
        wishes = Mutex(
            Wishes(
                width: width, height: height, frameRate: frameRate, maximum: maximum,
                target: min(maximum, 1_200_000)))
    }

    var statistics: Statistics { counts.withLock { $0 } }

    func start() throws {
        let thread = try DeviceThread(name: "encode") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        source.close()
        thread.withLock { $0 }?.join()
    }

    /// The network's word on what video may use.
    func setTarget(_ bitsPerSecond: Int) {
        wishes.withLock { $0.target = bitsPerSecond }
    }

    /// Somebody at the other end cannot go on without one.
    func requestKeyFrame() {
        wishes.withLock { $0.wantsKeyFrame = true }
    }

    /// `video.configure`: what is nil stays as it is.
    func configure(_ settings: Command.VideoSettings) {
        wishes.withLock { wishes in
            wishes.width = settings.layers?.first?.width ?? settings.width ?? wishes.width
            wishes.height = settings.layers?.first?.height ?? settings.height ?? wishes.height
            wishes.frameRate = settings.frameRate ?? wishes.frameRate
            guard let maximum = settings.maxBitrate else { return }
            wishes.isSilenced = maximum == 0
            wishes.maximum = maximum > 0 ? maximum : Self.automaticMaximum
        }
    }

    // MARK: - Encode thread

    private func run() {
        var state = EncodingState()
        while !isStopping.load(ordering: .acquiring) {
            pulse.beat()
            if let frame = source.pop(until: MonotonicClock.now + .milliseconds(200)) { handle(frame, &state) }
        }
    }

    /// Encodes one picture of the camera and gives it on, where it is wanted and due.
    func handle(_ frame: VideoFrame, _ state: inout EncodingState) {
        guard let codec = wantedCodec() else { return state.rest() }
        let now = wishes.withLock { $0 }
        guard !now.isSilenced, state.isDue(frame, frameRate: now.frameRate) else { return }
        // All are fulfilled by one.
        let (isNeeded, isWished) = (takeKeyFrameNeed(), takeKeyFrameWish())
        let needsKeyFrame = isNeeded || isWished || state.isReturn(frame, liveSince())
        let began = MonotonicClock.now
        do {
            let isKeyFrame = try state.encode(
                frame, codec, width: now.width, height: now.height, frameRate: now.frameRate,
                bitrate: max(50_000, min(now.target, now.maximum)), needsKeyFrame: needsKeyFrame)
            guard let isKeyFrame else {
                counts.withLock { $0.skipped += 1 }
                return
            }
            note(state, taken: began - frame.captureTime, encoded: MonotonicClock.now - began)
            send(&state, codec, isKeyFrame: isKeyFrame, frame.captureTime)
        } catch {
            counts.withLock { $0.failures += 1 }
            logger.error("a picture could not be encoded", metadata: ["reason": "\(error)"])
            state.rest()
        }
    }

    /// A wish is fulfilled by the picture that is encoded, not by one that is left out.
    private func takeKeyFrameWish() -> Bool {
        wishes.withLock { wishes in
            defer { wishes.wantsKeyFrame = false }
            return wishes.wantsKeyFrame
        }
    }

    private func note(_ state: borrowing EncodingState, taken: Duration, encoded: Duration) {
        let size = state.size
        counts.withLock { counts in
            counts.capture.record(taken)
            counts.encode.record(encoded)
            (counts.width, counts.height) = size
        }
    }

    private func send(
        _ state: inout EncodingState, _ codec: VideoCodec, isKeyFrame: Bool, _ captureTime: Instant
    ) {
        let bytes = UInt64(state.bytes.count)
        let timestamp = UInt32(truncatingIfNeeded: captureTime.nanoseconds * 9 / 100_000)
        guard output(&state.bytes, codec, isKeyFrame, timestamp, captureTime) else { return }
        counts.withLock { counts in
            counts.frames += 1
            counts.keyFrames += isKeyFrame ? 1 : 0
            counts.bytes += bytes
        }
    }
}

/// What the encode thread owns.
struct EncodingState: ~Copyable {
    var bytes: [UInt8] = []
    private var encoder: VideoEncoder?
    private var scaler = FrameScaler()
    private var nextDue: Instant?
    private var lastCapture: Instant?
    /// Of the last picture, in pixels.
    private(set) var size = (width: 0, height: 0)

    /// Between meetings nothing is kept: the next one begins with a key frame.
    mutating func rest() {
        encoder = nil
        nextDue = nil
        lastCapture = nil
    }

    /// Whether this picture is the first of the camera's own after slates.
    func isReturn(_ frame: VideoFrame, _ liveSince: Instant) -> Bool {
        guard let lastCapture else { return false }
        return lastCapture < liveSince && frame.captureTime >= liveSince
    }

    /// Whether this picture is to be sent at the wanted rate; the camera may be faster.
    mutating func isDue(_ frame: VideoFrame, frameRate: Double) -> Bool {
        let interval = Duration.nanoseconds(Int64(1e9 / max(frameRate, 0.1)))
        guard let due = nextDue else {
            nextDue = frame.captureTime + interval
            return true
        }
        // A tenth of the interval early is not too early: clocks of cameras jitter.
        guard frame.captureTime + interval / 10 >= due else { return false }
        nextDue = max(due + interval, frame.captureTime)
        return true
    }

    mutating func encode(
        _ frame: VideoFrame, _ codec: VideoCodec, width: Int, height: Int, frameRate: Double, bitrate: Int,
        needsKeyFrame: Bool
    ) throws(CodecError) -> Bool? {
        lastCapture = frame.captureTime
        let picture = scaler.fit(frame, within: (width, height)) ?? frame
        size = (picture.width, picture.height)
        if encoder?.configuration.codec != codec {
            encoder = try VideoEncoder(
                VideoEncoder.Configuration(
                    codec: codec, width: picture.width, height: picture.height, frameRate: frameRate, bitrate: bitrate))
        }
        if encoder?.configuration.bitrate != bitrate { try encoder?.setBitrate(bitrate) }
        if encoder?.configuration.frameRate != frameRate { try encoder?.setFrameRate(frameRate) }
        if needsKeyFrame { encoder?.forceKeyFrame() }
        bytes.removeAll(keepingCapacity: true)
        return try encoder?.encode(picture, appendingTo: &bytes) ?? nil
    }
}

public import Base
import Glibc
public import Media
import Synchronization

/// A camera or an HDMI input behind a V4L2 node, streaming from the moment it is made but while it rests.
///
/// Once a call has failed the camera stays lost. Stream off, unmap and close, which a sick device can draw out for seconds,
/// are left to `stop`, or to the camera's end; `HotPlugCamera` sees to it and opens it anew. An HDMI input without a signal is
/// not lost: it delivers nothing, says so in `signal`, and goes on by itself with whatever size comes.
public final class V4L2Camera: Camera, @unchecked Sendable {
    /// A stream that has not begun, or stands still, for so long is dead.
    static let patience = Duration.seconds(5)
    static let patienceLater = Duration.seconds(2)
    /// Damaged pictures in a row that are borne.
    static let mostDamaged = 60
    /// How often an HDMI input is asked for its signal while it has none, for drivers that do not say.
    static let lookInterval = Duration.milliseconds(500)

    struct Shared {
        var format: VideoFormat
        var signal = VideoSignal.present
        var statistics = CameraStatistics()
        var isCapturing = false
        var isStopped = false
        /// A call has failed.
        var isLost = false
        /// Open, and does not stream.
        var isResting = false
        var isReleased = false

        /// Whether the caller is to release the device, without the lock: once, after `stop`, when nobody captures.
        mutating func takeRelease() -> Bool {
            guard isStopped, !isCapturing, !isReleased else { return false }
            isReleased = true
            return true
        }
    }

    /// What lasts as long as one stream.
    struct Stream {
        let format: StreamFormat
        let converter: PictureConverter
        var thinning: PictureThinning
        var lastProgress: Instant
        var hasDelivered = false
        var damagedInRow = 0
        var emptyWakes = 0

        /// Pictures older than that are passed over when there are newer ones.
        var staleness: Duration { .seconds(3 / (format.rate ?? 15)) }
    }

    public let device: DeviceDescription
    let path: String
    let wanted: VideoFormat
    let system: any VideoNodeSystem
    /// Of HDMI.
    private let isInput: Bool
    let shared: Mutex<Shared>
    private let interruption = EventSignal()

    // Of whoever captures; of `stop` while nobody does.
    var node: VideoNode?
    /// nil while an HDMI input has no signal.
    var stream: Stream?
    var nextLook = Instant.zero
    private var numbers = PictureNumbers()
    private var times = PictureTimes()

    /// Opens a node and begins to stream. May take some tenths of a second.
    /// - Parameters:
    ///   - path: a node or a link to one.
    ///   - device: how it is shown; by default what the driver says.
    ///   - wanted: what is to be sent; the device delivers at least that where it can.
    init(
        path: String, device: DeviceDescription? = nil, wanted: VideoFormat, system: any VideoNodeSystem
    ) throws(DeviceError) {
        guard wanted.width > 0, wanted.height > 0, wanted.frameRate > 0 else {
            throw DeviceError(.unknown, "\(path): expected a wanted size and rate above 0, but \(wanted) came")
        }
        self.path = path
        self.wanted = wanted
        self.system = system
        shared = Mutex(Shared(format: wanted))
        let opened: VideoNode
        do throws(VideoCallFailure) {
            opened = try VideoNode(path: path, system: system)
        } catch {
            throw error.error(on: path)
        }
        let capabilities = opened.capabilities
        isInput = capabilities.hasDVTimings
        self.device =
            device
            ?? DeviceDescription(
                id: path, kind: capabilities.hasDVTimings ? .content : .camera,
                name: capabilities.card.trimmed.isEmpty ? path : capabilities.card.trimmed,
                bus: capabilities.bus ?? "platform")
        node = consume opened
        guard capabilities.isCapture else {
            throw DeviceError(.unknown, "\(path): expected a camera that streams, but \(self.device.name) does not")
        }
        do throws(VideoCallFailure) {
            if capabilities.hasDVTimings { node!.watchSource() }
            try start()
        } catch {
            throw error.error(on: path)
        }
    }

    public var format: VideoFormat { shared.withLock { $0.format } }

    public var signal: VideoSignal { shared.withLock { $0.signal } }

    public var statistics: CameraStatistics { shared.withLock { $0.statistics } }

    public func capture(from pool: FramePool, until deadline: Instant) throws(DeviceError) -> VideoFrame? {
        try use { () throws(VideoCallFailure) in try next(from: pool, until: deadline) }
    }

    /// Passes the time without pictures: the stream is off, and with it the light that shows people that it is on. The next
    /// `capture` begins anew.
    /// - Returns: false for an HDMI input, which has to stream to tell what is connected: nothing was done.
    public func rest(until deadline: Instant) throws(DeviceError) -> Bool {
        try use { () throws(VideoCallFailure) in
            guard !isInput else { return false }
            try idle(until: deadline)
            return true
        }
    }

    /// Whether the next `capture`, or the next `rest`, begins or ends the stream first.
    func mustChange(toRest: Bool) -> Bool { !isInput && shared.withLock { $0.isResting } != toRest }

    /// Begins or ends the stream beforehand, on a thread that may wait. Nobody captures meanwhile.
    func change(toRest: Bool) throws(DeviceError) {
        try use { () throws(VideoCallFailure) in
            if mustChange(toRest: toRest) { try toRest ? end() : wake() }
        }
    }

    /// Does something with the device, unless it is lost or stopped; what fails loses it.
    private func use<Answer>(
        _ body: () throws(VideoCallFailure) -> Answer
    ) throws(DeviceError) -> Answer {
        let (mayCapture, isLost) = shared.withLock { shared in
            shared.isCapturing = !shared.isStopped && !shared.isLost
            return (shared.isCapturing, shared.isLost && !shared.isStopped)
        }
        if isLost { throw DeviceError(.lost, "\(path) was lost before: open it anew") }
        guard mayCapture else { throw stopped }
        defer {
            let mustRelease = shared.withLock { shared in
                shared.isCapturing = false
                return shared.takeRelease()
            }
            if mustRelease { release() }
        }
        do throws(VideoCallFailure) {
            return try body()
        } catch {
            let isStopped = shared.withLock { shared in
                shared.isLost = true
                return shared.isStopped
            }
            throw isStopped ? stopped : error.error(on: path)
        }
    }

    public func stop() {
        let mustRelease = shared.withLock { shared in
            shared.isStopped = true
            return shared.takeRelease()
        }
        interruption.signal()
        if mustRelease { release() }
    }

    /// Ends a capture that waits, and with it the camera; whoever calls it stops it, on a thread that may wait.
    func interrupt() { interruption.signal() }

    /// Stream off, unmap, close.
    private func release() {
        stream = nil
        node = nil
    }

    private var stopped: DeviceError {
        DeviceError(.lost, "\(path) was stopped: open it anew")
    }

    // MARK: - Capturing

    private enum Outcome {
        case frame(VideoFrame)
        case nothing
        case poolExhausted
    }

    private func next(from pool: FramePool, until deadline: Instant) throws(VideoCallFailure) -> VideoFrame? {
        if mustChange(toRest: false) { try wake() }
        while true {
            let ready = try node!.wait(
                wantsPictures: stream != nil, interruption: interruption.fileDescriptor,
                until: min(deadline, nextDuty))
            if ready.contains(.interruption) { throw VideoCallFailure(.wait, ECANCELED) }
            if ready.contains(.event), try node!.hasSourceChanged() { try restart() }
            if ready.contains(.picture), stream != nil {
                switch try takePicture(from: pool) {
                case .frame(let frame): return frame
                case .poolExhausted: return nil
                case .nothing: break
                }
            } else if ready.contains(.failure) {
                try findFailure()
            }
            let now = system.now
            try performDuties(at: now)
            if now >= deadline { return nil }
        }
    }

    private func idle(until deadline: Instant) throws(VideoCallFailure) {
        if mustChange(toRest: true) { end() }
        let ready = try node!.wait(
            wantsPictures: false, interruption: interruption.fileDescriptor, until: deadline)
        if ready.contains(.interruption) { throw VideoCallFailure(.wait, ECANCELED) }
        // A device that was unplugged answers no question; poll(2) alone does not say it of every driver.
        try node!.checkPresence()
        if ready.contains(.failure) { throw VideoCallFailure(.wait, EIO) }
    }

    private func wake() throws(VideoCallFailure) {
        shared.withLock { $0.isResting = false }
        try start()
    }

    private func end() {
        shared.withLock { $0.isResting = true }
        stream = nil
        node!.stop()
    }

    /// poll(2) only says that there is a failure; the next call says which.
    private func findFailure() throws(VideoCallFailure) {
        if stream != nil {
            _ = try node!.take()
        } else {
            _ = try node!.querySource()
        }
        throw VideoCallFailure(.wait, EIO)
    }

    private func takePicture(from pool: FramePool) throws(VideoCallFailure) -> Outcome {
        guard var filled = try node!.take() else {
            stream!.emptyWakes += 1
            guard stream!.emptyWakes < 100 else {
                throw VideoCallFailure(.wait, EPROTO, "expected a picture, but there is none, a hundred times")
            }
            return .nothing
        }
        stream!.emptyWakes = 0
        let arrival = system.now
        var number = numbers.number(filled.sequence)
        while let stamp = filled.time, arrival - stamp > stream!.staleness, let newer = try node!.take() {
            try node!.giveBack(filled)
            shared.withLock { $0.statistics.stale += 1 }
            filled = newer
            number = numbers.number(filled.sequence)
        }
        let time = times.time(of: filled, arrival: arrival)
        guard !filled.isDamaged, let bytes = node!.bytes(of: filled) else { return try drop(filled) }
        stream!.lastProgress = arrival
        guard stream!.thinning.admits(time) else {
            try node!.giveBack(filled)
            numbers.leaveOut()
            shared.withLock { $0.statistics.thinned += 1 }
            return .nothing
        }
        let format = stream!.format
        guard let frame = pool.take(width: format.width, height: format.height) else {
            try node!.giveBack(filled)
            stream!.damagedInRow = 0
            shared.withLock { $0.statistics.dropped += 1 }
            return .poolExhausted
        }
        guard stream!.converter.convert(bytes, into: frame) else { return try drop(filled) }
        try node!.giveBack(filled)
        frame.captureTime = time
        frame.sequence = number
        stream!.hasDelivered = true
        stream!.damagedInRow = 0
        shared.withLock { $0.statistics.delivered += 1 }
        return .frame(frame)
    }

    private func drop(_ filled: FilledBuffer) throws(VideoCallFailure) -> Outcome {
        try node!.giveBack(filled)
        shared.withLock { $0.statistics.damaged += 1 }
        stream!.damagedInRow += 1
        if stream!.damagedInRow >= Self.mostDamaged {
            try restart(orFail: "\(Self.mostDamaged) pictures in a row were damaged")
        }
        return .nothing
    }

    /// A stream begins: pictures count anew.
    func begin(_ format: StreamFormat) {
        numbers.restart()
        stream = Stream(
            format: format, converter: PictureConverter(format: format),
            thinning: PictureThinning(rate: format.rate, wanted: wanted.frameRate), lastProgress: system.now)
    }
}

import Base
import Glibc
import Media

/// An open video node with its buffers. What was mapped is unmapped, and what was opened is closed, when it goes.
struct VideoNode: ~Copyable {
    /// Enough for one being filled, one being read, and two in between while the capture thread is late.
    private static let bufferCount = 4
    /// Of modes that are refused, the next best few are tried.
    private static let attempts = 8

    let path: String
    let capabilities: VideoCapabilities
    let system: any VideoNodeSystem
    let handle: NodeHandle
    private var isConverting = false
    private var hasBuffers = false
    private var buffers: [UnsafeMutableRawBufferPointer] = []

    init(path: String, system: any VideoNodeSystem) throws(VideoCallFailure) {
        let descriptor = try system.open(path)
        do {
            capabilities = try system.capabilities(descriptor)
        } catch {
            system.close(descriptor)
            throw error
        }
        self.path = path
        self.system = system
        handle = NodeHandle(descriptor: descriptor, isMultiplanar: capabilities.isMultiplanar)
    }

    deinit {
        if hasBuffers { Self.free(buffers, of: handle, system) }
        system.close(handle.descriptor)
    }

    /// Asks what every device answers that is there.
    func checkPresence() throws(VideoCallFailure) {
        _ = try system.capabilities(handle.descriptor)
    }

    // MARK: - Streaming

    /// Sets the best format that the device really takes, maps buffers and streams.
    /// - Parameter timings: of an HDMI input, which then settle size and rate.
    mutating func start(
        for wanted: VideoFormat, timings: SourceTimings?
    ) throws(VideoCallFailure) -> StreamFormat {
        var modes = try offers(for: wanted, timings)
        if modes.isEmpty, !isConverting, !handle.isMultiplanar {
            try system.convert(handle.descriptor)
            isConverting = true
            modes = try offers(for: wanted, timings)
        }
        var refusal = VideoCallFailure(
            .enumerateFormats, EPROTO,
            "expected one of \(PixelFormat.allCases.map(\.rawValue).joined(separator: ", ")) or what libv4l "
                + "converts, but the device offers neither: use another")
        for mode in FormatNegotiation.ranked(modes, for: wanted).prefix(Self.attempts) {
            do {
                return try start(mode, timings)
            } catch {
                stop()
                // What one mode is refused for, another may be given: no such format after all, no bandwidth.
                guard [EINVAL, ENOSPC, ENOTSUP].contains(error.code) else { throw error }
                refusal = error
            }
        }
        throw refusal
    }

    private mutating func start(_ mode: OfferedMode, _ timings: SourceTimings?) throws(VideoCallFailure) -> StreamFormat
    {
        let answer = try system.setFormat(
            handle, fourCC: mode.pixelFormat.fourCC, width: mode.width, height: mode.height)
        var rate = timings?.rate ?? mode.interval?.rate
        if timings == nil, let interval = mode.interval, let set = try system.setInterval(handle, interval) {
            rate = set.rate
        }
        let format = try StreamFormat(answer, rate: rate.flatMap { $0 > 0 && $0 <= 1000 ? $0 : nil })
        let count = try system.requestBuffers(handle, Self.bufferCount)
        hasBuffers = true
        guard count >= 2 else {
            throw VideoCallFailure(.requestBuffers, ENOMEM, "expected \(Self.bufferCount) buffers, but \(count) came")
        }
        for index in 0..<count {
            buffers.append(try system.map(handle, buffer: index))
        }
        for index in 0..<count {
            try system.queue(handle, buffer: index)
        }
        try system.streamOn(handle)
        return format
    }

    /// Takes the buffers back and frees them; the node stays open. What fails here has failed for good reason before.
    mutating func stop() {
        guard hasBuffers else { return }
        Self.free(buffers, of: handle, system)
        buffers.removeAll()
        hasBuffers = false
    }

    private static func free(
        _ buffers: [UnsafeMutableRawBufferPointer], of handle: NodeHandle, _ system: any VideoNodeSystem
    ) {
        try? system.streamOff(handle)
        for memory in buffers { system.unmap(memory) }
        _ = try? system.requestBuffers(handle, 0)
    }

    // MARK: - Pictures

    /// The next picture, to be given back; nil when none is there yet.
    func take() throws(VideoCallFailure) -> FilledBuffer? {
        guard let filled = try system.dequeue(handle) else { return nil }
        guard buffers.indices.contains(filled.index) else {
            throw VideoCallFailure(
                .dequeue, EPROTO, "expected a buffer of 0…\(buffers.count - 1), but \(filled.index) came")
        }
        return filled
    }

    /// Lets the driver fill the buffer anew: its bytes are no longer to be read.
    func giveBack(_ filled: FilledBuffer) throws(VideoCallFailure) {
        try system.queue(handle, buffer: filled.index)
    }

    /// The picture's bytes; nil when the driver claims more than it has.
    func bytes(of filled: FilledBuffer) -> UnsafeRawBufferPointer? {
        let memory = buffers[filled.index]
        guard filled.offset >= 0, filled.bytes > 0, filled.offset <= memory.count,
            filled.bytes <= memory.count - filled.offset
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: memory[filled.offset..<filled.offset + filled.bytes])
    }

    func wait(
        wantsPictures: Bool, interruption: Int32, until deadline: Instant
    ) throws(VideoCallFailure) -> NodeReadiness {
        try system.wait(
            for: handle.descriptor, wantsPictures: wantsPictures, interruption: interruption, until: deadline)
    }
}

public import Base
public import Media

/// `file:SPEECH.wav`: a recording that is heard over and over, at the pace of the audio thread's blocks.
///
/// It plays at the position CLOCK_MONOTONIC modulo its length, as `FileCamera` does; after a stall of the audio thread it
/// jumps there. The file is held in memory as it
/// is, because the audio thread must not wait for a disk.
public final class FileMicrophone: Microphone, @unchecked Sendable {
    /// 256 MiB: three quarters of an hour of 48 kHz mono in 16 bits.
    public static let largestFile: Int64 = 256 << 20

    public let device: DeviceDescription
    public var channels: Int { file.channels }
    private let file: WAVFile
    // The audio thread's own.
    private let resampler: Resampler?
    private let chunk: UnsafeMutableBufferPointer<Float>
    /// What of the chunk the resampler has not taken yet.
    private var pending = 0..<0
    private var position: Int?
    /// When the block that comes next is heard.
    private var nextAt: Instant?
    /// The audio thread's blocks may be so far from the clock; more is a stall.
    static let tolerance = Duration.milliseconds(100)

    public init(path: String) throws(DeviceError) {
        let input = try InputFile(path: path)
        guard input.size <= Self.largestFile else {
            throw DeviceError(
                .failed, "expected \(path) to have at most 256 MiB, but it has \(input.size >> 20); it loops, so cut it"
            )
        }
        let bytes = try input.read(Int(input.size), at: 0)
        do throws(MediaFileProblem) {
            file = try WAVFile(bytes)
        } catch {
            throw DeviceError(.failed, "the file \(path) cannot be used as WAV: \(error)")
        }
        resampler = file.sampleRate == AudioFormat.sampleRate ? nil : try Resampler(from: file.sampleRate)
        device = DeviceDescription(id: "file:\(path)", kind: .microphone, name: fileName(path), bus: "simulated")
        chunk = .allocate(capacity: AudioFormat.blockSize)
    }

    deinit {
        chunk.deallocate()
    }

    public func read(
        into block: UnsafeMutableBufferPointer<Float>, at now: Instant
    ) throws(DeviceError) -> Instant? {
        let heard = follow(now - AudioFormat.blockDuration)
        nextAt = heard + AudioFormat.blockDuration
        var filled = 0
        while filled < block.count {
            let rest = UnsafeMutableBufferPointer(rebasing: block[filled...])
            if resampler == nil {
                filled += readFile(into: rest)
                continue
            }
            if pending.isEmpty { pending = 0..<readFile(into: chunk) }
            let (consumed, made) = resampler!.process(UnsafeBufferPointer(rebasing: chunk[pending]), into: rest)
            pending = pending.lowerBound + consumed..<pending.upperBound
            filled += made
        }
        return heard
    }

    /// Blocks that are read in one go after a short delay were heard one after the other all the same.
    private func follow(_ expected: Instant) -> Instant {
        let tolerated = .zero - Self.tolerance...Self.tolerance
        if let nextAt, position != nil, tolerated.contains(expected - nextAt) { return nextAt }
        position = place(at: expected)
        pending = 0..<0
        return expected
    }

    private func place(at instant: Instant) -> Int {
        // The origin of a clock need not lie in the past.
        let (seconds, rest) = instant.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let (rate, count) = (Int64(file.sampleRate), Int64(file.frameCount))
        let place = (seconds * rate + rest * rate / 1_000_000_000) % count
        return Int(place < 0 ? place + count : place)
    }

    public func stop() {}

    /// Reads up to the end of the file and goes back to its start there.
    private func readFile(into output: UnsafeMutableBufferPointer<Float>) -> Int {
        let position = position ?? 0
        let count = min(output.count, file.frameCount - position)
        file.read(from: position, into: UnsafeMutableBufferPointer(rebasing: output[..<count]))
        self.position = position + count == file.frameCount ? 0 : position + count
        return count
    }
}

public import Base
public import Media
import Synchronization

/// `file:OUT.wav`: what would be heard, as 16-bit 48 kHz WAV whose header is brought up to date every second.
///
/// Paced by CLOCK_MONOTONIC. The audio thread only fills a ring; a thread of the speaker's own writes the file, so that
/// a slow disk is never heard. The file's timeline is the clock's: blocks nobody came to write in time are silence.
public final class FileSpeaker: Speaker, @unchecked Sendable {
    /// What a disk may stall before sound is lost: five seconds.
    private static let ringSize = 5 * AudioFormat.sampleRate

    /// What the audio thread and the writer share.
    private final class Shared: Sendable {
        let ring = SampleRing(capacity: FileSpeaker.ringSize)
        let wake = EventSignal()
        let isEnding = Atomic<Bool>(false)
        let failure = Mailbox<DeviceError>()
        let hasFailed = Atomic<Bool>(false)
    }

    public let device: DeviceDescription
    private let shared = Shared()
    private let writer: DeviceThread
    private let pacer: any Pacer
    private let lostSamples = Atomic<Int>(0)
    // The audio thread's own.
    private var pacing = BlockPacing()
    private var blocksUntilWake = FileSpeaker.blocksPerWake
    private let silence: UnsafeMutableBufferPointer<Float>

    /// The writer is woken ten times a second.
    private static let blocksPerWake = 10

    public init(path: String, pacer: any Pacer = RealTimePacer()) throws(DeviceError) {
        device = DeviceDescription(id: "file:\(path)", kind: .speaker, name: fileName(path), bus: "simulated")
        self.pacer = pacer
        let output = WriterBox(try WAVWriter(path: path))
        let shared = shared
        do throws(ThreadError) {
            writer = try DeviceThread(name: "file-speaker") { Self.run(output, shared) }
        } catch {
            throw DeviceError(.failed, error.description)
        }
        silence = .allocate(capacity: AudioFormat.blockSize)
        silence.initialize(repeating: 0)
    }

    deinit {
        finish()
        silence.deallocate()
    }

    /// Samples lost because the disk stalled for longer than the ring holds.
    public var lost: Int { lostSamples.load(ordering: .relaxed) }

    public func waitForBlock() throws(DeviceError) -> Instant {
        if shared.hasFailed.load(ordering: .acquiring) {
            throw shared.failure.take() ?? .stopped(device)
        }
        let (instant, lost) = try pacing.wait(pacer, device: device)
        for _ in 0..<lost where shared.ring.count + silence.count <= shared.ring.capacity {
            shared.ring.write(UnsafeBufferPointer(silence))
        }
        return instant
    }

    public func write(_ block: UnsafeBufferPointer<Float>) throws(DeviceError) {
        let taken = shared.ring.write(block)
        if taken < block.count { lostSamples.wrappingAdd(block.count - taken, ordering: .relaxed) }
        blocksUntilWake -= 1
        guard blocksUntilWake == 0 else { return }
        blocksUntilWake = Self.blocksPerWake
        shared.wake.signal()
    }

    /// Returns when everything written so far is in the file and its header is right.
    public func stop() {
        pacer.interrupt()
        finish()
    }

    private func finish() {
        shared.isEnding.store(true, ordering: .releasing)
        shared.wake.signal()
        writer.join()
    }

    // MARK: - The writer's thread

    /// Carries the writer, which cannot be copied, into the closure of its thread.
    private final class WriterBox: @unchecked Sendable {
        var writer: WAVWriter
        init(_ writer: consuming WAVWriter) { self.writer = writer }
    }

    private static func run(_ output: WriterBox, _ shared: Shared) {
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: AudioFormat.sampleRate / 10)
        defer { buffer.deallocate() }
        var headerAt: Int64 = 0
        do throws(DeviceError) {
            while true {
                // Read before draining: what was written before the order to end is still taken.
                let isEnding = shared.isEnding.load(ordering: .acquiring)
                while case let count = shared.ring.read(into: buffer), count > 0 {
                    try output.writer.write(UnsafeBufferPointer(rebasing: buffer[..<count]))
                }
                if isEnding || output.writer.sampleCount - headerAt >= AudioFormat.sampleRate {
                    headerAt = output.writer.sampleCount
                    try output.writer.updateHeader()
                }
                if isEnding { return }
                shared.wake.wait()
            }
        } catch {
            shared.failure.put(error)
            shared.hasFailed.store(true, ordering: .releasing)
        }
    }
}

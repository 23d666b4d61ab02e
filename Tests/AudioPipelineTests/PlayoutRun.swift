import Base
import Media

@testable import AudioPipeline

/// A playout buffer in virtual time: packets go in when they arrive, every 10 ms a block comes out.
final class PlayoutRun {
    static let start = Instant.zero + .seconds(1000)

    struct Pulled {
        var at: Instant
        var isSound: Bool
        var captureTime: Int64
        var target: Duration
        var delay: Duration
        var depth: Duration
        var concealed: UInt64
    }

    private(set) var blocks: [Pulled] = []
    /// All that was played, if it is wanted.
    private(set) var sound: [Float] = []
    private(set) var mostPackets = 0
    private(set) var statistics = PlayoutStatistics()

    private var buffer: PlayoutBuffer
    private let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: AudioFormat.blockSize)
    private var deliveries: [Delivery] = []
    private var delivered = 0
    private let keepsSound: Bool
    private(set) var now: Instant

    /// - Parameter phase: how the audio thread's clock lies to the sender's.
    init(
        _ deliveries: [Delivery], phase: Duration = .milliseconds(3), keepsSound: Bool = false,
        delays: SharedLatencyHistogram? = nil
    ) {
        do { buffer = try PlayoutBuffer(delays: delays) } catch { fatalError("\(error)") }
        self.deliveries = deliveries
        self.keepsSound = keepsSound
        now = Self.start + phase
        block.initialize(repeating: 0)
    }

    deinit { block.deallocate() }

    /// Seconds after the start to which to go on.
    func run(to seconds: Double) {
        let end = Self.start + .nanoseconds(Int64(seconds * 1e9))
        while now < end {
            while delivered < deliveries.count, deliveries[delivered].at <= now {
                let delivery = deliveries[delivered]
                delivered += 1
                push(delivery.packet, at: delivery.at, isRepair: delivery.isRepair)
            }
            pull()
            now += AudioFormat.blockDuration
        }
    }

    func push(_ packet: TestPacket, at arrival: Instant, isRepair: Bool = false) {
        let tag = PlayoutPacket(
            sequence: packet.sequence, timestamp: packet.timestamp, arrival: arrival, captureTime: packet.captureTime,
            isRepair: isRepair)
        packet.payload.withUnsafeBufferPointer { buffer.insert($0, tag) }
        mostPackets = max(mostPackets, buffer.packetCount)
    }

    private func pull() {
        let pulled = buffer.pull(into: block, at: now)
        statistics = buffer.statistics
        if keepsSound { sound.append(contentsOf: block) }
        blocks.append(
            Pulled(
                at: now, isSound: pulled.isSound, captureTime: pulled.captureTime, target: buffer.target,
                delay: buffer.smoothedDelay, depth: buffer.depth, concealed: statistics.concealedSamples))
    }

    /// The block played at `seconds` after the start.
    func at(_ seconds: Double) -> Pulled { blocks[min(Int(seconds * 100), blocks.count - 1)] }
}

import AudioPipeline
import Base
import COpus

/// An Opus encoder with every switch that a peer's may have.
final class TestEncoder {
    private let encoder: OpaquePointer

    init(bitrate: Int32 = 32_000, fec: Bool = true, dtx: Bool = false, transformOnly: Bool = false) {
        var failure: Int32 = 0
        let application = transformOnly ? OPUS_APPLICATION_RESTRICTED_LOWDELAY : OPUS_APPLICATION_VOIP
        guard let encoder = opus_encoder_create(48_000, 1, application, &failure) else {
            fatalError("no Opus encoder")
        }
        self.encoder = encoder
        _ = copus_set_bitrate(encoder, bitrate)
        _ = copus_set_complexity(encoder, 1)
        _ = copus_set_packet_loss(encoder, fec ? 20 : 0)
        _ = copus_set_inband_fec(encoder, fec ? 1 : 0)
        _ = copus_set_dtx(encoder, dtx ? 1 : 0)
    }

    deinit { opus_encoder_destroy(encoder) }

    func encode(_ samples: ArraySlice<Float>) -> [UInt8] {
        var packet = [UInt8](repeating: 0, count: 1500)
        let count = samples.withUnsafeBufferPointer {
            opus_encode_float(encoder, $0.baseAddress!, Int32($0.count), &packet, Int32(packet.count))
        }
        precondition(count > 0, "encoding failed")
        return Array(packet[..<Int(count)])
    }
}

/// One packet as its sender made it.
struct TestPacket {
    var sequence: Int64
    var timestamp: Int64
    /// On the sender's clock, of the first sample.
    var captureTime: Int64
    /// When it was sent, after the stream's start, on the sender's clock.
    var sentAfter: Duration
    var payload: [UInt8]
    var samples: Int
}

/// What a peer sends.
struct TestStream {
    /// The sender's clock differs from ours.
    static let senderEpoch: Int64 = 1_700_000_000_000_000_000

    var packets: [TestPacket]

    /// - Parameter seconds: how long; the sound is repeated.
    init(
        _ sound: [Float], seconds: Double, frame: Int = 960, encoder: TestEncoder = TestEncoder(),
        firstSequence: Int64 = 65_000, firstTimestamp: Int64 = 4_000_000_000
    ) {
        let payloads = stride(from: 0, to: sound.count - frame + 1, by: frame).map {
            encoder.encode(sound[$0..<$0 + frame])
        }
        packets = (0..<Int(seconds * 48_000) / frame).map { index in
            let start = Int64(index * frame)
            return TestPacket(
                sequence: firstSequence + Int64(index), timestamp: firstTimestamp + start,
                captureTime: Self.senderEpoch + start * 1_000_000 / 48,
                sentAfter: .nanoseconds((start + Int64(frame)) * 1_000_000 / 48),
                payload: payloads[index % payloads.count], samples: frame)
        }
    }
}

/// A packet on its way.
struct Delivery {
    var at: Instant
    var packet: TestPacket
    /// It was lost and is sent again.
    var isRepair = false
}

extension TestStream {
    /// - Parameters:
    ///   - start: our time when the sender began.
    ///   - ppm: how much faster the sender's clock runs than ours.
    ///   - network: the delays after which copies of the packet arrive; none when it is lost.
    func sent(
        at start: Instant = PlayoutRun.start, ppm: Double = 0,
        through network: (Int, TestPacket) -> [Duration] = { _, _ in [.milliseconds(30)] }
    ) -> [Delivery] {
        var deliveries: [Delivery] = []
        for (index, packet) in packets.enumerated() {
            let sent = start + .nanoseconds(Int64(Double(packet.sentAfter.inNanoseconds) / (1 + ppm / 1e6)))
            for delay in network(index, packet) { deliveries.append(Delivery(at: sent + delay, packet: packet)) }
        }
        // Stable, so that what arrives at one instant stays in order.
        return deliveries.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map { $0.element }
    }
}

import Codecs

/// What the first bytes of an Opus packet tell without decoding it (RFC 6716 §3).
struct OpusPacket: BitwiseCopyable {
    /// Samples of the whole packet at 48 kHz, 120…5760.
    let sampleCount: Int
    /// Samples of each frame in it, 120…2880.
    let frameSamples: Int
    /// Whether it carries a coarse copy of the frame before it (low bit-rate redundancy, §4.2.4), which covers
    /// `frameSamples`.
    let hasErrorCorrection: Bool
    /// Coded by CELT alone: after such a packet the decoder makes no use of redundancy.
    let isTransformOnly: Bool
    /// Nothing but "silence goes on": the sender saves packets (discontinuous transmission, §2.1.9).
    let isComfortNoise: Bool

    /// - Returns: nil when it is not an Opus packet. Real-time safe.
    init?(_ packet: UnsafeBufferPointer<UInt8>) {
        guard let samples = OpusDecoder.sampleCount(of: packet) else { return nil }
        let configuration = Int(packet[0] >> 3)
        frameSamples =
            switch configuration {
            case 0..<12: configuration & 3 == 3 ? 2880 : 480 << (configuration & 3)
            case 12..<16: configuration & 1 == 0 ? 480 : 960
            default: 120 << (configuration & 3)
            }
        sampleCount = samples
        isTransformOnly = configuration >= 16
        isComfortNoise = packet.count <= 2
        hasErrorCorrection = configuration < 16 && Self.isRedundant(packet, frameSamples: frameSamples)
    }

    /// The flags of voice activity and redundancy are the first, uncompressed bits of the first frame (§4.2.3).
    private static func isRedundant(_ packet: UnsafeBufferPointer<UInt8>, frameSamples: Int) -> Bool {
        guard let start = firstFrame(of: packet), start < packet.count else { return false }
        let speechFrames = max(1, frameSamples / 960)
        let flags = Int(packet[start])
        if flags >> (7 - speechFrames) & 1 == 1 { return true }
        let isStereo = packet[0] & 4 != 0
        return isStereo && flags >> (6 - 2 * speechFrames) & 1 == 1
    }

    /// Where the first frame begins, behind lengths and padding counts (§3.2).
    private static func firstFrame(of packet: UnsafeBufferPointer<UInt8>) -> Int? {
        switch packet[0] & 3 {
        case 0, 1:
            return 1
        case 2:
            guard packet.count > 1 else { return nil }
            return packet[1] < 252 ? 2 : 3
        default:
            guard packet.count > 1 else { return nil }
            var place = 2
            if packet[1] & 0x40 != 0 {
                while place < packet.count, packet[place] == 255 { place += 1 }
                place += 1
            }
            guard packet[1] & 0x80 != 0 else { return place }
            for _ in 1..<max(1, Int(packet[1] & 0x3f)) {
                guard place < packet.count else { return nil }
                place += packet[place] < 252 ? 1 : 2
            }
            return place
        }
    }
}

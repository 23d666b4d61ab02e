/// What the first bytes of an Opus packet say (RFC 6716 §3); the RTP payload is that packet as it is (RFC 7587 §4.2).
public struct OpusPacket: Hashable, Sendable {
    /// The RTP clock, whatever the coded bandwidth (RFC 7587 §4.1).
    public static let clockRate = 48_000

    /// Duration of the packet in samples at 48 kHz: 120 (2.5 ms) to 5760 (120 ms).
    public let sampleCount: Int
    public let isStereo: Bool

    /// - Throws: `.malformed(.opusPayload)`.
    public init(_ payload: Span<UInt8>) throws(RTPError) {
        guard payload.count >= 1 else { throw .malformed(.opusPayload) }
        let toc = payload[0]
        let configuration = Int(toc >> 3)
        let frameSamples =
            switch configuration {
            case 0..<12: configuration % 4 == 3 ? 2880 : 480 << (configuration % 4)
            case 12..<16: configuration % 2 == 0 ? 480 : 960
            default: 120 << (configuration % 4)
            }
        let frameCount: Int
        switch toc & 3 {
        case 0: frameCount = 1
        case 3:
            guard payload.count >= 2 else { throw .malformed(.opusPayload) }
            frameCount = Int(payload[1] & 0x3F)
        default: frameCount = 2
        }
        sampleCount = frameSamples * frameCount
        isStereo = toc & 4 != 0
        guard (1...5760).contains(sampleCount) else { throw .malformed(.opusPayload) }
    }
}

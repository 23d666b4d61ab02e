import COpus

/// Opus (RFC 6716) for speech: 48 kHz mono in, packets of 20 ms, in-band FEC, no DTX.
///
/// Silence is sent as packets too, because a mixer and a recorder on the other side rely on them.
public struct OpusEncoder: ~Copyable {
    /// Samples of one packet: 20 ms.
    public static let frameSize = 960
    /// No packet made here is longer. An Opus frame has at most 1275 bytes (RFC 6716 §3.2.1).
    public static let maximumPacketSize = 1276

    private let encoder: OpaquePointer
    /// Samples by which the decoded sound is behind what went in.
    public let lookahead: Int

    /// - Parameters:
    ///   - bitrate: bits per second, 6 000…510 000.
    ///   - complexity: 0…10; 10 costs about 1 % of a core.
    ///   - packetLoss: percent for which FEC is laid out, 0…100.
    public init(bitrate: Int = 40_000, complexity: Int = 10, packetLoss: Int = 10) throws(CodecError) {
        var failure: Int32 = 0
        guard let encoder = opus_encoder_create(48_000, 1, OPUS_APPLICATION_VOIP, &failure) else {
            throw .refused(what: "creating an Opus encoder", why: String(cString: opus_strerror(failure)))
        }
        var lookahead: Int32 = 0
        var result = copus_set_bitrate(encoder, Int32(clamping: bitrate))
        if result == OPUS_OK { result = copus_set_complexity(encoder, Int32(clamping: complexity)) }
        if result == OPUS_OK { result = copus_set_packet_loss(encoder, Int32(clamping: packetLoss)) }
        if result == OPUS_OK { result = copus_set_inband_fec(encoder, 1) }
        if result == OPUS_OK { result = copus_set_dtx(encoder, 0) }
        if result == OPUS_OK { result = copus_get_lookahead(encoder, &lookahead) }
        guard result == OPUS_OK else {
            opus_encoder_destroy(encoder)
            throw .refused(
                what: "configuring Opus for \(bitrate) bit/s, complexity \(complexity), \(packetLoss) % loss",
                why: String(cString: opus_strerror(result)))
        }
        self.encoder = encoder
        self.lookahead = Int(lookahead)
    }

    deinit {
        opus_encoder_destroy(encoder)
    }

    /// Bits per second, 6 000…510 000. Real-time safe.
    public mutating func setBitrate(_ bitrate: Int) throws(CodecError) {
        try checkOpus(copus_set_bitrate(encoder, Int32(clamping: bitrate)), "setting the Opus bit rate")
    }

    /// The loss that in-band FEC is laid out for, in percent; 0 spends no bits on it. Real-time safe.
    public mutating func setPacketLoss(percent: Int) throws(CodecError) {
        try checkOpus(copus_set_packet_loss(encoder, Int32(clamping: percent)), "setting the Opus packet loss")
    }

    /// 0…10. Real-time safe.
    public mutating func setComplexity(_ complexity: Int) throws(CodecError) {
        try checkOpus(copus_set_complexity(encoder, Int32(clamping: complexity)), "setting the Opus complexity")
    }

    /// Encodes `frameSize` samples into `packet`, which should have `maximumPacketSize` bytes. Real-time safe.
    /// - Returns: bytes written.
    public mutating func encode(
        _ samples: UnsafeBufferPointer<Float>, into packet: UnsafeMutableBufferPointer<UInt8>
    ) throws(CodecError) -> Int {
        guard let source = samples.baseAddress, samples.count == Self.frameSize, let bytes = packet.baseAddress else {
            preconditionFailure("an Opus packet is made of 960 samples and needs room")
        }
        let count = opus_encode_float(encoder, source, Int32(samples.count), bytes, Int32(clamping: packet.count))
        try checkOpus(count, "encoding with Opus")
        return Int(count)
    }

    /// Encodes `frameSize` samples and appends the packet.
    public mutating func encode(_ samples: [Float], appendingTo packet: inout [UInt8]) throws(CodecError) {
        precondition(samples.count == Self.frameSize, "an Opus packet is made of 960 samples")
        let encoder = encoder
        let count = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.maximumPacketSize) { bytes in
            let count = opus_encode_float(
                encoder, samples, Int32(samples.count), bytes.baseAddress!, Int32(bytes.count))
            packet.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[..<max(Int(count), 0)]))
            return count
        }
        try checkOpus(count, "encoding with Opus")
    }

    /// Forgets the past, for instance after a long mute.
    public mutating func reset() {
        _ = copus_reset_encoder(encoder)
    }
}

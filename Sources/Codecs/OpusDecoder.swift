import COpus

/// Opus (RFC 6716) to 48 kHz mono, with concealment and forward error correction; stereo packets are mixed down.
public struct OpusDecoder: ~Copyable {
    /// The longest packet: 120 ms.
    public static let maximumFrameSize = 5760

    private let decoder: OpaquePointer

    public init() throws(CodecError) {
        var failure: Int32 = 0
        guard let decoder = opus_decoder_create(48_000, 1, &failure) else {
            throw .refused(what: "creating an Opus decoder", why: String(cString: opus_strerror(failure)))
        }
        self.decoder = decoder
    }

    deinit {
        opus_decoder_destroy(decoder)
    }

    /// Samples at 48 kHz in a packet, from its first bytes only. Real-time safe.
    /// - Returns: nil when it is not an Opus packet.
    public static func sampleCount(of packet: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let bytes = packet.baseAddress, !packet.isEmpty else { return nil }
        let count = opus_packet_get_nb_samples(bytes, Int32(clamping: packet.count), 48_000)
        return count > 0 ? Int(count) : nil
    }

    /// Decodes one packet. Real-time safe.
    /// - Parameter samples: room for the whole packet, `maximumFrameSize` for any.
    /// - Returns: samples written to the front of `samples`.
    public mutating func decode(
        _ packet: UnsafeBufferPointer<UInt8>, into samples: UnsafeMutableBufferPointer<Float>
    ) throws(CodecError) -> Int {
        // libopus takes an empty packet for a lost one.
        guard !packet.isEmpty else { throw .damaged(why: "an Opus packet has at least one byte (RFC 6716 §3.1)") }
        return try decode(packet, into: samples, correcting: false)
    }

    /// Decodes the copy of the packet *before* this one, which in-band FEC put into it; where there is none it
    /// conceals. Real-time safe.
    /// - Parameter samples: filled whole; its count is the lost packet's, a multiple of 120 (960 for 20 ms).
    public mutating func decodeLost(
        before packet: UnsafeBufferPointer<UInt8>, into samples: UnsafeMutableBufferPointer<Float>
    ) throws(CodecError) {
        guard !packet.isEmpty else { throw .damaged(why: "an Opus packet has at least one byte (RFC 6716 §3.1)") }
        _ = try decode(packet, into: samples, correcting: true)
    }

    /// Invents sound for a lost packet from what was before. Real-time safe.
    /// - Parameter samples: filled whole; its count is a multiple of 120 (2.5 ms), at most `maximumFrameSize`.
    public mutating func conceal(into samples: UnsafeMutableBufferPointer<Float>) throws(CodecError) {
        precondition(samples.count % 120 == 0, "concealment works in steps of 2.5 ms")
        _ = try decode(UnsafeBufferPointer(start: nil, count: 0), into: samples, correcting: false)
    }

    /// Forgets the past: for a new stream.
    public mutating func reset() {
        _ = copus_reset_decoder(decoder)
    }

    private mutating func decode(
        _ packet: UnsafeBufferPointer<UInt8>, into samples: UnsafeMutableBufferPointer<Float>, correcting: Bool
    ) throws(CodecError) -> Int {
        guard let output = samples.baseAddress else { preconditionFailure("decoding needs room for samples") }
        let count = opus_decode_float(
            decoder, packet.baseAddress, Int32(clamping: packet.count), output, Int32(clamping: samples.count),
            correcting ? 1 : 0)
        guard count >= 0 else { throw .damaged(why: String(cString: opus_strerror(count))) }
        return Int(count)
    }
}

/// `a=rtpmap:111 opus/48000/2` (RFC 8866 §6.6).
public struct RTPMap: Hashable, Sendable, CustomStringConvertible {
    /// 0…127.
    public var payloadType: UInt8
    public var encoding: String
    /// In hertz.
    public var clockRate: UInt32
    /// Audio channels; nil where the line gives none (one channel, or no audio).
    public var channels: Int?

    public init(payloadType: UInt8, encoding: String, clockRate: UInt32, channels: Int? = nil) {
        self.payloadType = payloadType
        self.encoding = encoding
        self.clockRate = clockRate
        self.channels = channels
    }

    init(value: Substring) throws(MalformedValue) {
        let malformed = MalformedValue(expected: "a=rtpmap:<payload type> <encoding>/<clock rate>[/<channels>]")
        let fields = value.fields()
        guard fields.count == 2, let payloadType = fields[0].payloadType else { throw malformed }
        let parts = fields[1].split(at: 0x2F)
        guard (2...3).contains(parts.count), let clockRate = parts[1].decimal(UInt32.self), clockRate > 0 else {
            throw malformed
        }
        var channels: Int?
        if parts.count == 3 {
            guard let count = parts[2].decimal(UInt8.self) else { throw malformed }
            channels = Int(count)
        }
        self.init(
            payloadType: payloadType, encoding: String(parts[0]), clockRate: clockRate, channels: channels)
    }

    public var description: String {
        "\(payloadType) \(encoding)/\(clockRate)" + (channels.map { "/\($0)" } ?? "")
    }
}

/// The sender information of an SR (RFC 3550 §6.4.1).
public struct SenderReport: Hashable, Sendable {
    public var ssrc: SSRC
    /// When the report was made.
    public var ntpTime: NTPTime
    /// The same moment on the stream's own clock.
    public var rtpTimestamp: UInt32
    public var packetCount: UInt32
    /// Payload bytes sent, headers and padding not counted.
    public var octetCount: UInt32

    public init(ssrc: SSRC, ntpTime: NTPTime, rtpTimestamp: UInt32, packetCount: UInt32, octetCount: UInt32) {
        self.ssrc = ssrc
        self.ntpTime = ntpTime
        self.rtpTimestamp = rtpTimestamp
        self.packetCount = packetCount
        self.octetCount = octetCount
    }
}

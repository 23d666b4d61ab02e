import Base

/// What a receiver says about one stream (RFC 3550 §6.4.1).
public struct ReportBlock: Hashable, Sendable {
    public var ssrc: SSRC
    /// Loss since the last report, in 256ths.
    public var fractionLost: UInt8
    /// Since the beginning; 24 bits signed on the wire, where it saturates.
    public var cumulativeLost: Int32
    /// With the count of wraps in the upper half.
    public var extendedHighestSequenceNumber: UInt32
    /// In units of the stream's clock rate.
    public var jitter: UInt32
    /// The middle 32 bits of the last SR's NTP time; 0 when there was none.
    public var lastSenderReport: UInt32
    /// In 65536ths of a second.
    public var delaySinceLastSenderReport: UInt32

    static let byteCount = 24

    public init(
        ssrc: SSRC, fractionLost: UInt8, cumulativeLost: Int32, extendedHighestSequenceNumber: UInt32, jitter: UInt32,
        lastSenderReport: UInt32 = 0, delaySinceLastSenderReport: UInt32 = 0
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.cumulativeLost = cumulativeLost
        self.extendedHighestSequenceNumber = extendedHighestSequenceNumber
        self.jitter = jitter
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }

    init(_ bytes: Span<UInt8>) {
        ssrc = SSRC(bytes.loadUInt32(0))
        fractionLost = bytes[4]
        cumulativeLost = Int32(bitPattern: bytes.loadUInt24(5) << 8) >> 8
        extendedHighestSequenceNumber = bytes.loadUInt32(8)
        jitter = bytes.loadUInt32(12)
        lastSenderReport = bytes.loadUInt32(16)
        delaySinceLastSenderReport = bytes.loadUInt32(20)
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: ssrc.rawValue)
        bytes.append(fractionLost)
        bytes.append(bigEndian24: UInt32(bitPattern: min(max(cumulativeLost, -0x80_0000), 0x7F_FFFF)))
        bytes.append(bigEndian: extendedHighestSequenceNumber)
        bytes.append(bigEndian: jitter)
        bytes.append(bigEndian: lastSenderReport)
        bytes.append(bigEndian: delaySinceLastSenderReport)
    }
}

/// What was dropped, and why: nothing from outside disappears uncounted.
public struct PeerConnectionCounters: Hashable, Sendable {
    public var datagramsReceived: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    public var datagramsSent: UInt64 = 0
    public var bytesSent: UInt64 = 0
    /// From an address that ICE has not validated: not even looked at.
    public var unvalidatedDatagrams: UInt64 = 0
    /// Neither STUN, DTLS, RTP nor RTCP.
    public var unknownDatagrams: UInt64 = 0
    /// SRTP or SRTCP that could not be authenticated, or came twice.
    public var unprotectFailures: UInt64 = 0
    /// Authentic, but no RTP or RTCP, or RTCP whose content contradicts itself.
    public var malformedPackets: UInt64 = 0
    public var malformedCandidates: UInt64 = 0
    /// Media before the keys were there, and handshakes before we knew what to make of them.
    public var earlyPackets: UInt64 = 0
    public var droppedEvents: UInt64 = 0
    /// Authentic RTP that belongs to no negotiated section.
    public var unroutablePackets: UInt64 = 0
    /// Datagrams of ours lost because nobody polled them, or because the pacer was full.
    public var droppedDatagrams: UInt64 = 0
    /// Packets of ours that SRTP refused to protect.
    public var protectFailures: UInt64 = 0
}

public import Base
public import DTLS
public import ICE

/// What a connection has done so far, after W3C webrtc-stats: counters count from the beginning, so two snapshots give a
/// rate.
public struct PeerConnectionStatistics: Hashable, Sendable {
    public var at: Instant
    public var transport: Transport
    /// Of every section that sends or has sent, the waiting ones included.
    public var outbound: [OutboundStreamStatistics]
    /// Of every section that receives.
    public var inbound: [InboundStreamStatistics]
    public var counters: PeerConnectionCounters
    /// How full each buffer is.
    public var buffers: [BufferDepth] = []

    /// What all streams share: `transport` and the nominated `candidate-pair`.
    public struct Transport: Hashable, Sendable {
        public var state: PeerConnection.State
        public var iceState: ICEConnectionState
        public var iceRole: ICERole?
        /// nil before there is one, and after consent expired.
        public var selectedPair: ICEAgent.SelectedPair?
        /// Of the last STUN checks on the pair.
        public var currentRoundTripTime: Duration?
        public var dtlsRole: Endpoint.Role?
        /// nil before the handshake is over.
        public var srtpProfile: SRTPProtectionProfile?
        /// Datagrams of every kind.
        public var packetsSent: UInt64
        public var packetsReceived: UInt64
        public var bytesSent: UInt64
        public var bytesReceived: UInt64
        /// What congestion control grants to all streams together, in bits per second.
        public var availableOutgoingBitrate: Int
        /// What we told the sender by REMB, in bits per second; nil where we report packet by packet instead.
        public var availableIncomingBitrate: Int?
        /// The share of our packets that was lost lately, 0…1.
        public var outgoingLossRate: Double
        /// How long a video packet that is sent now waits in the pacer.
        public var pacerDelay: Duration
        public var ice: ICEStatistics
    }
}

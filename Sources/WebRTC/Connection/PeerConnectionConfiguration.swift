public import Base
public import DTLS
public import ICE

extension PeerConnection {
    /// What a connection is made from. The shell supplies what a pure machine cannot have: entropy and wall time.
    public struct Configuration: Sendable {
        public var certificate: Certificate
        /// Asked for server-reflexive candidates.
        public var stunServers: [SocketAddress]
        /// Asked for relayed candidates.
        public var turnServers: [TURNServer]
        /// Whether only relayed candidates are used.
        public var candidatePolicy: ICECandidatePolicy
        /// From a cryptographic generator: SSRCs, sequence numbers and transaction ids come from it. None of them is a
        /// secret.
        public var seed: UInt64
        /// 24 bytes or more from a cryptographic generator, other ones for each connection: the ICE credentials of all
        /// its ICE sessions are derived from them.
        public var iceEntropy: [UInt8]
        /// Names all our streams in RTCP (RFC 7022).
        public var cname: String
        /// The wall clock at `wallTimeAt`, for the NTP times of sender reports.
        public var wallTime: UTCTime
        public var wallTimeAt: Instant
        /// Bits per second of all that is sent, audio included.
        public var startBitrate: Int
        public var minimumBitrate: Int
        public var maximumBitrate: Int
        public var codecs: CodecTable

        public init(
            certificate: Certificate, stunServers: [SocketAddress] = [], turnServers: [TURNServer] = [],
            candidatePolicy: ICECandidatePolicy = .all, seed: UInt64,
            iceEntropy: [UInt8], cname: String, wallTime: UTCTime, wallTimeAt: Instant, startBitrate: Int = 1_200_000,
            minimumBitrate: Int = 100_000,
            maximumBitrate: Int = 2_500_000, codecs: CodecTable = .standard
        ) {
            precondition(
                iceEntropy.count >= ICECredentials.entropySize,
                "ICE credentials need \(ICECredentials.entropySize) random bytes")
            self.certificate = certificate
            self.stunServers = stunServers
            self.turnServers = turnServers
            self.candidatePolicy = candidatePolicy
            self.seed = seed
            self.iceEntropy = iceEntropy
            self.cname = cname
            self.wallTime = wallTime
            self.wallTimeAt = wallTimeAt
            self.startBitrate = startBitrate
            self.minimumBitrate = minimumBitrate
            self.maximumBitrate = maximumBitrate
            self.codecs = codecs
        }
    }
}

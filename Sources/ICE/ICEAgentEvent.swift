public import Base

extension ICEAgent {
    /// What the agent has to tell its owner.
    public enum Event: Hashable, Sendable {
        case stateChanged(ICEConnectionState)
        /// To be signalled to the peer.
        case localCandidate(ICECandidate)
        /// No more local candidates will come: signal `end-of-candidates`. Comes again after each restart.
        case gatheringComplete
        /// Send media and DTLS here from now on; nil: nowhere any more.
        case selectedPair(SelectedPair?)
        case roleChanged(ICERole)
        /// Resolve this mDNS name (`….local`) and call `nameResolved`.
        case resolveName(String)
        /// A signalled candidate is not used, and why.
        case remoteCandidateIgnored(ICECandidate, IgnoredReason)
        /// A TURN server has given us a relayed address.
        case relayReady(TURNServer)
        /// A TURN server gives us no relayed address, or does no longer. After `noAnswer` it is asked for a while yet, and may
        /// come to be ready.
        case relayFailed(TURNServer, TURNFailure)
        /// A STUN server answered one of the sockets, be it with an error.
        case stunServerAnswered(SocketAddress)
        /// A STUN server answered none of the sockets since gathering began (anew).
        case stunServerSilent(SocketAddress)
        /// Open a TCP or TLS connection to this server, and keep what is to be sent there until it stands.
        case openStream(TURNStreamID, TURNServer)
        /// Close the connection, once what was to be sent there has gone.
        case closeStream(TURNStreamID)
    }

    /// The pair of addresses that data flows between.
    public struct SelectedPair: Hashable, Sendable {
        /// The socket to send from.
        public let local: SocketAddress
        /// Where to send to.
        public let remote: SocketAddress
        /// How the peer sees our side.
        public let localKind: ICECandidateKind
        public let remoteKind: ICECandidateKind
    }

    /// Why a signalled candidate is not used.
    public enum IgnoredReason: Hashable, Sendable {
        /// Its host is a name that is not for mDNS, or that could not be resolved (RFC 8839 §5.1).
        case needsNameResolution
        /// Only UDP is spoken here.
        case transport
        /// Only component 1 is used (rtcp-mux).
        case component
        /// Port 0, or an address that is none of a host's: unspecified, multicast, IPv6 without its zone, deprecated.
        case address
        /// It names a fragment of an earlier ICE session, or of none that ever came.
        case otherSession
        /// More candidates than any honest peer has.
        case tooMany
    }

    /// From which socket a datagram is to go where.
    public struct Transmit: Hashable, Sendable {
        public let local: SocketAddress
        public let remote: SocketAddress
        /// The connection to a TURN server that the bytes belong on, whole; nil: they are a datagram of the socket `local`.
        public let stream: TURNStreamID?

        init(local: SocketAddress, remote: SocketAddress, stream: TURNStreamID? = nil) {
            self.local = local
            self.remote = remote
            self.stream = stream
        }
    }

    /// Why the agent wants to be called.
    enum TimerReason: Hashable, Sendable {
        case pacing
        case retransmission
        case nomination
        case patience
        case consentRequest
        case disconnection
        case consentExpiry
        case keepalive
        case relay
    }
}

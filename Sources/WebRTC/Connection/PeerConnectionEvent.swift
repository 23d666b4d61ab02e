public import Base
public import ICE

extension PeerConnection {
    /// How the whole of ICE and DTLS does (W3C WebRTC §4.3.3).
    public enum State: String, Hashable, Sendable {
        case new, connecting, connected, disconnected, failed, closed
    }

    public enum Event: Hashable, Sendable {
        case stateChanged(State)
        /// A `candidate:…` line to be trickled to the peer.
        case localCandidate(String)
        case gatheringComplete
        /// The other end needs a key frame of this transceiver's stream.
        case keyFrameRequested(TransceiverID)
        /// What video may use from now on, in bits per second: the estimate less what audio takes.
        case targetBitrate(Int)
        /// The peer said that a stream of this transceiver has ended (RTCP BYE).
        case streamEnded(TransceiverID)
        /// Why the connection failed, for the log.
        case failure(String)
    }

    /// Where a datagram goes from and to.
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

        init(_ route: ICEAgent.Transmit) {
            self.init(local: route.local, remote: route.remote, stream: route.stream)
        }
    }
}

/// What went wrong in a call of the signalling side.
public enum PeerConnectionError: Error, Hashable, Sendable, CustomStringConvertible {
    case negotiation(NegotiationError)
    case closed

    public var description: String {
        switch self {
        case .negotiation(let error): "\(error)"
        case .closed: "the connection is closed; make another one"
        }
    }
}

public import Base
public import ICE

/// How a connection fares with one TURN server: for the log and for people, without what the server knows us by.
public struct RelayReport: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        /// There is a relayed address.
        case ready
        /// It gives none, and why; where there are several local addresses, others may have one.
        case refused(String)
        /// What it gave is gone, and why.
        case lost(String)
    }

    public let server: SocketAddress
    public let transport: TURNServer.Transport
    public let state: State

    public init(server: SocketAddress, transport: TURNServer.Transport, state: State) {
        self.server = server
        self.transport = transport
        self.state = state
    }

    init(_ server: TURNServer, _ state: State) {
        self.init(server: server.address, transport: server.transport, state: state)
    }

    init(_ server: TURNServer, _ failure: TURNFailure) {
        let reason = "\(failure)"
        switch failure {
        case .expired, .connectionLost, .allocationMismatch: self.init(server, .lost(reason))
        case .noAnswer, .wrongCredentials, .unusableChallenge, .forbidden, .addressFamily, .unsupportedTransport,
            .quotaReached, .insufficientCapacity, .redirectedInVain, .refused, .malformedAnswer:
            self.init(server, .refused(reason))
        }
    }
}

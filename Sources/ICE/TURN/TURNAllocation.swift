public import Base

/// An allocation on a TURN server, from the client's side (RFC 8656), without any I/O.
///
/// After every mutation drain `pollEvent` and `pollTransmit`, then call `handleTimeout` no later than `nextDeadline`.
/// Everything it sends goes to `serverAddress`, and it wants to see everything that comes from there. Data of peers is
/// wrapped and unwrapped in place.
///
/// Requests for permissions wait in a queue until the owner calls `sendNext`, because ICE paces what it sends (RFC 8445
/// §14); what keeps things alive is sent when it is due.
///
/// How it is laid out: this file holds the state and the face; `+Requests` and `+Responses` speak with the server, `+Data`
/// carries what peers send, `+Timers` knows what is due.
public struct TURNAllocation: Sendable {
    public enum State: Hashable, Sendable {
        case idle
        case allocating
        case allocated(Lease)
        case failed(TURNFailure)
        case closed
    }

    /// What the server gave us.
    public struct Lease: Hashable, Sendable {
        /// Where peers send to: the relayed transport address.
        public let relayed: SocketAddress
        /// How the server sees us.
        public let mapped: SocketAddress
        public internal(set) var expiresAt: Instant
        var refreshAt: Instant
    }

    public enum Event: Hashable, Sendable {
        case allocated(relayed: SocketAddress, mapped: SocketAddress)
        /// Data may be exchanged with this peer, on any port.
        case permitted(IPAddress)
        /// The server does not relay to this peer.
        case refused(IPAddress, TURNFailure)
        /// From now on another server is spoken to: `serverAddress`.
        case redirected
        /// There is no allocation, or no longer one.
        case failed(TURNFailure)
    }

    /// What a datagram of the server's was.
    public enum Received: Hashable, Sendable {
        /// Between us and the server, or of no use.
        case consumed
        /// A peer's data: it stands in this range of the datagram.
        case data(peer: SocketAddress, range: Range<Int>)
        /// None of TURN's business, such as a response to a Binding request.
        case other
    }

    /// What it has counted since it was made.
    public struct Statistics: Hashable, Sendable {
        public var requestsSent: UInt64 = 0
        public var retransmissions: UInt64 = 0
        public var malformedMessages: UInt64 = 0
        public var unmatchedResponses: UInt64 = 0
        public var unauthenticatedResponses: UInt64 = 0
        public var indicationsSent: UInt64 = 0
        public var channelDataSent: UInt64 = 0
        public var indicationsReceived: UInt64 = 0
        public var channelDataReceived: UInt64 = 0
        /// Data that came without a permission or on a channel that is none, or was to go out so.
        public var droppedData: UInt64 = 0
        /// Requests lost because the owner did not poll them.
        public var droppedTransmits: UInt64 = 0
    }

    public let server: TURNServer
    /// Where the server is: another address than the configured one after a redirection.
    public internal(set) var serverAddress: SocketAddress
    public internal(set) var state = State.idle
    public internal(set) var statistics = Statistics()

    var random: SeededRandom
    /// Whether the relayed address is to be IPv6; taken back when the server has none.
    var wantsIPv6: Bool
    var challenge: TURNChallenge?
    var requests: [TURNRequest] = []
    var permissions: [TURNPermission] = []
    /// Peers whose permission is to be asked for; they are in `permissions`, too.
    var permissionQueue: [IPAddress] = []
    var channels: [TURNChannel] = []
    /// The peer whose channel is kept bound.
    var channelPeer: SocketAddress?
    var redirections: [SocketAddress] = []
    /// After a failure: before that the server is not asked again.
    var retryAt = Instant(nanoseconds: .min)
    var transmits = DatagramQueue<Void>(capacity: TURNTiming.transmitQueue)
    var events = BoundedQueue<Event>(capacity: TURNTiming.eventQueue)
    var scratch: [UInt8] = []

    /// - Parameters:
    ///   - wantsIPv6: whether the relayed address shall be IPv6 rather than IPv4; a server that cannot gives IPv4.
    ///   - random: seeded by the shell from real entropy: it draws transaction ids.
    public init(server: TURNServer, wantsIPv6: Bool, random: SeededRandom) {
        self.server = server
        serverAddress = server.address
        self.wantsIPv6 = wantsIPv6
        self.random = random
    }

    // MARK: - What it knows

    public var lease: Lease? {
        if case .allocated(let lease) = state { lease } else { nil }
    }

    /// Whether it may still come to be allocated by itself.
    public var isPending: Bool {
        switch state {
        case .idle, .allocating: true
        case .allocated, .failed, .closed: false
        }
    }

    public var hasFailed: Bool {
        if case .failed = state { true } else { false }
    }

    /// Whether data may be exchanged with this peer.
    public func permits(_ peer: IPAddress) -> Bool {
        permissions.contains { $0.peer == peer && $0.isGranted }
    }

    /// Whether `sendNext` has something to send.
    public var hasQueuedRequest: Bool { lease != nil && !permissionQueue.isEmpty }

    /// Whether a channel to this peer is bound.
    public func isChannelBound(to peer: SocketAddress) -> Bool {
        channels.contains { $0.peer == peer && $0.isBound }
    }

    // MARK: - What the owner wants

    /// Asks for the allocation, again after a failure unless the server is to be left alone for a while.
    /// - Returns: whether it was asked for.
    @discardableResult
    public mutating func start(at now: Instant) -> Bool {
        switch state {
        case .idle: break
        case .failed where now >= retryAt: break
        case .failed, .allocating, .allocated, .closed: return false
        }
        state = .allocating
        serverAddress = server.address
        redirections.removeAll()
        send(.allocate, at: now)
        return true
    }

    /// Asks for leave to exchange data with a peer, when `sendNext` is called. Asking again changes nothing.
    public mutating func permit(_ peer: IPAddress) {
        guard lease != nil, !permissions.contains(where: { $0.peer == peer }),
            permissions.count < TURNTiming.maximumPermissions
        else { return }
        permissions.append(TURNPermission(peer: peer, state: .requested))
        permissionQueue.append(peer)
    }

    /// Sends the next queued request.
    public mutating func sendNext(at now: Instant) {
        guard hasQueuedRequest else { return }
        send(.permission(permissionQueue.removeFirst()), at: now)
    }

    /// Says which peer most data goes to: a channel is bound to it and kept. Nil: none needs one.
    public mutating func useChannel(to peer: SocketAddress?, at now: Instant) {
        guard channelPeer != peer else { return }
        channelPeer = peer
        guard lease != nil, let peer else { return }
        if let index = channels.firstIndex(where: { $0.peer == peer }) {
            if channels[index].state == .lapsed { bind(at: index, at: now) }
            return
        }
        guard channels.count < TURNTiming.maximumChannels else { return }
        channels.append(
            TURNChannel(
                number: TURNTiming.firstChannel + UInt16(channels.count), peer: peer, state: .requested))
        bind(at: channels.count - 1, at: now)
    }

    func isAsking(_ purpose: TURNRequest.Purpose) -> Bool {
        requests.contains { $0.purpose == purpose }
    }

    mutating func bind(at index: Int, at now: Instant) {
        channels[index].state = .requested
        send(.channel(channels[index].number, channels[index].peer), at: now)
    }

    /// Gives the allocation back. Data can be wrapped until the owner drops this.
    public mutating func close(at now: Instant) {
        let hadLease = lease != nil
        guard state != .closed else { return }
        state = .closed
        requests.removeAll()
        permissionQueue.removeAll()
        if hadLease { sendOnce(lifetime: 0) }
    }

    /// The connection to the server has ended, or could not be made.
    /// - Parameter reason: nil: not known.
    public mutating func connectionLost(_ reason: String?, at now: Instant) {
        let isElsewhere = serverAddress != server.address
        end(.connectionLost(reason.map { isElsewhere ? "it sends us to \(serverAddress), and \($0)" : $0 }), at: now)
    }

    // MARK: - Outputs

    /// Hands out the next message to the server; its bytes are swapped into `datagram`.
    public mutating func pollTransmit(into datagram: inout [UInt8]) -> Bool {
        transmits.pop(swapping: &datagram) != nil
    }

    public mutating func pollEvent() -> Event? {
        events.popFirst()
    }

    /// There is no allocation any more: everything that hung on it is gone.
    mutating func end(_ failure: TURNFailure, at now: Instant) {
        switch state {
        case .allocating, .allocated: break
        case .idle, .failed, .closed: return
        }
        state = .failed(failure)
        retryAt = now + failure.retryAfter
        challenge = nil
        requests.removeAll()
        permissions.removeAll()
        permissionQueue.removeAll()
        channels.removeAll()
        channelPeer = nil
        while transmits.pop(swapping: &scratch) != nil {}
        events.appendDroppingOldest(.failed(failure))
    }
}

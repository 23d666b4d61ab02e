public import Base

/// A full ICE agent for one stream with one component (RFC 8445), with trickle (RFC 8838), patience (RFC 8863) and
/// consent freshness (RFC 7675). Sans-IO: datagrams, candidates and time go in; datagrams and events come out.
///
/// After every mutation drain `pollTransmit` and `pollEvent`, then call `handleTimeout` no later than `nextDeadline`.
/// Bytes from outside never trap: what does not parse or authenticate is dropped and counted in `statistics`, and all
/// that a peer can make grow is bounded (`ICETiming`).
///
/// What goes through a TURN server is wrapped and unwrapped here, too: `unwrap` every datagram first, `wrap` every datagram
/// of media. Only the sockets and connections are the owner's.
///
/// How it is laid out: this file holds the state and the face; `+Gathering` the local, `+Relays` the relayed,
/// `+RemoteCandidates` the remote candidates; `+Pairs` the checklist; `+Checks` sends, `+Requests` and `+Responses` receive; `+Nomination` chooses;
/// `+Consent` watches the chosen pair; `+Timers` knows what is due.
public struct ICEAgent: Sendable {
    public internal(set) var state = ICEConnectionState.new
    public internal(set) var role: ICERole
    /// The peer is an ICE-lite agent: it never checks, and we are controlling (RFC 8445 §6.1.1).
    public internal(set) var remoteIsLite = false
    public internal(set) var statistics = ICEStatistics()

    let stunServers: [SocketAddress]
    let policy: ICECandidatePolicy
    var random: SeededRandom
    var tieBreaker: UInt64

    var sockets: [LocalSocket] = []
    var turnServers: [TURNServer] = []
    var relays: [Relay] = []
    var streamCount = 0
    var candidates: [LocalCandidate] = []
    var foundations: [String] = []
    var allSocketsAdded = false
    var gatheringReported = false
    /// STUN servers that answered since gathering began (anew).
    var answeringServers: Set<SocketAddress> = []

    var session: CheckSession
    /// Candidates that name a fragment we do not know yet.
    var heldCandidates: [ICECandidate] = []
    var transactions: [STUNTransaction] = []
    var selected: SelectedPath?
    var validated = ValidatedAddresses()
    var nextPaceAt = Instant(nanoseconds: .min)

    private var transmits = DatagramQueue<Transmit>(capacity: ICETiming.transmitQueue)
    private var events = BoundedQueue<Event>(capacity: ICETiming.eventQueue)
    private var scratch: [UInt8] = []

    /// - Parameters:
    ///   - role: the offerer is controlling, the answerer controlled (RFC 8445 §6.1.1).
    ///   - credentials: ours, signalled to the peer.
    ///   - stunServers: asked for server-reflexive candidates from every socket of their address family.
    ///   - policy: whether only relayed candidates are used; TURN servers are named to `addTURNServer`.
    ///   - random: seeded by the shell from real entropy: it draws transaction ids and the tie-breaker.
    public init(
        role: ICERole, credentials: ICECredentials, stunServers: [SocketAddress] = [],
        policy: ICECandidatePolicy = .all, random: SeededRandom, at now: Instant
    ) {
        self.role = role
        self.stunServers = stunServers
        self.policy = policy
        self.random = random
        tieBreaker = self.random.next()
        session = CheckSession(generation: 0, local: credentials)
    }

    // MARK: - What it knows

    public var localCredentials: ICECredentials { session.local }
    /// Nil until the peer's have been signalled for this ICE session.
    public var remoteCredentials: ICECredentials? { session.remote }
    /// Host, server-reflexive and relayed candidates so far, as they are to be signalled.
    public var localCandidates: [ICECandidate] {
        candidates.filter { $0.kind != .peerReflexive }.map(\.signalled)
    }
    public var isGatheringComplete: Bool { gatheringReported }
    /// Whether the peer said that no more candidates come.
    public var areRemoteCandidatesComplete: Bool { session.remoteCandidatesComplete }
    /// The nominated pair; nil before there is one and after consent to use it expired.
    public var selectedPair: SelectedPair? { selected?.addresses }

    /// The time from a request to its response on the selected pair, the median of the last three; nil without a pair, or
    /// before the first measurement.
    public var roundTrip: Duration? { selected?.roundTrip.median }
    /// Whether nothing more is sent and nothing heeded. A restart that waits for its answer has a life of its own, even
    /// when the old pair has died meanwhile: it goes on gathering.
    var isOver: Bool {
        switch state {
        case .closed: true
        case .failed: session.remote != nil
        case .new, .checking, .connected, .disconnected: false
        }
    }

    /// Whether DTLS, SRTP and SRTCP from this address may be looked at: a check in either direction, authenticated with
    /// the credentials of this or the still used previous ICE session, has succeeded (facts: CVE-2023-51443).
    public func isValidated(remote: SocketAddress) -> Bool {
        validated.contains(remote)
    }

    // MARK: - Signalling

    /// The peer's credentials, and whether its description said `a=ice-lite`. Starts the checks.
    ///
    /// The same credentials again change nothing. Others mean that the peer restarted ICE; call `restart` first.
    public mutating func setRemoteCredentials(_ credentials: ICECredentials, isLite: Bool = false, at now: Instant) {
        guard state != .closed else { return }
        if isLite != remoteIsLite {
            remoteIsLite = isLite
            if isLite, role == .controlled { switchRole(at: now) }
        }
        guard session.remote != credentials else { return }
        if session.remote != nil { beginSession(session.local) }
        session.remote = credentials
        session.patienceEndsAt = now + ICETiming.patience
        switch state {
        case .new, .disconnected, .failed: setState(.checking)
        case .checking, .connected, .closed: break
        }
        takeHeldCandidates(at: now)
        advance(at: now)
    }

    /// Begins a new ICE session (RFC 8445 §9). The selected pair stays in use until the new session has one.
    ///
    /// Signal the new credentials and all `localCandidates` (again); `gatheringComplete` is reported again, too.
    public mutating func restart(_ localCredentials: ICECredentials, at now: Instant) {
        guard state != .closed else { return }
        beginSession(localCredentials)
        heldCandidates.removeAll()
        if selected == nil { setState(.new) }
        gatherAgain(at: now)
        advance(at: now)
    }

    /// Ends everything. Later calls change nothing.
    public mutating func close(at now: Instant) {
        guard state != .closed else { return }
        stop()
        validated.removeAll()
        closeRelays(at: now)
        setState(.closed)
    }

    // MARK: - Datagrams

    /// Takes a datagram whose first byte says STUN (RFC 7983).
    /// - Parameters:
    ///   - remote: its source address.
    ///   - local: the socket it came in on, as given to `addLocalSocket`, or the relayed address that `unwrap` named.
    public mutating func handle(
        _ datagram: Span<UInt8>, from remote: SocketAddress, on local: SocketAddress, at now: Instant
    ) {
        guard relays.isEmpty else {
            var bytes = takeScratch()
            bytes.append(contentsOf: datagram)
            if let route = unwrap(&bytes, from: remote, on: local, at: now) {
                handlePlain(bytes.span, on: route, at: now)
            }
            returnScratch(&bytes)
            return
        }
        handlePlain(datagram, on: Transmit(local: local, remote: remote), at: now)
    }

    private mutating func handlePlain(_ datagram: Span<UInt8>, on route: Transmit, at now: Instant) {
        guard !isOver, hasBase(route.local) else {
            statistics.unexpectedDatagrams += 1
            return
        }
        guard let message = try? STUNMessage(parsing: datagram), message.method == STUNMessage.binding else {
            statistics.malformedDatagrams += 1
            return
        }
        switch message.messageClass {
        case .request: handleRequest(message, datagram, on: route, at: now)
        case .success, .error: handleResponse(message, datagram, on: route, at: now)
        case .indication: statistics.indicationsReceived += 1  // A keepalive: nothing to do (RFC 8445 §11).
        }
        advance(at: now)
    }

    /// Hands out the next datagram to send; the bytes are swapped into `datagram`.
    public mutating func pollTransmit(into datagram: inout [UInt8]) -> Transmit? {
        transmits.pop(swapping: &datagram)
    }

    public mutating func pollEvent() -> Event? {
        events.popFirst()
    }

    // MARK: - For the other files

    mutating func emit(_ event: Event) {
        if events.appendDroppingOldest(event) != nil { statistics.droppedEvents += 1 }
    }

    mutating func transmit(_ message: STUNMessage, password: String?, on route: Transmit) {
        var bytes = takeScratch()
        message.write(into: &bytes, password: password)
        queueWrapped(&bytes, on: route)
    }

    mutating func transmit(_ datagram: [UInt8], on route: Transmit) {
        var bytes = takeScratch()
        bytes.append(contentsOf: datagram)
        queueWrapped(&bytes, on: route)
    }

    private mutating func queueWrapped(_ bytes: inout [UInt8], on route: Transmit) {
        if let route = wrap(&bytes, from: route.local, to: route.remote) { queue(&bytes, on: route) }
        returnScratch(&bytes)
    }

    /// Queues what can be sent as it is.
    mutating func queue(_ bytes: inout [UInt8], on route: Transmit) {
        if !transmits.push(swapping: &bytes, tag: route) { statistics.droppedTransmits += 1 }
    }

    /// An empty buffer that has been used before; give it back, so that nothing is allocated in steady state.
    mutating func takeScratch() -> [UInt8] {
        var bytes: [UInt8] = []
        swap(&bytes, &scratch)
        bytes.removeAll(keepingCapacity: true)
        return bytes
    }

    mutating func returnScratch(_ bytes: inout [UInt8]) {
        swap(&bytes, &scratch)
    }

    /// The address that is sent from: a socket's or a relayed one.
    func base(at address: SocketAddress) -> LocalBase? {
        if let relay = relays.first(where: { $0.base?.address == address }) { return relay.base }
        guard policy == .all else { return nil }
        return sockets.first { $0.address == address }.map(LocalBase.init)
    }

    func hasBase(_ address: SocketAddress) -> Bool {
        policy == .all && sockets.contains { $0.address == address }
            || relays.contains { $0.base?.address == address }
    }

    /// Sockets first: their pairs are better.
    var bases: [LocalBase] {
        (policy == .all ? sockets.map(LocalBase.init) : []) + relays.compactMap(\.base)
    }

    mutating func setState(_ new: ICEConnectionState) {
        guard new != state else { return }
        precondition(state != .closed, "a closed ICE agent stays closed")
        precondition(new != .disconnected || state == .connected, "disconnected comes only after connected")
        state = new
        emit(.stateChanged(new))
    }

    private mutating func beginSession(_ localCredentials: ICECredentials) {
        session = CheckSession(generation: session.generation + 1, local: localCredentials)
        transactions.removeAll()
        candidates.removeAll { $0.kind == .peerReflexive }
    }

    /// Forgets everything that is under way.
    mutating func stop() {
        session.triggered.removeAll()
        session.patienceEndsAt = nil
        transactions.removeAll()
        if selected != nil {
            selected = nil
            emit(.selectedPair(nil))
        }
    }
}

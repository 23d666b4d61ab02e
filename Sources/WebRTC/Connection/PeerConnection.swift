public import Base
import DTLS
public import ICE
import RTP
public import SDP
import SRTP

/// One WebRTC peer connection without any I/O: a bundle of audio and video over ICE, DTLS-SRTP and RTP.
///
/// Descriptions, candidates, datagrams, encoded media and time go in; descriptions, datagrams, encoded media and events
/// come out. After every mutation drain `pollTransmit`, `pollEvent`, `pollAudio` and `pollVideo`, and call
/// `handleTimeout` no later than `nextDeadline`. In steady state no call allocates.
///
/// How it is laid out: this file is the signalling side; `+Datagrams` takes and gives datagrams; `+Transport` follows ICE
/// and DTLS; `+Media` follows the negotiation; `+Sending`, `+Receiving` and `+Reports` are the media; `+Timers` knows what
/// is due.
public struct PeerConnection: ~Copyable {
    public private(set) var state = State.new
    let configuration: Configuration
    let clock: NTPClock

    var negotiator: Negotiator
    var ice: ICEAgent?
    var dtls: Endpoint?
    /// Theirs, as of the last time anything happened to them: asking is not free, and an optional handle cannot be looked
    /// into without changing it.
    var iceDeadline: Instant?
    var dtlsDeadline: Instant?
    var dtlsRole: Endpoint.Role?
    /// Handshake datagrams that came before the description that says what to make of them.
    var earlyHandshake = DatagramQueue<Void>(capacity: 4)
    /// DTLS has failed: no restart of ICE can mend that.
    var hasSecurityEnded = false
    /// ICE's selected pair.
    var path: Transmit?
    /// Whether media could leave when that was looked at last.
    var hasFlowed = false
    var profile: SRTPProtectionProfile?
    var outbound: SRTPContext?
    var inbound: SRTPContext?
    var random: SeededRandom

    var demultiplexer = Demultiplexer()
    var transport: PacedTransport
    var audioSenders: [SenderEntry<AudioSender>] = []
    var videoSenders: [SenderEntry<VideoSender>] = []
    var audioReceivers: [ReceiverEntry<AudioReceiver>] = []
    var videoReceivers: [ReceiverEntry<VideoReceiver>] = []
    /// The transceiver whose stream is received once more, by that which receives the copy.
    var copies: [TransceiverID: TransceiverID] = [:]
    /// Transceivers that received audio before and may do so again.
    var formerReceivers: Set<TransceiverID> = []
    /// Whose turn it is to be polled.
    var nextAudio = 0
    var nextVideo = 0
    /// Made with the first negotiated section, whose SSRC they speak as.
    var feedback: Feedback?
    var pulse = PathPulse()

    var counters = PeerConnectionCounters()
    /// Plaintext on its way to SRTP.
    var plain = DatagramQueue<MediaDatagram>(capacity: 2048)
    var scratch: [UInt8] = []
    /// What came over a connection to a TURN server.
    var streamed: [UInt8] = []
    private(set) var events = BoundedQueue<Event>(capacity: 1024)
    private var networkEvents = BoundedQueue<NetworkEvent>(capacity: 64)
    private var sockets: [SocketAddress] = []
    private var hasAllSockets = false
    /// Trickled before there was a description to take them to; nil is the end of candidates.
    private var earlyCandidates = BoundedQueue<String?>(capacity: 64)

    public init(_ configuration: Configuration, at now: Instant) {
        self.configuration = configuration
        var random = SeededRandom(seed: configuration.seed)
        clock = NTPClock(configuration.wallTime, at: configuration.wallTimeAt)
        negotiator = Negotiator(
            Negotiator.Configuration(
                fingerprint: configuration.certificate.fingerprint, cname: configuration.cname,
                iceEntropy: configuration.iceEntropy, codecs: configuration.codecs),
            random: SeededRandom(seed: random.next()))
        transport = PacedTransport(
            CongestionController.Configuration(
                startBitrate: configuration.startBitrate, minimumBitrate: configuration.minimumBitrate,
                maximumBitrate: configuration.maximumBitrate, canProbe: false,
                firstTransportNumber: UInt16.random(in: 0..<0x8000, using: &random)),
            clock: clock, at: now)
        self.random = random
    }

    // MARK: - Signalling

    public var signalingState: SignalingState { negotiator.signalingState }
    public var transceivers: [Transceiver] { negotiator.transceivers }
    /// What the last completed negotiation agreed on, section by section.
    public var negotiatedMedia: [NegotiatedMedia] { negotiator.media }

    /// Adds a transceiver, for the next offer or for a fitting section of the next remote offer.
    public mutating func addTransceiver(_ kind: MediaKind, direction: MediaDirection) -> TransceiverID {
        negotiator.addTransceiver(kind, direction: direction)
    }

    public mutating func setDirection(
        _ direction: MediaDirection, of id: TransceiverID
    ) throws(PeerConnectionError) {
        try negotiate { (negotiator) throws(NegotiationError) in try negotiator.setDirection(direction, of: id) }
    }

    public mutating func createOffer(restartICE: Bool = false, at now: Instant) throws(PeerConnectionError)
        -> SessionDescription
    {
        try negotiate { (negotiator) throws(NegotiationError) in
            try negotiator.createOffer(restartICE: restartICE)
        }
    }

    public mutating func createAnswer(at now: Instant) throws(PeerConnectionError) -> SessionDescription {
        try negotiate { (negotiator) throws(NegotiationError) in try negotiator.createAnswer() }
    }

    public mutating func setLocalDescription(
        _ description: SessionDescription, at now: Instant
    ) throws(PeerConnectionError) {
        try negotiate { (negotiator) throws(NegotiationError) in try negotiator.setLocalDescription(description) }
        followNegotiation(at: now)
    }

    public mutating func setRemoteDescription(
        _ description: SessionDescription, at now: Instant
    ) throws(PeerConnectionError) {
        try negotiate { (negotiator) throws(NegotiationError) in try negotiator.setRemoteDescription(description) }
        followNegotiation(at: now)
    }

    /// The local description with the candidates gathered so far, for peers that do not trickle.
    public var localDescription: SessionDescription? {
        negotiator.localDescription(
            candidates: ice?.localCandidates.map(\.description) ?? [], complete: ice?.isGatheringComplete ?? false)
    }

    private mutating func negotiate<Result>(
        _ body: (inout Negotiator) throws(NegotiationError) -> Result
    ) throws(PeerConnectionError) -> Result {
        guard state != .closed else { throw .closed }
        do {
            return try body(&negotiator)
        } catch {
            throw .negotiation(error)
        }
    }

    /// Brings transport and media in line with what was negotiated.
    private mutating func followNegotiation(at now: Instant) {
        guard let parameters = negotiator.transport else { return }
        if ice == nil {
            var agent = ICEAgent(
                role: parameters.iceRole, credentials: parameters.local,
                stunServers: configuration.stunServers, policy: configuration.candidatePolicy,
                random: SeededRandom(seed: random.next()), at: now)
            for server in configuration.turnServers { agent.addTURNServer(server, at: now) }
            for socket in sockets { agent.addLocalSocket(socket, at: now) }
            if hasAllSockets { agent.endOfLocalSockets(at: now) }
            ice = agent
        } else if ice?.localCredentials != parameters.local {
            // A restart, or the way back from one that was rolled back. The peer wants our candidates again (RFC 8838
            // §13); the agent only reports new ones.
            ice?.restart(parameters.local, at: now)
            for candidate in ice?.localCandidates ?? [] { emit(.localCandidate(candidate.description)) }
        }
        if let remote = parameters.remote {
            // Where checks begin with the credentials, the candidates go first, so that the best pair is checked first.
            let begins = ice?.remoteCredentials == nil
            if !begins { ice?.setRemoteCredentials(remote.credentials, isLite: remote.isLite, at: now) }
            for line in remote.candidates { addRemoteCandidate(line, at: now) }
            if begins { ice?.setRemoteCredentials(remote.credentials, isLite: remote.isLite, at: now) }
            if remote.hasEndOfCandidates { ice?.endOfRemoteCandidates(at: now) }
            while let early = earlyCandidates.popFirst() { addRemoteCandidate(early, at: now) }
            if dtls == nil, let role = parameters.dtlsRole, negotiator.signalingState == .stable {
                startDTLS(role, remote.fingerprints, at: now)
            }
        }
        if negotiator.signalingState == .stable { configureMedia(at: now) }
        if negotiator.isRefused, state != .failed { emit(.failure("no section of the description was accepted")) }
        follow(at: now)
    }

    // MARK: - ICE

    /// A UDP socket that the shell opened: a host candidate, and through the STUN servers a server-reflexive one.
    public mutating func addLocalSocket(_ local: SocketAddress, at now: Instant) {
        sockets.append(local)
        ice?.addLocalSocket(local, at: now)
        follow(at: now)
    }

    /// A socket's address has left the machine, or the shell has closed the socket.
    public mutating func removeLocalSocket(_ local: SocketAddress, at now: Instant) {
        sockets.removeAll { $0 == local }
        ice?.removeLocalSocket(local, at: now)
        follow(at: now)
    }

    /// No more sockets come.
    public mutating func endOfLocalSockets(at now: Instant) {
        hasAllSockets = true
        ice?.endOfLocalSockets(at: now)
        follow(at: now)
    }

    /// A trickled `candidate:…` line; nil means that no more come. What is not a candidate is counted and ignored.
    public mutating func addRemoteCandidate(_ line: String?, at now: Instant) {
        guard ice != nil else {
            earlyCandidates.appendRejectingNewest(line)
            return
        }
        guard let line, !line.isEmpty else {
            ice?.endOfRemoteCandidates(at: now)
            follow(at: now)
            return
        }
        do {
            ice?.addRemoteCandidate(try ICECandidate(line), at: now)
        } catch {
            counters.malformedCandidates += 1
        }
        follow(at: now)
    }

    /// What `NetworkEvent.resolveName` asked for; no addresses: it could not be resolved.
    public mutating func nameResolved(_ name: String, to addresses: [IPAddress], at now: Instant) {
        ice?.nameResolved(name, to: addresses, at: now)
        follow(at: now)
    }

    public var selectedPair: ICEAgent.SelectedPair? { ice?.selectedPair }

    // MARK: - The end

    /// Says goodbye (RTCP BYE, close_notify); drain `pollTransmit` once more, then the connection is over.
    public mutating func close(at now: Instant) {
        guard state != .closed else { return }
        sendGoodbye(at: now)
        dtls?.close(at: now)
        ice?.close(at: now)
        setState(.closed)
    }

    // MARK: - Events

    public mutating func pollEvent() -> Event? {
        events.popFirst()
    }

    /// For the shell's network side; others have no use for it.
    public mutating func pollNetworkEvent() -> NetworkEvent? {
        networkEvents.popFirst()
    }

    mutating func emit(_ event: NetworkEvent) {
        if networkEvents.appendDroppingOldest(event) != nil { counters.droppedEvents += 1 }
    }

    mutating func emit(_ event: Event) {
        if events.appendDroppingOldest(event) != nil { counters.droppedEvents += 1 }
    }

    mutating func setState(_ new: State) {
        guard state != new, state != .closed else { return }
        state = new
        emit(.stateChanged(new))
    }
}

import Base
import ICE
import Testing

/// Agents, STUN servers and signalling over a `VirtualNetwork`, run on virtual time.
final class Simulation {
    /// One agent with what happened to it.
    final class Peer {
        var agent: ICEAgent
        let sockets: [SocketAddress]
        var states: [ICEConnectionState] = []
        var selections: [ICEAgent.SelectedPair?] = []
        var ignored: [ICEAgent.IgnoredReason] = []
        /// Asked to be resolved.
        var names: [String] = []
        var relayFailures: [TURNFailure] = []
        var relaysReady = 0
        /// STUN servers that answered, and those that did not.
        var answers: [(server: SocketAddress, came: Bool)] = []
        /// Media that came, and between which addresses.
        var media: [(bytes: [UInt8], route: ICEAgent.Transmit)] = []
        var candidates: [ICECandidate] = []
        var gatheringCompletions = 0
        var roleChanges = 0
        var connectedAt: Instant?
        /// Sees each event as it happens; trickling hangs here.
        var onEvent: ((ICEAgent.Event, Instant) -> Void)?
        /// Sees each datagram that leaves.
        var onTransmit: ((STUNMessage, ICEAgent.Transmit, Instant) -> Void)?

        init(_ agent: ICEAgent, sockets: [SocketAddress]) {
            self.agent = agent
            self.sockets = sockets
        }
    }

    let seed: UInt64
    var network: VirtualNetwork
    var now = Instant.zero
    var random: SeededRandom
    var peers: [Peer] = []
    var stunServers: [SocketAddress] = []
    var turnServers: [VirtualTURNServer] = []
    /// Answers for addresses that are no agent's: a lite agent, a scripted peer.
    var scripts: [SocketAddress: (STUNMessage, [UInt8], SocketAddress, Instant) -> [UInt8]?] = [:]
    private var signals: [(at: Instant, order: Int, action: () -> Void)] = []
    private var signalCount = 0

    init(seed: UInt64, path: VirtualNetwork.Path = .init()) {
        self.seed = seed
        network = VirtualNetwork(seed: seed)
        network.path = path
        random = SeededRandom(seed: seed ^ 0xABCD)
    }

    func credentials() -> ICECredentials {
        ICECredentials(entropy: random.bytes(ICECredentials.entropySize))
    }

    func addStunServer(_ text: String) {
        let address = Self.address(text)
        stunServers.append(address)
        network.addHost(address.ip)
    }

    /// A TURN server; peers are told of it by `addPeer(…, relayedBy:)`.
    func addTURNServer(_ text: String, relayIP: String) -> VirtualTURNServer {
        let server = VirtualTURNServer(Self.address(text), relayIP: IPAddress(relayIP))
        turnServers.append(server)
        network.addHost(server.address.ip)
        network.addHost(server.relayIP)
        return server
    }

    func addPeer(
        _ role: ICERole, _ sockets: [String], behind nat: Int? = nil, relayedBy servers: [VirtualTURNServer] = [],
        policy: ICECandidatePolicy = .all
    ) -> Peer {
        let sockets = sockets.map(Self.address)
        for socket in sockets { network.addHost(socket.ip, behind: nat) }
        var agent = ICEAgent(
            role: role, credentials: credentials(), stunServers: stunServers, policy: policy,
            random: SeededRandom(seed: random.next()), at: now)
        for server in servers { agent.addTURNServer(server.configuration, at: now) }
        let peer = Peer(agent, sockets: sockets)
        peers.append(peer)
        return peer
    }

    static func address(_ text: String) -> SocketAddress {
        guard let address = SocketAddress(text) else { fatalError("no address: \(text)") }
        return address
    }

    /// Signalling takes a little time, and nothing keeps it in order.
    func signal(within milliseconds: Int64, _ action: @escaping () -> Void) {
        signalCount += 1
        let delay = Duration.microseconds(Int64.random(in: 0...max(1, milliseconds) * 1000, using: &random))
        signals.append((now + delay, signalCount, action))
    }

    /// Both open their sockets now and trickle everything to each other with random delays, so in any order.
    func connect(_ first: Peer, _ second: Peer, signalling milliseconds: Int64 = 100) {
        for (peer, other) in [(first, second), (second, first)] {
            trickle(from: peer, to: other, within: milliseconds)
            open(peer)
        }
    }

    func open(_ peer: Peer) {
        for socket in peer.sockets { peer.agent.addLocalSocket(socket, at: now) }
        peer.agent.endOfLocalSockets(at: now)
    }

    func trickle(from peer: Peer, to other: Peer, within milliseconds: Int64) {
        signalCredentials(of: peer, to: other, within: milliseconds)
        peer.onEvent = { [unowned self] event, _ in
            switch event {
            case .localCandidate(let candidate):
                let text = candidate.description
                signal(within: milliseconds) { [unowned self] in
                    guard let candidate = try? ICECandidate(text) else {
                        Issue.record("our own candidate does not parse: \(text)")
                        return
                    }
                    other.agent.addRemoteCandidate(candidate, at: now)
                }
            case .gatheringComplete:
                signal(within: milliseconds) { [unowned self] in other.agent.endOfRemoteCandidates(at: now) }
            case .stateChanged, .selectedPair, .roleChanged, .remoteCandidateIgnored, .relayReady, .relayFailed,
                .stunServerAnswered, .stunServerSilent, .openStream, .closeStream, .resolveName:
                break
            }
        }
    }

    func signalCredentials(of peer: Peer, to other: Peer, within milliseconds: Int64) {
        let credentials = peer.agent.localCredentials
        signal(within: milliseconds) { [unowned self] in other.agent.setRemoteCredentials(credentials, at: now) }
    }

    /// - Returns: whether `condition` came true within `duration`.
    @discardableResult
    func run(for duration: Duration, until condition: () -> Bool = { false }) -> Bool {
        let end = now + duration
        var stuck = 0
        while true {
            drain()
            if condition() { return true }
            let next =
                [network.nextArrival, signals.map(\.at).min()].compactMap(\.self)
                + peers.compactMap(\.agent.nextDeadline)
            guard let next = next.min(), next <= end else {
                now = end
                return false
            }
            stuck = next > now ? 0 : stuck + 1
            guard stuck < 2000 else {
                Issue.record("time stands still at \(now.nanoseconds), seed \(seed)")
                return false
            }
            now = max(now, next)
            while let index = signals.indices.filter({ signals[$0].at <= now }).min(by: {
                signals[$0].order < signals[$1].order
            }) {
                signals.remove(at: index).action()
            }
            while let datagram = network.receive(at: now) { deliver(datagram) }
            for peer in peers {
                if let deadline = peer.agent.nextDeadline, deadline <= now { peer.agent.handleTimeout(at: now) }
            }
        }
    }

    private func deliver(_ datagram: VirtualNetwork.Datagram) {
        if let peer = peers.first(where: { $0.sockets.contains(datagram.destination) }) {
            deliver(datagram, to: peer)
            return
        }
        if relay(datagram) { return }
        guard let message = try? STUNMessage(parsing: datagram.bytes.span) else { return }
        var answer: [UInt8]?
        if stunServers.contains(datagram.destination), message.messageClass == .request {
            var response = STUNMessage(.success, transactionID: message.transactionID)
            response.xorMappedAddress = datagram.source
            var bytes: [UInt8] = []
            response.write(into: &bytes, password: nil, fingerprint: false)
            answer = bytes
        } else if let script = scripts[datagram.destination] {
            answer = script(message, datagram.bytes, datagram.source, now)
        }
        if let answer { network.send(answer, from: datagram.destination, to: datagram.source, at: now) }
    }

    /// As the owner of an agent does it: unwraps first, then looks what it is.
    private func deliver(_ datagram: VirtualNetwork.Datagram, to peer: Peer) {
        var bytes = datagram.bytes
        guard
            let route = peer.agent.unwrap(&bytes, from: datagram.source, on: datagram.destination, at: now)
        else { return }
        if let first = bytes.first, first >= 128 {
            peer.media.append((bytes, route))
        } else {
            peer.agent.handle(bytes.span, from: route.remote, on: route.local, at: now)
        }
    }

    /// - Returns: whether it was for a TURN server.
    private func relay(_ datagram: VirtualNetwork.Datagram) -> Bool {
        var answers: [VirtualTURNServer.Datagram] = []
        if let server = turnServers.first(where: { $0.address == datagram.destination }) {
            answers = server.receive(datagram.bytes, from: datagram.source, at: now)
        } else if let server = turnServers.first(where: { $0.relayIP == datagram.destination.ip }) {
            answers = server.receive(
                datagram.bytes, from: datagram.source, onRelayed: datagram.destination, at: now)
        } else {
            return false
        }
        for answer in answers { network.send(answer.bytes, from: answer.source, to: answer.destination, at: now) }
        return true
    }

    /// Sends one packet of media over the selected pair. Returns whether there was a way.
    @discardableResult
    func sendMedia(_ peer: Peer, _ number: UInt8) -> Bool {
        guard let pair = peer.agent.selectedPair else { return false }
        var bytes: [UInt8] = [0x80, number]
        guard let route = peer.agent.wrap(&bytes, from: pair.local, to: pair.remote) else { return false }
        network.send(bytes, from: route.local, to: route.remote, at: now)
        return true
    }

    func drain() {
        for peer in peers {
            while let event = peer.agent.pollEvent() {
                switch event {
                case .stateChanged(let state):
                    peer.states.append(state)
                    if state == .connected, peer.connectedAt == nil { peer.connectedAt = now }
                case .selectedPair(let pair): peer.selections.append(pair)
                case .localCandidate(let candidate): peer.candidates.append(candidate)
                case .gatheringComplete: peer.gatheringCompletions += 1
                case .roleChanged: peer.roleChanges += 1
                case .remoteCandidateIgnored(_, let reason): peer.ignored.append(reason)
                case .relayFailed(_, let failure): peer.relayFailures.append(failure)
                case .resolveName(let name): peer.names.append(name)
                case .relayReady: peer.relaysReady += 1
                case .stunServerAnswered(let server): peer.answers.append((server, true))
                case .stunServerSilent(let server): peer.answers.append((server, false))
                case .openStream, .closeStream: break
                }
                peer.onEvent?(event, now)
            }
            var bytes: [UInt8] = []
            while let transmit = peer.agent.pollTransmit(into: &bytes) {
                if let message = try? STUNMessage(parsing: bytes.span) { peer.onTransmit?(message, transmit, now) }
                network.send(bytes, from: transmit.local, to: transmit.remote, at: now)
            }
        }
    }

    /// Both are connected and send to each other.
    func expectConnected(_ first: Peer, _ second: Peer, sourceLocation: SourceLocation = #_sourceLocation) {
        for peer in [first, second] {
            #expect(peer.agent.state == .connected, "seed \(seed)", sourceLocation: sourceLocation)
            let pair = peer.agent.selectedPair
            #expect(pair != nil, "seed \(seed)", sourceLocation: sourceLocation)
            if let pair {
                #expect(peer.agent.isValidated(remote: pair.remote), "seed \(seed)", sourceLocation: sourceLocation)
            }
            #expect(peer.agent.statistics.malformedDatagrams == 0, sourceLocation: sourceLocation)
        }
        #expect(first.agent.role != second.agent.role, "seed \(seed)", sourceLocation: sourceLocation)
    }
}

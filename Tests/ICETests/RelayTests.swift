import Base
import Testing

@testable import ICE

/// Agents with TURN servers.
@Suite struct RelayTests {
    /// Both behind NATs that no hole can be punched through.
    private struct Scene {
        let simulation: Simulation
        let near: VirtualTURNServer
        let far: VirtualTURNServer
        let offerer: Simulation.Peer
        let answerer: Simulation.Peer

        init(seed: UInt64, path: VirtualNetwork.Path = .init(), relaysBoth: Bool = true) {
            simulation = Simulation(seed: seed, path: path)
            near = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
            far = simulation.addTURNServer("198.51.100.2:3478", relayIP: "198.51.100.8")
            let home = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7101), isSymmetric: true))
            let office = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7102), isSymmetric: true))
            offerer = simulation.addPeer(.controlling, ["10.0.0.1:5000"], behind: home, relayedBy: [near])
            answerer = simulation.addPeer(
                .controlled, ["10.1.0.1:6000"], behind: office, relayedBy: relaysBoth ? [far] : [])
        }

        func connect(within limit: Duration = .seconds(30)) {
            simulation.connect(offerer, answerer)
            simulation.run(for: limit) {
                offerer.agent.state == .connected && answerer.agent.state == .connected
            }
            simulation.expectConnected(offerer, answerer)
        }

        /// Packets each way for a while. Returns how many came.
        func exchangeMedia(for duration: Duration, every gap: Duration = .seconds(1)) -> (sent: Int, came: Int) {
            let before = offerer.media.count + answerer.media.count
            var sent = 0
            var left = duration
            while left > .zero {
                for peer in [offerer, answerer] where simulation.sendMedia(peer, 1) { sent += 1 }
                simulation.run(for: gap)
                left -= gap
            }
            return (sent, offerer.media.count + answerer.media.count - before)
        }

        func expectNoViolations(sourceLocation: SourceLocation = #_sourceLocation) {
            for server in [near, far] {
                #expect(server.violations == [], "seed \(simulation.seed)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test func theRelayedCandidateNamesTheMappedAddressAndIsTheLeast() throws {
        let simulation = Simulation(seed: 1)
        let server = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
        let nat = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7101)))
        let peer = simulation.addPeer(.controlling, ["10.0.0.1:5000"], behind: nat, relayedBy: [server])
        simulation.open(peer)
        simulation.run(for: .seconds(2))
        #expect(peer.candidates.map(\.kind) == [.host, .serverReflexive, .relayed], "the server is a STUN server, too")
        let relayed = try #require(peer.candidates.last)
        #expect(relayed.description.hasSuffix("198.51.100.7 49152 typ relay raddr 203.0.113.1 rport 40000"))
        #expect(relayed.priority == 65535 << 8 | 255)
        #expect(peer.gatheringCompletions == 1 && peer.agent.localCandidates == peer.candidates)
        let read = try ICECandidate(relayed.description)
        #expect(read == relayed && read.kind == .relayed && read.relatedPort == 40000)
    }

    @Test func connectsThroughRelaysWhereNothingElseDoes() {
        for seed in 0..<20 as Range<UInt64> {
            let scene = Scene(seed: seed, path: .init(loss: 0.1, duplication: 0.05, delay: 5...40))
            scene.near.isStrictAboutPermissions = false
            scene.far.isStrictAboutPermissions = false
            scene.connect()
            let pair = scene.offerer.agent.selectedPair
            #expect(pair?.localKind == .relayed || pair?.remoteKind == .relayed, "seed \(seed)")
            scene.simulation.network.path = .init()
            let media = scene.exchangeMedia(for: .seconds(10))
            #expect(media.sent == 20 && media.came >= 19, "seed \(seed): \(media)")
            scene.expectNoViolations()
        }
    }

    @Test func aDirectWayIsPreferredToARelay() {
        for seed in 0..<10 as Range<UInt64> {
            let simulation = Simulation(seed: seed)
            let server = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
            let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"], relayedBy: [server])
            let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"], relayedBy: [server])
            simulation.connect(offerer, answerer)
            simulation.run(for: .seconds(5))
            simulation.expectConnected(offerer, answerer)
            #expect(offerer.agent.selectedPair?.localKind == .host, "seed \(seed)")
            #expect(offerer.agent.selectedPair?.remoteKind == .host, "seed \(seed)")
        }
    }

    @Test func mediaGoesOverAChannelForHours() {
        let scene = Scene(seed: 2)
        scene.connect()
        // Until the last check has been given up.
        scene.simulation.run(for: .seconds(60))
        let indications = scene.near.sendIndications + scene.far.sendIndications
        let media = scene.exchangeMedia(for: .seconds(2 * 3600), every: .seconds(20))
        #expect(media.sent == 720 && media.came >= 719)
        #expect(scene.near.sendIndications + scene.far.sendIndications == indications, "all goes over channels")
        #expect(scene.offerer.states == [.checking, .connected] && scene.answerer.states == [.checking, .connected])
        scene.expectNoViolations()
    }

    @Test func onlyRelayedCandidatesAreUsedWhenThatIsTheRule() {
        let simulation = Simulation(seed: 3)
        let server = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
        let offerer = simulation.addPeer(
            .controlling, ["192.0.2.1:5000"], relayedBy: [server], policy: .relayed)
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        var direct = 0
        offerer.onTransmit = { _, route, _ in if route.remote != server.address { direct += 1 } }
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(5))
        simulation.expectConnected(offerer, answerer)
        #expect(offerer.candidates.map(\.kind) == [.relayed] && direct == 0)
        #expect(offerer.agent.selectedPair?.localKind == .relayed)
        #expect(answerer.agent.selectedPair?.remote.ip == server.relayIP)
        // A check that comes to the socket itself is not answered.
        let check = ScriptedPeer(simulation.credentials()).check(offerer.agent.localCredentials, id: 1)
        offerer.agent.handle(
            check.span, from: answerer.sockets[0], on: offerer.sockets[0], at: simulation.now)
        #expect(offerer.agent.statistics.unexpectedDatagrams == 1)
    }

    /// Facts, ICE bug 5: also when both sides are relayed on the same server.
    @Test func pairsOfTwoRelayedCandidatesAreKept() {
        for sameServer in [true, false] {
            let simulation = Simulation(seed: 4)
            let near = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
            let far = simulation.addTURNServer("198.51.100.2:3478", relayIP: "198.51.100.8")
            let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"], relayedBy: [near], policy: .relayed)
            let answerer = simulation.addPeer(
                .controlled, ["192.0.2.2:6000"], relayedBy: [sameServer ? near : far], policy: .relayed)
            simulation.connect(offerer, answerer)
            simulation.run(for: .seconds(5))
            simulation.expectConnected(offerer, answerer)
            for peer in [offerer, answerer] {
                #expect(peer.agent.selectedPair?.localKind == .relayed)
                #expect(peer.agent.selectedPair?.remoteKind == .relayed)
            }
            simulation.run(for: .seconds(3600))
            simulation.expectConnected(offerer, answerer)
            #expect(near.violations == [] && far.violations == [])
        }
    }

    @Test func aPeerThatTheServerMayNotReachCostsNothingButItsPairs() {
        let simulation = Simulation(seed: 5)
        let server = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
        server.forbidden = [.v4(0x0A01_0001)]
        let home = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7101), isSymmetric: true))
        let offerer = simulation.addPeer(.controlling, ["10.0.0.1:5000"], behind: home, relayedBy: [server])
        let answerer = simulation.addPeer(.controlled, ["10.1.0.1:6000", "192.0.2.2:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(5))
        simulation.expectConnected(offerer, answerer)
        #expect(offerer.agent.statistics.refusedPermissions == 1 && server.violations == [])
    }

    @Test(arguments: [401, 403, 437, 486, 508, 442])
    func aServerThatRefusesIsReportedAndGatheringEnds(code: Int) {
        let simulation = Simulation(seed: 6)
        let server = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
        server.refusals[STUNMessage.allocate] = code
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000"], relayedBy: [server])
        simulation.open(peer)
        simulation.run(for: .seconds(2))
        #expect(peer.relayFailures.count == 1 && peer.gatheringCompletions == 1)
        #expect(peer.candidates.map(\.kind) == [.host])
    }

    @Test func aRestartAsksFailedServersAgainAndKeepsAllocations() {
        let simulation = Simulation(seed: 7)
        let good = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
        let bad = simulation.addTURNServer("198.51.100.2:3478", relayIP: "198.51.100.8")
        bad.refusals[STUNMessage.allocate] = 500
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000"], relayedBy: [good, bad])
        simulation.open(peer)
        simulation.run(for: .seconds(2))
        #expect(peer.candidates.map(\.kind) == [.host, .relayed])
        bad.refusals = [:]
        peer.agent.restart(simulation.credentials(), at: simulation.now)
        simulation.run(for: .seconds(2))
        #expect(peer.agent.localCandidates.map(\.kind) == [.host, .relayed, .relayed])
        #expect(good.requests.filter { $0 == STUNMessage.allocate }.count == 2, "the allocation lives on")
        #expect(peer.gatheringCompletions == 2)
    }

    @Test func mediaGoesOnOverTheRelayDuringARestart() {
        let scene = Scene(seed: 8)
        scene.connect()
        scene.simulation.run(for: .seconds(10))
        let old = scene.offerer.agent.selected?.generation
        scene.offerer.agent.restart(scene.simulation.credentials(), at: scene.simulation.now)
        // The answer takes longer than a permission lives.
        let media = scene.exchangeMedia(for: .seconds(700), every: .seconds(10))
        #expect(media.sent == 140 && media.came >= 139)
        #expect(scene.offerer.agent.selected?.generation == old)
        scene.answerer.agent.restart(scene.simulation.credentials(), at: scene.simulation.now)
        for (peer, other) in [(scene.offerer, scene.answerer), (scene.answerer, scene.offerer)] {
            scene.simulation.signalCredentials(of: peer, to: other, within: 10)
            for candidate in peer.agent.localCandidates {
                other.agent.addRemoteCandidate(candidate, at: scene.simulation.now)
            }
        }
        let after = scene.exchangeMedia(for: .seconds(20), every: .milliseconds(100))
        #expect(after.came >= after.sent - 2, "not a packet is lost in the change: \(after)")
        scene.simulation.expectConnected(scene.offerer, scene.answerer)
        #expect(scene.offerer.agent.selected?.generation == 1)
        scene.expectNoViolations()
    }

    @Test func aRelayThatDiesInUseGivesWayToAnother() {
        let simulation = Simulation(seed: 9)
        let first = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
        let second = simulation.addTURNServer("198.51.100.2:3478", relayIP: "198.51.100.8")
        let offerer = simulation.addPeer(
            .controlling, ["192.0.2.1:5000"], relayedBy: [first, second], policy: .relayed)
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(5))
        #expect(offerer.agent.selectedPair?.local.ip == first.relayIP)
        first.crash()
        // Nothing comes any more: silence is noticed after 12 s, or the 437 at the next renewal before that.
        simulation.run(for: .seconds(25))
        simulation.expectConnected(offerer, answerer)
        #expect(offerer.agent.selectedPair?.local.ip == second.relayIP)
        #expect(!offerer.states.contains(.failed) && second.violations == [])
    }

    @Test func closingGivesEveryAllocationBack() {
        let scene = Scene(seed: 10)
        scene.connect()
        scene.offerer.agent.close(at: scene.simulation.now)
        #expect(scene.offerer.agent.nextDeadline == nil)
        scene.simulation.run(for: .seconds(1))
        #expect(scene.near.allocations.isEmpty && scene.near.refreshes.last?.lifetime == 0)
    }

    @Test func oneServerMayBeAskedForBothKindsOfAddress() {
        let simulation = Simulation(seed: 13)
        let server = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
        simulation.addStunServer("198.51.100.1:3478")
        let nat = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7101)))
        let peer = simulation.addPeer(.controlling, ["10.0.0.1:5000"], behind: nat, relayedBy: [server])
        simulation.open(peer)
        simulation.run(for: .seconds(10))
        #expect(peer.candidates.map(\.kind) == [.host, .serverReflexive, .relayed])
        #expect(peer.gatheringCompletions == 1 && peer.agent.statistics.retransmissions == 0)
        // The same server under another user would be the same allocation to it.
        var other = server.configuration
        other.username = "other"
        peer.agent.addTURNServer(other, at: simulation.now)
        simulation.run(for: .seconds(1))
        #expect(peer.agent.relays.count == 1 && peer.relayFailures.isEmpty)
    }

    @Test func aServerThatSendsUsToOneWeUseAlreadyIsGivenUp() {
        let simulation = Simulation(seed: 14)
        let first = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
        let second = simulation.addTURNServer("198.51.100.2:3478", relayIP: "198.51.100.8")
        first.alternate = second.address
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000"], relayedBy: [first, second])
        simulation.open(peer)
        simulation.run(for: .seconds(8))
        #expect(peer.relayFailures == [.redirectedInVain(to: second.address)])
        #expect(peer.candidates.map(\.kind) == [.host, .relayed] && peer.gatheringCompletions == 1)
    }

    @Test func theEndOfGatheringDoesNotWaitLongForADeafServerWhichMayStillAnswer() {
        let simulation = Simulation(seed: 15)
        let server = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
        server.deafness = 8
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000"], relayedBy: [server])
        simulation.open(peer)
        simulation.run(for: .milliseconds(5400))
        #expect(peer.gatheringCompletions == 0)
        #expect(peer.relayFailures.isEmpty)
        simulation.run(for: .milliseconds(200))
        #expect(peer.gatheringCompletions == 1 && peer.candidates.map(\.kind) == [.host])
        #expect(peer.relayFailures == [.noAnswer] && peer.relaysReady == 0)
        simulation.run(for: .seconds(15))
        #expect(peer.candidates.map(\.kind) == [.host, .relayed] && peer.gatheringCompletions == 1)
        #expect(peer.relayFailures == [.noAnswer] && peer.relaysReady == 1)
    }

    @Test func aServerThatNeverAnswersIsToldOnceAndBeforeAJoinIsGivenUp() {
        let simulation = Simulation(seed: 16)
        let server = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
        server.deafness = .max
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000"], relayedBy: [server])
        simulation.open(peer)
        simulation.run(for: .seconds(6))
        #expect(peer.relayFailures == [.noAnswer])
        simulation.run(for: .seconds(40))
        #expect(peer.relayFailures == [.noAnswer] && peer.agent.relays[0].allocation.hasFailed)
        // Asked again, it is told again.
        peer.agent.restart(simulation.credentials(), at: simulation.now)
        simulation.run(for: .seconds(6))
        #expect(peer.relayFailures == [.noAnswer, .noAnswer])
    }

    /// RFC 8445 §5.1.2.1: also when an address has left the machine and another has come.
    @Test func everyRelayedCandidateHasAPriorityOfItsOwn() {
        let simulation = Simulation(seed: 12)
        let server = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
        let peer = simulation.addPeer(
            .controlling, (1...6).map { "192.0.2.\($0):5000" }, relayedBy: [server])
        for (index, socket) in peer.sockets.enumerated() {
            if index >= 3 { peer.agent.removeLocalSocket(peer.sockets[index - 3], at: simulation.now) }
            peer.agent.addLocalSocket(socket, at: simulation.now)
            simulation.run(for: .seconds(2))
            let relayed = peer.agent.localCandidates.filter { $0.kind == .relayed }
            #expect(relayed.count == min(index + 1, 3))
            #expect(Set(relayed.map(\.priority)).count == relayed.count)
            #expect(Set(peer.agent.relays.compactMap(\.base?.peerReflexivePriority)).count == relayed.count)
        }
    }

    @Test func relaysAreBounded() {
        let simulation = Simulation(seed: 11)
        let servers = (1...12).map { simulation.addTURNServer("198.51.100.\($0):3478", relayIP: "198.51.101.\($0)") }
        let peer = simulation.addPeer(
            .controlling, (1...16).map { "192.0.2.\($0):5000" }, relayedBy: servers)
        simulation.open(peer)
        simulation.run(for: .seconds(10))
        #expect(peer.agent.relays.count == ICETiming.maximumRelays && peer.agent.turnServers.count == 8)
        #expect(peer.gatheringCompletions == 1)
    }

    // MARK: - TCP and TLS

    @Test(arguments: [TURNServer.Transport.tcp, .tls])
    func aConnectionToTheServerCarriesChecksAndMedia(transport: TURNServer.Transport) throws {
        let server = VirtualTURNServer(Simulation.address("198.51.100.1:3478"), relayIP: IPAddress("198.51.100.7"))
        var configuration = server.configuration
        configuration.transport = transport
        var agent = ICEAgent(
            role: .controlling, credentials: ICECredentials(entropy: Array(1...24)), policy: .relayed,
            random: SeededRandom(seed: 12), at: .zero)
        agent.addTURNServer(configuration, at: .zero)
        agent.endOfLocalSockets(at: .zero)
        let peer = ScriptedPeer(ICECredentials(entropy: Array(101...124)))
        let remote = Simulation.address("192.0.2.50:10000")
        agent.setRemoteCredentials(peer.credentials, at: .zero)
        agent.addRemoteCandidate(try ICECandidate("candidate:1 1 udp 5 192.0.2.50 10000 typ host"), at: .zero)
        let client = Simulation.address("203.0.113.1:41000")
        var stream: TURNStreamID?
        var now = Instant.zero
        var media: [[UInt8]] = []
        var closed: [TURNStreamID] = []
        var deframer = TURNStreamDeframer()
        /// What the server says, with what comes back from the peer, cut into small pieces.
        func serve(_ bytes: [UInt8]) throws {
            try deframer.append(bytes.span)
            var message: [UInt8] = []
            while try deframer.next(into: &message) {
                var answers = server.receive(message, from: client, at: now)
                for toPeer in answers where toPeer.destination == remote {
                    let bytes = toPeer.bytes
                    guard let request = try? STUNMessage(parsing: bytes.span),
                        let answer = peer.answer(request, bytes, from: toPeer.source)
                    else {
                        media.append(bytes)
                        continue
                    }
                    answers += server.receive(answer, from: remote, onRelayed: toPeer.source, at: now)
                }
                for answer in answers where answer.destination == client {
                    try feed(answer.bytes + [UInt8](repeating: 0, count: (4 - answer.bytes.count % 4) % 4))
                }
            }
        }
        func feed(_ bytes: [UInt8]) throws {
            let id = try #require(stream)
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(7))
                agent.receiveStream(piece.span, on: id, at: now)
                rest = rest.dropFirst(7)
                var datagram: [UInt8] = []
                while let route = agent.pollStream(id, into: &datagram, at: now) {
                    if datagram.first ?? 0 >= 128 {
                        media.append(datagram)
                    } else {
                        agent.handle(datagram.span, from: route.remote, on: route.local, at: now)
                    }
                }
            }
        }
        func drain() throws {
            while let event = agent.pollEvent() {
                if case .openStream(let id, let opened) = event {
                    #expect(opened == configuration)
                    stream = id
                }
                if case .closeStream(let id) = event { closed.append(id) }
            }
            var bytes: [UInt8] = []
            while let route = agent.pollTransmit(into: &bytes) {
                #expect(route.stream == stream && route.remote == server.address)
                try serve(bytes)
            }
        }
        func run(until end: Instant) throws {
            try drain()
            while let deadline = agent.nextDeadline, deadline <= end {
                now = max(now, deadline)
                agent.handleTimeout(at: now)
                try drain()
            }
            now = end
        }
        try run(until: .zero + .seconds(2))
        #expect(agent.state == .connected && agent.selectedPair?.localKind == .relayed)
        #expect(agent.localCandidates.map(\.kind) == [.relayed])
        var datagram: [UInt8] = [0x80, 1, 2]
        let pair = try #require(agent.selectedPair)
        let route = agent.wrap(&datagram, from: pair.local, to: pair.remote)
        #expect(route?.stream == stream && datagram.count % 4 == 0)
        try serve(datagram)
        let back = server.receive([0x90, 3, 4, 5, 6], from: remote, onRelayed: pair.local, at: now)
        for answer in back { try feed(answer.bytes + [0, 0, 0]) }
        #expect(media == [[0x80, 1, 2], [0x90, 3, 4, 5, 6]])
        #expect(server.violations == [])
        // Bytes that are no message end the connection, and the relay with it.
        try feed([0xFF, 0xFF, 0xFF, 0xFF])
        try drain()
        #expect(closed.count == 1 && agent.state == .disconnected && agent.localCandidates.isEmpty)
    }
}

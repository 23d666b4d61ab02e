import Base
import Testing

@testable import ICE

@Suite struct ConnectivityTests {
    static let badPath = VirtualNetwork.Path(loss: 0.2, duplication: 0.1, delay: 2...60)

    @Test func aCleanLocalNetworkConnectsInAFewRoundTrips() {
        let simulation = Simulation(seed: 1)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        simulation.connect(offerer, answerer, signalling: 0)
        simulation.run(for: .seconds(1)) { offerer.agent.state == .connected && answerer.agent.state == .connected }
        simulation.expectConnected(offerer, answerer)
        #expect(simulation.now <= .zero + .milliseconds(150))
        #expect(offerer.states == [.checking, .connected])
        #expect(offerer.agent.selectedPair?.localKind == .host)
        #expect(offerer.agent.selectedPair?.remoteKind == .host)
        #expect(offerer.agent.roundTrip == .milliseconds(10))
        #expect(answerer.agent.role == .controlled)
        #expect(offerer.gatheringCompletions == 1 && offerer.agent.isGatheringComplete)
    }

    @Test func connectsUnderLossReorderingAndDuplicationWhateverTheOrderOfSignalling() {
        for seed in 0..<50 as Range<UInt64> {
            let simulation = Simulation(seed: seed, path: Self.badPath)
            let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000", "[2001:db8::1]:5000"])
            let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000", "[2001:db8::2]:6000"])
            simulation.connect(offerer, answerer, signalling: 400)
            simulation.run(for: .seconds(30)) {
                offerer.agent.state == .connected && answerer.agent.state == .connected
            }
            simulation.expectConnected(offerer, answerer)
            // They settle on one pair and stay there, through a minute of loss.
            simulation.run(for: .seconds(5))
            let chosen = offerer.agent.selectedPair
            #expect(answerer.agent.selectedPair?.remote == chosen?.local, "seed \(seed)")
            #expect(answerer.agent.selectedPair?.local == chosen?.remote, "seed \(seed)")
            simulation.run(for: .seconds(55))
            for peer in [offerer, answerer] {
                #expect(peer.agent.selectedPair != nil && !peer.states.contains(.failed), "seed \(seed)")
            }
            #expect(simulation.network.sent < 500, "seed \(seed): \(simulation.network.sent) datagrams")
        }
    }

    @Test func connectsThroughNATsWithServerReflexiveCandidates() {
        for seed in 0..<50 as Range<UInt64> {
            let simulation = Simulation(seed: seed, path: .init(loss: 0.1, duplication: 0.05, delay: 5...40))
            simulation.addStunServer("198.51.100.1:3478")
            let home = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7101)))
            let office = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7102)))
            let offerer = simulation.addPeer(.controlling, ["10.0.0.1:5000"], behind: home)
            let answerer = simulation.addPeer(.controlled, ["10.1.0.1:6000"], behind: office)
            simulation.connect(offerer, answerer, signalling: 200)
            simulation.run(for: .seconds(30)) {
                offerer.agent.state == .connected && answerer.agent.state == .connected
            }
            simulation.expectConnected(offerer, answerer)
            #expect(offerer.agent.selectedPair?.remote.ip == .v4(0xCB00_7102), "seed \(seed)")
            let reflexive = offerer.candidates.filter { $0.kind == .serverReflexive }
            #expect(reflexive.map(\.relatedPort) == [5000], "seed \(seed)")
        }
    }

    /// The first check opens the own NAT and dies at the other; the peer's then triggers the next at once.
    @Test func triggeredChecksMakeHolePunchingQuick() {
        for seed in 0..<20 as Range<UInt64> {
            let simulation = Simulation(seed: seed)
            simulation.addStunServer("198.51.100.1:3478")
            let home = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7101)))
            let office = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7102)))
            let offerer = simulation.addPeer(.controlling, ["10.0.0.1:5000"], behind: home)
            let answerer = simulation.addPeer(.controlled, ["10.1.0.1:6000"], behind: office)
            simulation.connect(offerer, answerer, signalling: 100)
            simulation.run(for: .milliseconds(650)) {
                offerer.agent.state == .connected && answerer.agent.state == .connected
            }
            simulation.expectConnected(offerer, answerer)
        }
    }

    /// A pair that was given up works after all; others are still being tried meanwhile.
    @Test func aCheckOfThePeersRevivesAFailedPair() throws {
        let simulation = Simulation(seed: 8)
        let room = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let peer = ScriptedPeer(simulation.credentials())
        let address = Simulation.address("192.0.2.50:10000")
        simulation.network.addHost(address.ip)
        simulation.open(room)
        room.agent.setRemoteCredentials(peer.credentials, at: simulation.now)
        let first = try ICECandidate("candidate:1 1 udp 2 192.0.2.50 10000 typ host")
        let second = try ICECandidate("candidate:2 1 udp 1 192.0.2.51 10000 typ host")
        room.agent.addRemoteCandidate(first, at: simulation.now)
        simulation.run(for: .seconds(10))
        room.agent.addRemoteCandidate(second, at: simulation.now)
        simulation.run(for: .seconds(32))
        #expect(room.agent.session.pairs.map(\.state) == [.failed, .inProgress] && room.agent.state == .checking)
        simulation.scripts[address] = { message, bytes, source, _ in peer.answer(message, bytes, from: source) }
        let check = peer.check(room.agent.localCredentials, id: 1)
        room.agent.handle(check.span, from: address, on: room.sockets[0], at: simulation.now)
        simulation.run(for: .seconds(1))
        #expect(room.agent.state == .connected)
    }

    @Test func aSymmetricNATShowsAsAPeerReflexiveCandidate() {
        for seed in 0..<20 as Range<UInt64> {
            let simulation = Simulation(seed: seed, path: .init(loss: 0.1, delay: 5...40))
            simulation.addStunServer("198.51.100.1:3478")
            let nat = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7101), isSymmetric: true))
            let room = simulation.addPeer(.controlling, ["10.0.0.1:5000"], behind: nat)
            let server = simulation.addPeer(.controlled, ["192.0.2.9:6000"])
            simulation.connect(room, server)
            simulation.run(for: .seconds(20)) { room.agent.state == .connected && server.agent.state == .connected }
            simulation.expectConnected(room, server)
            #expect(server.agent.selectedPair?.remoteKind == .peerReflexive, "seed \(seed)")
            #expect(room.agent.selectedPair?.localKind == .peerReflexive, "seed \(seed)")
            #expect(!room.agent.localCandidates.contains { $0.kind == .peerReflexive }, "it is never signalled")
        }
    }

    @Test func candidatesAndCredentialsMayComeInAnyOrder() throws {
        for order in 0..<8 {
            let simulation = Simulation(seed: UInt64(order))
            let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
            let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
            func sockets() { for peer in [offerer, answerer] { simulation.open(peer) } }
            func credentials() {
                offerer.agent.setRemoteCredentials(answerer.agent.localCredentials, at: simulation.now)
                answerer.agent.setRemoteCredentials(offerer.agent.localCredentials, at: simulation.now)
            }
            func candidates() throws {
                let first = try ICECandidate(
                    "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host ufrag \(offerer.agent.localCredentials.ufrag)"
                )
                let second = try ICECandidate("candidate:1 1 udp 2130706431 192.0.2.2 6000 typ host")
                answerer.agent.addRemoteCandidate(first, at: simulation.now)
                if order < 6 { offerer.agent.addRemoteCandidate(second, at: simulation.now) }
            }
            switch order % 6 {
            case 0: sockets(); credentials(); try candidates()
            case 1: sockets(); try candidates(); credentials()
            case 2: credentials(); sockets(); try candidates()
            case 3: credentials(); try candidates(); sockets()
            case 4: try candidates(); sockets(); credentials()
            default: try candidates(); credentials(); sockets()
            }
            simulation.run(for: .seconds(2)) { offerer.agent.state == .connected && answerer.agent.state == .connected }
            simulation.expectConnected(offerer, answerer)
        }
    }

    @Test func checksThatComeBeforeTheCredentialsAreAnsweredAndRemembered() {
        let simulation = Simulation(seed: 3)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        for peer in [offerer, answerer] { simulation.open(peer) }
        // The answerer knows everything and checks; its description is still on the way.
        answerer.agent.setRemoteCredentials(offerer.agent.localCredentials, at: simulation.now)
        answerer.agent.addRemoteCandidate(offerer.agent.localCandidates[0], at: simulation.now)
        simulation.run(for: .milliseconds(300))
        #expect(offerer.agent.state == .new && offerer.agent.statistics.responsesSent > 0)
        #expect(offerer.agent.isValidated(remote: Simulation.address("192.0.2.2:6000")))
        offerer.agent.setRemoteCredentials(answerer.agent.localCredentials, at: simulation.now)
        simulation.run(for: .milliseconds(300))
        simulation.expectConnected(offerer, answerer)
    }

    @Test func pacesItsChecksFiftyMillisecondsApartAndSendsTheFirstAtOnce() throws {
        let simulation = Simulation(seed: 4)
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        simulation.open(peer)
        peer.agent.setRemoteCredentials(simulation.credentials(), at: simulation.now)
        var times: [Double] = []
        var seen: Set<STUNTransactionID> = []
        peer.onTransmit = { message, _, now in
            if seen.insert(message.transactionID).inserted { times.append((now - .zero).inMilliseconds) }
        }
        for index in 1...5 {
            let text = "candidate:\(index) 1 udp 2130706431 192.0.2.\(index + 1) 6000 typ host"
            peer.agent.addRemoteCandidate(try ICECandidate(text), at: simulation.now)
        }
        simulation.run(for: .seconds(1))
        #expect(times == [0, 50, 100, 150, 200])
    }

    @Test func withoutAnyPairItFailsOnlyAfterItsPatience() {
        let simulation = Simulation(seed: 5)
        let peer = simulation.addPeer(.controlled, ["192.0.2.1:5000"])
        simulation.open(peer)
        peer.agent.setRemoteCredentials(simulation.credentials(), at: simulation.now)
        peer.agent.endOfRemoteCandidates(at: simulation.now)
        simulation.run(for: .milliseconds(39499))
        #expect(peer.agent.state == .checking)
        simulation.run(for: .milliseconds(2))
        #expect(peer.states == [.checking, .failed])
        #expect(peer.agent.nextDeadline == nil)
    }

    @Test func unreachablePeersFailWithoutEverHavingBeenDisconnected() throws {
        let simulation = Simulation(seed: 6)
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        simulation.open(peer)
        peer.agent.setRemoteCredentials(simulation.credentials(), at: simulation.now)
        peer.agent.addRemoteCandidate(
            try ICECandidate("candidate:1 1 udp 1 192.0.2.77 6000 typ host"), at: simulation.now)
        simulation.run(for: .seconds(120))
        #expect(peer.states == [.checking, .failed])
    }

    @Test func aliteAgentIsCheckedAndNominatedByUs() throws {
        for seed in 0..<10 as Range<UInt64> {
            let simulation = Simulation(seed: seed, path: .init(loss: 0.1, delay: 5...30))
            // Even an answerer controls when the offerer is lite.
            let peer = simulation.addPeer(.controlled, ["192.0.2.1:5000"])
            let lite = ScriptedPeer(simulation.credentials())
            let address = Simulation.address("192.0.2.50:10000")
            simulation.network.addHost(address.ip)
            simulation.scripts[address] = { message, bytes, source, _ in lite.answer(message, bytes, from: source) }
            simulation.open(peer)
            let candidate = try ICECandidate("candidate:udpcandidate 1 udp 1076558079 192.0.2.50 10000 typ host")
            peer.agent.addRemoteCandidate(candidate, at: simulation.now)
            peer.agent.setRemoteCredentials(lite.credentials, isLite: true, at: simulation.now)
            #expect(peer.agent.role == .controlling)
            simulation.run(for: .seconds(30)) { peer.agent.state == .connected }
            #expect(peer.agent.state == .connected && lite.nominations > 0, "seed \(seed)")
            simulation.run(for: .seconds(120))
            #expect(peer.agent.selectedPair != nil, "seed \(seed)")
        }
    }
}

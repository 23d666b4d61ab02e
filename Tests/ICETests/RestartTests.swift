import Base
import Testing

@testable import ICE

@Suite struct RestartTests {
    private func restart(_ simulation: Simulation, _ peers: Simulation.Peer...) {
        for peer in peers { peer.agent.restart(simulation.credentials(), at: simulation.now) }
        for (peer, other) in [(peers[0], peers[1]), (peers[1], peers[0])] {
            simulation.signalCredentials(of: peer, to: other, within: 200)
            for candidate in peer.agent.localCandidates {
                simulation.signal(within: 200) { other.agent.addRemoteCandidate(candidate, at: simulation.now) }
            }
        }
    }

    @Test func thePairStaysInUseUntilTheNewSessionHasOne() {
        for seed in 0..<50 as Range<UInt64> {
            let simulation = Simulation(seed: seed, path: ConnectivityTests.badPath)
            let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
            let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
            simulation.connect(offerer, answerer)
            simulation.run(for: .seconds(30)) {
                offerer.agent.state == .connected && answerer.agent.state == .connected
            }
            simulation.run(for: .seconds(10))
            let generation = offerer.agent.session.generation
            restart(simulation, offerer, answerer)
            #expect(offerer.agent.selectedPair != nil && offerer.agent.state != .checking, "seed \(seed)")
            func isRenewed() -> Bool {
                [offerer, answerer].allSatisfy { ($0.agent.selected?.generation ?? 0) > generation }
            }
            #expect(simulation.run(for: .seconds(30), until: isRenewed), "seed \(seed)")
            simulation.expectConnected(offerer, answerer)
            for peer in [offerer, answerer] {
                #expect(!peer.selections.contains(nil) && !peer.states.contains(.failed), "seed \(seed)")
                #expect(peer.agent.selected?.localCredentials == peer.agent.localCredentials, "seed \(seed)")
            }
        }
    }

    /// Media goes on all the time, and is never from an address that has not been validated.
    @Test func notAPacketIsLostInARestart() {
        for seed in 0..<10 as Range<UInt64> {
            let simulation = Simulation(seed: seed)
            let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000", "[2001:db8::1]:5000"])
            let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000", "[2001:db8::2]:6000"])
            simulation.connect(offerer, answerer)
            simulation.run(for: .seconds(5))
            let generation = offerer.agent.session.generation
            restart(simulation, offerer, answerer)
            var sent = 0
            for _ in 0..<150 {
                for peer in [offerer, answerer] where simulation.sendMedia(peer, 1) { sent += 1 }
                simulation.run(for: .milliseconds(20))
            }
            #expect(sent == 300 && offerer.media.count + answerer.media.count == 300, "seed \(seed)")
            for (peer, other) in [(offerer, answerer), (answerer, offerer)] {
                #expect(peer.media.allSatisfy { peer.agent.isValidated(remote: $0.route.remote) }, "seed \(seed)")
                #expect((peer.agent.selected?.generation ?? 0) > generation, "seed \(seed)")
                #expect(peer.agent.selectedPair?.local == other.agent.selectedPair?.remote, "seed \(seed)")
            }
        }
    }

    @Test func leadsOutOfFailure() {
        let simulation = Simulation(seed: 1)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(1))
        simulation.network.silenced = [.v4(0xC000_0202)]
        simulation.run(for: .seconds(60))
        #expect(offerer.agent.state == .failed && answerer.agent.state == .failed)
        simulation.network.silenced = []
        restart(simulation, offerer, answerer)
        simulation.run(for: .seconds(1))
        simulation.expectConnected(offerer, answerer)
        #expect(offerer.states == [.checking, .connected, .disconnected, .failed, .new, .checking, .connected])
        #expect(offerer.gatheringCompletions == 2)
    }

    /// The peer does not know of our restart for a while: its checks with the old credentials are still good.
    @Test func theOldPairIsKeptAliveWhileTheOfferTravels() {
        let simulation = Simulation(seed: 2)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(1))
        offerer.agent.restart(simulation.credentials(), at: simulation.now)
        simulation.run(for: .seconds(100))
        #expect(offerer.agent.state == .connected && answerer.agent.state == .connected)
        #expect(answerer.agent.statistics.unauthenticatedResponses == 0)
        #expect(offerer.agent.statistics.unauthenticatedRequests == 0, "the peer cannot know better yet")
        answerer.agent.restart(simulation.credentials(), at: simulation.now)
        for (peer, other) in [(offerer, answerer), (answerer, offerer)] {
            simulation.signalCredentials(of: peer, to: other, within: 10)
            other.agent.addRemoteCandidate(peer.agent.localCandidates[0], at: simulation.now)
        }
        simulation.run(for: .seconds(2))
        simulation.expectConnected(offerer, answerer)
        #expect(offerer.agent.selected?.generation == 1)
        #expect(offerer.states == [.checking, .connected])
    }

    @Test func aRestartTowardsNobodyFailsInTheEnd() {
        let simulation = Simulation(seed: 3)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(1))
        offerer.agent.restart(simulation.credentials(), at: simulation.now)
        offerer.agent.setRemoteCredentials(simulation.credentials(), at: simulation.now)
        simulation.network.silenced = [.v4(0xC000_0202)]
        simulation.run(for: .seconds(100))
        #expect(offerer.states == [.checking, .connected, .disconnected, .checking, .failed])
    }

    /// Consent expires while our restart still waits for its answer.
    @Test func gatheringGoesOnWhenConsentExpiresDuringARestart() {
        let simulation = Simulation(seed: 6)
        for index in 1...4 { simulation.addStunServer("198.51.100.\(index):3478") }
        let nat = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7101)))
        let offerer = simulation.addPeer(
            .controlling, ["10.0.0.1:5000", "10.0.0.1:5001", "10.0.0.1:5002"], behind: nat)
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(2))
        simulation.network.silenced = [.v4(0xC000_0202)]
        simulation.run(for: .seconds(20)) { offerer.agent.state == .disconnected }
        let path = offerer.agent.selected
        let heardAt = path?.heardAt ?? .zero
        simulation.run(for: heardAt + ICETiming.consentExpiry - .milliseconds(100) - simulation.now)
        offerer.agent.restart(simulation.credentials(), at: simulation.now)
        let candidates = offerer.candidates.count
        simulation.run(for: .seconds(20))
        #expect(offerer.agent.state == .failed)
        #expect(offerer.gatheringCompletions == 2)
        #expect(offerer.candidates.count >= candidates)

        simulation.network.silenced = []
        answerer.agent.restart(simulation.credentials(), at: simulation.now)
        for (peer, other) in [(offerer, answerer), (answerer, offerer)] {
            simulation.signalCredentials(of: peer, to: other, within: 10)
            for candidate in peer.agent.localCandidates {
                other.agent.addRemoteCandidate(candidate, at: simulation.now)
            }
        }
        simulation.run(for: .seconds(3))
        simulation.expectConnected(offerer, answerer)
    }

    /// What comes late was held up, not far away.
    @Test func aLateAnswerDoesNotCountForTheRoundTrip() {
        let simulation = Simulation(seed: 7)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(20))
        #expect(offerer.agent.roundTrip == .milliseconds(10))
        for delay in [400, 4000] as [Int64] {
            simulation.network.path.delay = delay...delay
            let answers = offerer.agent.statistics.responsesReceived
            simulation.run(for: .seconds(6)) {
                offerer.agent.statistics.requestsSent > offerer.agent.statistics.responsesReceived
            }
            simulation.network.path.delay = 5...5
            simulation.run(for: .seconds(12)) { offerer.agent.statistics.responsesReceived > answers }
            #expect(offerer.agent.roundTrip == .milliseconds(10), "\(delay)")
            simulation.run(for: .seconds(12))
        }
        // A way that has really become longer is noticed.
        simulation.network.path.delay = 100...100
        simulation.run(for: .seconds(25))
        #expect(offerer.agent.roundTrip == .milliseconds(200))
    }

    /// Other pairs may be long ways round.
    @Test func onlyTheSelectedPairTellsTheRoundTrip() {
        let simulation = Simulation(seed: 8)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(2))
        #expect(offerer.agent.roundTrip == .milliseconds(10))
        let far = Simulation.address("192.0.2.77:6000")
        simulation.network.addHost(far.ip)
        guard let remote = offerer.agent.session.remote else {
            Issue.record("no remote credentials")
            return
        }
        let peer = ScriptedPeer(remote)
        simulation.scripts[far] = { message, bytes, source, _ in
            simulation.network.path.delay = 5...5
            return peer.answer(message, bytes, from: source)
        }
        // Asks us, which triggers a check of ours; that takes 300 ms.
        let request = peer.check(offerer.agent.localCredentials, id: 1)
        offerer.agent.handle(request.span, from: far, on: Simulation.address("192.0.2.1:5000"), at: simulation.now)
        simulation.network.path.delay = 300...300
        simulation.run(for: .seconds(1)) { !peer.requests.isEmpty }
        simulation.run(for: .milliseconds(100))
        #expect(peer.requests.count == 1)
        #expect(offerer.agent.roundTrip == .milliseconds(10))
    }

    @Test func newRemoteCredentialsAloneBeginANewSession() {
        let simulation = Simulation(seed: 4)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(1))
        answerer.agent.restart(simulation.credentials(), at: simulation.now)
        answerer.agent.setRemoteCredentials(offerer.agent.localCredentials, at: simulation.now)
        answerer.agent.addRemoteCandidate(offerer.agent.localCandidates[0], at: simulation.now)
        offerer.agent.setRemoteCredentials(answerer.agent.localCredentials, at: simulation.now)
        offerer.agent.addRemoteCandidate(answerer.agent.localCandidates[0], at: simulation.now)
        simulation.run(for: .seconds(2))
        simulation.expectConnected(offerer, answerer)
        #expect(offerer.agent.selected?.remoteCredentials == answerer.agent.localCredentials)
    }

    /// A silent path with a second one beside it: the pair is changed without a restart.
    @Test func anotherPathTakesOverWhenTheOneInUseFallsSilent() {
        for seed in 0..<10 as Range<UInt64> {
            let simulation = Simulation(seed: seed)
            let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000", "198.51.100.1:5000"])
            let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000", "198.51.100.2:6000"])
            simulation.connect(offerer, answerer)
            simulation.run(for: .seconds(10))
            let dead = offerer.agent.selectedPair
            simulation.network.silenced = Set([dead?.local.ip, dead?.remote.ip].compactMap(\.self))
            simulation.run(for: .seconds(28))
            simulation.expectConnected(offerer, answerer)
            #expect(offerer.agent.selectedPair?.local.ip != dead?.local.ip, "seed \(seed)")
            simulation.run(for: .seconds(60))
            simulation.expectConnected(offerer, answerer)
            #expect(answerer.agent.selectedPair?.remote == offerer.agent.selectedPair?.local, "seed \(seed)")
        }
    }

    @Test func aNATThatForgetsItsMappingIsFollowed() {
        for seed in 0..<10 as Range<UInt64> {
            let simulation = Simulation(seed: seed)
            let nat = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7101)))
            let room = simulation.addPeer(.controlling, ["10.0.0.1:5000"], behind: nat)
            let server = simulation.addPeer(.controlled, ["192.0.2.9:6000"])
            simulation.connect(room, server)
            simulation.run(for: .seconds(5))
            let before = server.agent.selectedPair?.remote
            simulation.network.forgetMappings(of: nat)
            simulation.run(for: .seconds(30))
            simulation.expectConnected(room, server)
            #expect(server.agent.selectedPair?.remote != before, "seed \(seed)")
            #expect(room.states == [.checking, .connected], "seed \(seed)")
        }
    }

    @Test func aSocketThatGoesTakesItsPairsAlongAndAnotherTakesOver() {
        let simulation = Simulation(seed: 9)
        let server = simulation.addTURNServer("198.51.100.9:3478", relayIP: "198.51.100.7")
        let offerer = simulation.addPeer(
            .controlling, ["192.0.2.1:5000", "198.51.100.1:5000"], relayedBy: [server])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(5))
        guard let first = offerer.agent.selectedPair?.local else { return }
        offerer.agent.removeLocalSocket(first, at: simulation.now)
        simulation.run(for: .seconds(2))
        simulation.expectConnected(offerer, answerer)
        #expect(offerer.agent.selectedPair?.local != first)
        #expect(offerer.agent.localCandidates.map(\.kind) == [.host, .relayed] && offerer.agent.relays.count == 1)
        // Back again, with a restart: as good as before.
        offerer.agent.addLocalSocket(first, at: simulation.now)
        #expect(Set(offerer.agent.sockets.map(\.preference)).count == 2)
        restart(simulation, offerer, answerer)
        simulation.run(for: .seconds(3))
        simulation.expectConnected(offerer, answerer)
        // Without any socket there is nothing; a new one and a restart lead out of it.
        for socket in offerer.sockets { offerer.agent.removeLocalSocket(socket, at: simulation.now) }
        simulation.run(for: .seconds(1))
        #expect(offerer.agent.state == .disconnected && offerer.agent.localCandidates.isEmpty)
        offerer.agent.addLocalSocket(first, at: simulation.now)
        restart(simulation, offerer, answerer)
        simulation.run(for: .seconds(2))
        simulation.expectConnected(offerer, answerer)
    }

    @Test func closedStaysClosed() {
        let simulation = Simulation(seed: 5)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(1))
        offerer.agent.close(at: simulation.now)
        offerer.agent.restart(simulation.credentials(), at: simulation.now)
        offerer.agent.setRemoteCredentials(simulation.credentials(), at: simulation.now)
        offerer.agent.addLocalSocket(Simulation.address("192.0.2.1:5001"), at: simulation.now)
        simulation.run(for: .seconds(60))
        #expect(offerer.states == [.checking, .connected, .closed])
        #expect(offerer.agent.nextDeadline == nil && offerer.agent.selectedPair == nil)
        #expect(answerer.agent.state == .failed)
    }
}

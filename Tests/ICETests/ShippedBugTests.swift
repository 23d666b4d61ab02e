import Base
import Testing

@testable import ICE

/// The ICE bugs that others shipped (`facts.md`), each as a test.
@Suite struct ShippedBugTests {
    /// A connected pair of agents on a clean network.
    private func connected(seed: UInt64 = 1) -> (Simulation, Simulation.Peer, Simulation.Peer) {
        let simulation = Simulation(seed: seed)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(2)) { offerer.agent.state == .connected && answerer.agent.state == .connected }
        simulation.expectConnected(offerer, answerer)
        return (simulation, offerer, answerer)
    }

    // 1. Consent is time-based.
    @Test func consentIsAskedEveryFourToSixSecondsWithUseCandidate() {
        for seed in 0..<10 as Range<UInt64> {
            let (simulation, offerer, answerer) = connected(seed: seed)
            var times: [Instant] = []
            var ids: Set<STUNTransactionID> = []
            offerer.onTransmit = { message, _, now in
                guard message.messageClass == .request else { return }
                times.append(now)
                #expect(message.useCandidate && message.iceControlling != nil)
                #expect(ids.insert(message.transactionID).inserted, "consent is never retransmitted")
            }
            answerer.onTransmit = { message, _, _ in
                if message.messageClass == .request { #expect(!message.useCandidate && message.iceControlled != nil) }
            }
            simulation.run(for: .seconds(120))
            let gaps = zip(times.dropFirst(), times).map { ($0 - $1).inSeconds }
            #expect(gaps.count >= 19 && gaps.allSatisfy { (4...6).contains($0) }, "seed \(seed): \(gaps)")
            #expect(Set(gaps).count > 10, "the interval is random")
            simulation.expectConnected(offerer, answerer)
        }
    }

    @Test func consentExpiresThirtySecondsAfterTheLastSignOfLifeAndNoSooner() throws {
        let (simulation, offerer, _) = connected()
        simulation.run(for: .seconds(60))
        let last = try #require(offerer.agent.selected?.heardAt)
        simulation.network.silenced = [.v4(0xC000_0202)]
        simulation.run(for: last + .milliseconds(11999) - simulation.now)
        #expect(offerer.agent.state == .connected)
        simulation.run(for: .milliseconds(2))
        #expect(offerer.agent.state == .disconnected && offerer.agent.selectedPair != nil)
        simulation.run(for: last + .milliseconds(29999) - simulation.now)
        #expect(offerer.agent.state == .disconnected)
        simulation.run(for: .milliseconds(2))
        #expect(offerer.states == [.checking, .connected, .disconnected, .failed])
        #expect(offerer.agent.selectedPair == nil && offerer.selections.last == .some(nil))
        let sent = offerer.agent.statistics.requestsSent
        simulation.run(for: .seconds(60))
        #expect(offerer.agent.statistics.requestsSent == sent, "nothing is sent without consent")
    }

    @Test func aShortSilenceHealsByItself() {
        for seed in 0..<20 as Range<UInt64> {
            let (simulation, offerer, answerer) = connected(seed: seed)
            simulation.network.silenced = [.v4(0xC000_0202)]
            simulation.run(for: .seconds(19))
            #expect(offerer.agent.state == .disconnected && answerer.agent.state == .disconnected, "seed \(seed)")
            simulation.network.silenced = []
            simulation.run(for: .seconds(9))
            simulation.expectConnected(offerer, answerer)
            #expect(offerer.states == [.checking, .connected, .disconnected, .connected], "seed \(seed)")
            #expect(offerer.selections.count == 1, "the pair stays the same, seed \(seed)")
        }
    }

    // 2. Inbound checks count as liveness.
    @Test func aPeerThatOnlyAsksAndNeverAnswersIsAlive() throws {
        let simulation = Simulation(seed: 2)
        let room = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let peer = ScriptedPeer(simulation.credentials())
        let address = Simulation.address("192.0.2.50:10000")
        simulation.network.addHost(address.ip)
        simulation.scripts[address] = { message, bytes, source, _ in peer.answer(message, bytes, from: source) }
        simulation.open(room)
        room.agent.setRemoteCredentials(peer.credentials, at: simulation.now)
        room.agent.addRemoteCandidate(
            try ICECandidate("candidate:1 1 udp 2130706431 192.0.2.50 10000 typ host"), at: simulation.now)
        simulation.run(for: .seconds(1))
        #expect(room.agent.state == .connected)
        peer.isSilent = true
        for round in 0..<20 as Range<UInt64> {
            simulation.run(for: .seconds(5))
            simulation.network.send(
                peer.check(room.agent.localCredentials, id: round), from: address, to: room.sockets[0],
                at: simulation.now)
        }
        #expect(room.states == [.checking, .connected])
        // One that authenticates wrongly is no sign of life.
        for round in 100..<120 as Range<UInt64> {
            simulation.run(for: .seconds(5))
            let check = peer.check(room.agent.localCredentials, id: round, password: "wrong password, but long enough")
            simulation.network.send(check, from: address, to: room.sockets[0], at: simulation.now)
        }
        #expect(room.agent.state == .failed)
    }

    // 3. A peer-reflexive candidate replaced by its signalled twin keeps its nomination.
    @Test func theSignalledTwinOfALearntCandidateKeepsItsNomination() throws {
        let simulation = Simulation(seed: 3)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        for peer in [offerer, answerer] { simulation.open(peer) }
        offerer.agent.setRemoteCredentials(answerer.agent.localCredentials, at: simulation.now)
        answerer.agent.setRemoteCredentials(offerer.agent.localCredentials, at: simulation.now)
        offerer.agent.addRemoteCandidate(answerer.agent.localCandidates[0], at: simulation.now)
        simulation.run(for: .seconds(1))
        simulation.expectConnected(offerer, answerer)
        let before = try #require(answerer.agent.selectedPair)
        #expect(before.remoteKind == .peerReflexive)
        let priority = answerer.agent.session.pairs[0].priority

        answerer.agent.addRemoteCandidate(offerer.agent.localCandidates[0], at: simulation.now)
        let after = try #require(answerer.agent.selectedPair)
        #expect(after.remoteKind == .host && after.remote == before.remote && after.local == before.local)
        #expect(answerer.agent.session.remoteCandidates.count == 1 && answerer.agent.session.pairs.count == 1)
        #expect(answerer.agent.session.pairs[0].priority > priority)
        #expect(answerer.agent.session.pairs[0].peerNominatedAt != nil && answerer.agent.session.pairs[0].isValid)
        simulation.run(for: .seconds(60))
        simulation.expectConnected(offerer, answerer)
        #expect(answerer.selections.count == 1)
    }

    /// The same while the nomination is still waiting for the check back.
    @Test func theTwinMayComeBetweenNominationAndSuccess() throws {
        let simulation = Simulation(seed: 33)
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        let peer = ScriptedPeer(simulation.credentials())
        peer.role = .controlling
        let address = Simulation.address("192.0.2.50:10000")
        simulation.network.addHost(address.ip)
        simulation.open(answerer)
        answerer.agent.setRemoteCredentials(peer.credentials, at: simulation.now)
        let nomination = peer.check(answerer.agent.localCredentials, useCandidate: true, id: 1)
        answerer.agent.handle(nomination.span, from: address, on: answerer.sockets[0], at: simulation.now)
        simulation.run(for: .milliseconds(20))
        #expect(answerer.agent.session.pairs[0].remoteKind == .peerReflexive && answerer.agent.selectedPair == nil)
        answerer.agent.addRemoteCandidate(
            try ICECandidate("candidate:7 1 udp 2130706431 192.0.2.50 10000 typ host"), at: simulation.now)
        simulation.scripts[address] = { message, bytes, source, _ in peer.answer(message, bytes, from: source) }
        simulation.run(for: .seconds(2))
        #expect(answerer.agent.state == .connected)
        #expect(answerer.agent.selectedPair?.remoteKind == .host)
    }

    // 4. Never "disconnected" before any pair was valid.
    @Test func disconnectedNeverComesBeforeConnected() {
        for seed in 0..<30 as Range<UInt64> {
            let simulation = Simulation(seed: seed, path: .init(loss: 0.9, delay: 10...200))
            let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
            let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
            simulation.connect(offerer, answerer)
            simulation.run(for: .seconds(150))
            for peer in [offerer, answerer] {
                let before = peer.states.prefix { $0 != .disconnected }
                if peer.states.contains(.disconnected) { #expect(before.last == .connected, "seed \(seed)") }
                #expect(peer.states.first == .checking, "seed \(seed)")
            }
        }
    }

    // 5. Permissions are refreshed for the pair in use, and pairs of two relays are kept.
    @Test func thePermissionOfThePairInUseIsRefreshedForAsLongAsItIsUsed() {
        let simulation = Simulation(seed: 55)
        let near = simulation.addTURNServer("198.51.100.1:3478", relayIP: "198.51.100.7")
        let far = simulation.addTURNServer("198.51.100.2:3478", relayIP: "198.51.100.8")
        // Without channels nothing but permissions lets the data through.
        for server in [near, far] { server.refusals[STUNMessage.channelBind] = 508 }
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"], relayedBy: [near], policy: .relayed)
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000"], relayedBy: [far], policy: .relayed)
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(5))
        simulation.expectConnected(offerer, answerer)
        #expect(offerer.agent.selectedPair?.localKind == .relayed)
        #expect(offerer.agent.selectedPair?.remoteKind == .relayed)
        for count in 1...120 {
            simulation.sendMedia(offerer, 1)
            simulation.sendMedia(answerer, 2)
            simulation.run(for: .seconds(30))
            #expect(offerer.media.count == count && answerer.media.count == count)
        }
        #expect(near.violations == [] && far.violations == [])
        for server in [near, far] {
            let times = server.permissionRequests.map(\.at)
            let gaps = zip(times.dropFirst(), times).map { ($0 - $1).inSeconds }
            #expect(gaps.count >= 14 && gaps.allSatisfy { (239...241).contains($0) }, "\(gaps)")
        }
        #expect(offerer.states == [.checking, .connected])
    }

    // Relayed candidates of the peer are paired like others.
    @Test func relayedCandidatesOfThePeerAreKept() throws {
        let simulation = Simulation(seed: 5)
        let room = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let peer = ScriptedPeer(simulation.credentials())
        let relay = Simulation.address("198.51.100.9:49152")
        simulation.network.addHost(relay.ip)
        simulation.scripts[relay] = { message, bytes, source, _ in peer.answer(message, bytes, from: source) }
        simulation.open(room)
        room.agent.setRemoteCredentials(peer.credentials, at: simulation.now)
        for text in [
            "candidate:1 1 udp 2130706431 10.9.9.9 10000 typ host",
            "candidate:2 1 udp 41885439 198.51.100.9 49152 typ relay raddr 10.9.9.9 rport 10000",
        ] {
            room.agent.addRemoteCandidate(try ICECandidate(text), at: simulation.now)
        }
        simulation.run(for: .seconds(1))
        #expect(room.agent.state == .connected)
        #expect(room.agent.selectedPair?.remoteKind == .relayed)
        #expect((room.connectedAt ?? .distantFuture) <= .zero + .milliseconds(400), "the comparison is short")
    }

    // 6. Re-nomination by an aggressive controller.
    @Test func followsAnAggressiveController() throws {
        let simulation = Simulation(seed: 6)
        let room = simulation.addPeer(.controlled, ["192.0.2.1:5000"])
        let peer = ScriptedPeer(simulation.credentials())
        peer.role = .controlling
        let low = Simulation.address("192.0.2.50:1000")
        let high = Simulation.address("192.0.2.51:2000")
        for address in [low, high] {
            simulation.network.addHost(address.ip)
            simulation.scripts[address] = { message, bytes, source, _ in peer.answer(message, bytes, from: source) }
        }
        simulation.open(room)
        room.agent.setRemoteCredentials(peer.credentials, at: simulation.now)
        room.agent.addRemoteCandidate(
            try ICECandidate("candidate:1 1 udp 1000 192.0.2.50 1000 typ host"), at: simulation.now)
        room.agent.addRemoteCandidate(
            try ICECandidate("candidate:2 1 udp 2000 192.0.2.51 2000 typ host"), at: simulation.now)
        var id: UInt64 = 0
        func nominate(_ address: SocketAddress) {
            id += 1
            let check = peer.check(room.agent.localCredentials, useCandidate: true, id: id)
            simulation.network.send(check, from: address, to: room.sockets[0], at: simulation.now)
            simulation.run(for: .milliseconds(300))
        }
        nominate(low)
        #expect(room.agent.selectedPair?.remote == low)
        nominate(high)
        #expect(room.agent.selectedPair?.remote == high, "a better pair is followed at once")
        nominate(low)
        #expect(room.agent.selectedPair?.remote == high, "an aggressive controller nominates worse ones, too")
        simulation.run(for: .seconds(3))
        nominate(low)
        #expect(room.agent.selectedPair?.remote == low, "but one that is no longer nominated has been left")
        nominate(high)
        #expect(room.agent.selectedPair?.remote == high)
        #expect(room.states == [.checking, .connected])
    }

    // 7. Role conflicts.
    @Test(arguments: [ICERole.controlling, .controlled])
    func twoAgentsOfOneRoleAgree(role: ICERole) {
        for seed in 0..<50 as Range<UInt64> {
            let simulation = Simulation(seed: seed, path: ConnectivityTests.badPath)
            let first = simulation.addPeer(role, ["192.0.2.1:5000"])
            let second = simulation.addPeer(role, ["192.0.2.2:6000"])
            simulation.connect(first, second, signalling: 300)
            simulation.run(for: .seconds(60)) { first.agent.state == .connected && second.agent.state == .connected }
            simulation.run(for: .seconds(15))
            #expect(first.agent.role != second.agent.role, "seed \(seed)")
            #expect(first.agent.selectedPair != nil && second.agent.selectedPair != nil, "seed \(seed)")
            #expect(first.roleChanges + second.roleChanges == 1, "seed \(seed)")
            #expect(first.agent.statistics.roleConflicts + second.agent.statistics.roleConflicts > 0, "seed \(seed)")
        }
    }

    @Test func theGreaterTieBreakerKeepsItsRoleAndAnswers487() throws {
        let simulation = Simulation(seed: 7)
        let room = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let peer = ScriptedPeer(simulation.credentials())
        peer.role = .controlling
        peer.tieBreaker = 0
        let address = Simulation.address("192.0.2.50:10000")
        simulation.open(room)
        room.agent.setRemoteCredentials(peer.credentials, at: simulation.now)
        var codes: [Int?] = []
        room.onTransmit = { message, _, _ in
            if message.messageClass != .request { codes.append(message.errorCode?.code) }
        }
        room.agent.handle(
            peer.check(room.agent.localCredentials, id: 1).span, from: address, on: room.sockets[0], at: .zero)
        simulation.drain()
        #expect(codes == [487] && room.agent.role == .controlling)
        #expect(!room.agent.isValidated(remote: address), "a refused check validates nothing")
        peer.tieBreaker = .max
        room.agent.handle(
            peer.check(room.agent.localCredentials, id: 2).span, from: address, on: room.sockets[0], at: .zero)
        simulation.drain()
        #expect(codes == [487, nil] && room.agent.role == .controlled && room.roleChanges == 1)
    }

    @Test func theGreaterTieBreakerOfTwoControlledAgentsControls() throws {
        let simulation = Simulation(seed: 8)
        let room = simulation.addPeer(.controlled, ["192.0.2.1:5000"])
        let peer = ScriptedPeer(simulation.credentials())
        let address = Simulation.address("192.0.2.50:10000")
        simulation.open(room)
        room.agent.setRemoteCredentials(peer.credentials, at: simulation.now)
        var codes: [Int?] = []
        room.onTransmit = { message, _, _ in
            if message.messageClass != .request { codes.append(message.errorCode?.code) }
        }
        for (tieBreaker, id) in [(UInt64.max, 1), (0, 2)] as [(UInt64, UInt64)] {
            peer.tieBreaker = tieBreaker
            let check = peer.check(room.agent.localCredentials, id: id)
            room.agent.handle(check.span, from: address, on: room.sockets[0], at: .zero)
            simulation.drain()
        }
        #expect(codes == [487, nil] && room.agent.role == .controlling && room.roleChanges == 1)
    }

    /// The peer never checks by itself; only its 487 tells of the conflict.
    @Test func aSigned487MakesTheAskingSideChangeItsRole() throws {
        let simulation = Simulation(seed: 9)
        let room = simulation.addPeer(.controlled, ["192.0.2.1:5000"])
        let peer = ScriptedPeer(simulation.credentials())
        let address = Simulation.address("192.0.2.50:10000")
        simulation.network.addHost(address.ip)
        var tieBreakers: [UInt64] = []
        simulation.scripts[address] = { message, bytes, source, _ in
            guard let tieBreaker = message.iceControlled else { return peer.answer(message, bytes, from: source) }
            tieBreakers.append(tieBreaker)
            var refusal = STUNMessage(.error, transactionID: message.transactionID)
            refusal.errorCode = .roleConflict
            return peer.write(refusal, password: peer.credentials.password)
        }
        simulation.open(room)
        room.agent.setRemoteCredentials(peer.credentials, at: simulation.now)
        let candidate = try ICECandidate("candidate:1 1 udp 1000 192.0.2.50 10000 typ host")
        room.agent.addRemoteCandidate(candidate, at: simulation.now)
        let priority = room.agent.session.pairs[0].priority
        simulation.run(for: .seconds(1))
        #expect(room.agent.role == .controlling && room.agent.state == .connected)
        #expect(tieBreakers.count == 1 && room.agent.tieBreaker != tieBreakers[0])
        // RFC 8445 §6.1.2.3: the last bit says whose candidate has the higher priority.
        #expect(room.agent.session.pairs[0].priority == priority + 1)
    }

    /// The best pair answers its check and then dies before the nomination: the next best is nominated.
    @Test func aNominationThatIsNeverAnsweredGivesWayToTheNextPair() throws {
        let simulation = Simulation(seed: 10)
        let room = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let peer = ScriptedPeer(simulation.credentials())
        let best = Simulation.address("192.0.2.50:10000")
        let next = Simulation.address("192.0.2.51:10000")
        for address in [best, next] { simulation.network.addHost(address.ip) }
        simulation.scripts[best] = { message, bytes, source, _ in
            message.useCandidate ? nil : peer.answer(message, bytes, from: source)
        }
        simulation.scripts[next] = { message, bytes, source, _ in peer.answer(message, bytes, from: source) }
        simulation.open(room)
        room.agent.setRemoteCredentials(peer.credentials, at: simulation.now)
        for (priority, address) in [(2000, best), (1000, next)] {
            let text = "candidate:\(priority) 1 udp \(priority) \(address.ip) \(address.port) typ host"
            room.agent.addRemoteCandidate(try ICECandidate(text), at: simulation.now)
        }
        simulation.run(for: .seconds(4))
        #expect(room.states == [.checking, .connected])
        #expect(room.agent.selectedPair?.remote == next)
    }

    // Found over real sockets: a check from an address that the agent would not have paired with the socket by itself.
    @Test func followsANominationThatComesToALoopbackSocketFromElsewhere() {
        let simulation = Simulation(seed: 1)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let answerer = simulation.addPeer(.controlled, ["127.0.0.1:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(2)) { offerer.agent.state == .connected && answerer.agent.state == .connected }
        simulation.expectConnected(offerer, answerer)
    }
}

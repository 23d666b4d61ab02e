import Base
import Testing

@testable import ICE

@Suite struct GatheringTests {
    @Test func withoutANATThereIsNothingButTheHostCandidate() {
        let simulation = Simulation(seed: 1)
        simulation.addStunServer("198.51.100.1:3478")
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        simulation.open(peer)
        simulation.run(for: .seconds(2))
        #expect(peer.candidates.map(\.kind) == [.host])
        #expect(peer.candidates[0].description == "candidate:1 1 udp 2130706175 192.0.2.1 5000 typ host")
        #expect(peer.gatheringCompletions == 1)
    }

    @Test func twoServersThatAgreeGiveOneCandidate() {
        let simulation = Simulation(seed: 2)
        simulation.addStunServer("198.51.100.1:3478")
        simulation.addStunServer("198.51.100.2:3478")
        let nat = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7101)))
        let peer = simulation.addPeer(.controlling, ["10.0.0.1:5000"], behind: nat)
        simulation.open(peer)
        simulation.run(for: .seconds(2))
        #expect(peer.candidates.map(\.kind) == [.host, .serverReflexive])
        #expect(
            peer.candidates[1].description
                == "candidate:2 1 udp 1694498559 203.0.113.1 40000 typ srflx raddr 10.0.0.1 rport 5000")
        #expect(peer.agent.localCandidates == peer.candidates)
    }

    @Test func aDeadServerDelaysTheEndOnlySoLong() {
        let simulation = Simulation(seed: 3)
        simulation.addStunServer("198.51.100.1:3478")
        simulation.network.silenced = [.v4(0xC633_6401)]
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        simulation.open(peer)
        simulation.run(for: .milliseconds(5400))
        #expect(peer.gatheringCompletions == 0)
        simulation.run(for: .milliseconds(200))
        #expect(peer.gatheringCompletions == 1 && peer.agent.statistics.retransmissions == 4)
    }

    @Test func aServerThatAnswersIsToldAndOneThatDoesNot() {
        let simulation = Simulation(seed: 8)
        simulation.addStunServer("198.51.100.1:3478")
        simulation.addStunServer("198.51.100.2:3478")
        simulation.network.silenced = [.v4(0xC633_6401)]
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000", "192.0.2.2:5000"])
        simulation.open(peer)
        simulation.run(for: .seconds(5))
        // From each socket.
        #expect(peer.answers.map(\.server) == Array(repeating: Simulation.address("198.51.100.2:3478"), count: 2))
        simulation.run(for: .seconds(2))
        #expect(peer.answers.count == 3 && peer.answers.last?.came == false)
        #expect(peer.answers.last?.server == Simulation.address("198.51.100.1:3478"))
        simulation.network.silenced = []
        peer.agent.restart(simulation.credentials(), at: simulation.now)
        simulation.run(for: .seconds(7))
        #expect(peer.answers.count == 7 && peer.answers.suffix(4).allSatisfy(\.came))
    }

    @Test func aServerThatAnswersOneSocketIsNotSilent() {
        let simulation = Simulation(seed: 9)
        simulation.addStunServer("198.51.100.1:3478")
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000", "192.0.2.2:5000"])
        simulation.network.silenced = [peer.sockets[1].ip]
        simulation.open(peer)
        simulation.run(for: .seconds(10))
        #expect(peer.gatheringCompletions == 1 && peer.answers.map(\.came) == [true])
    }

    @Test func aServerThatTellsAnErrorIsNotSilent() {
        let simulation = Simulation(seed: 10)
        simulation.addStunServer("198.51.100.1:3478")
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        simulation.stunServers = []
        simulation.scripts[Simulation.address("198.51.100.1:3478")] = { request, _, _, _ in
            var response = STUNMessage(.error, transactionID: request.transactionID)
            response.errorCode = STUNErrorCode(code: 500, reason: "Server Error")
            var bytes: [UInt8] = []
            response.write(into: &bytes, password: nil, fingerprint: false)
            return bytes
        }
        simulation.open(peer)
        simulation.run(for: .seconds(10))
        #expect(peer.gatheringCompletions == 1 && peer.candidates.map(\.kind) == [.host])
        #expect(peer.answers.map(\.came) == [true])
    }

    @Test func bindingsAreKeptOpenUntilAPairIsSelected() {
        let simulation = Simulation(seed: 4)
        simulation.addStunServer("198.51.100.1:3478")
        let nat = simulation.network.addNAT(.init(publicIP: .v4(0xCB00_7101)))
        let peer = simulation.addPeer(.controlling, ["10.0.0.1:5000"], behind: nat)
        simulation.open(peer)
        simulation.run(for: .seconds(1))
        var keepalives = 0
        peer.onTransmit = { message, _, _ in if message.messageClass == .indication { keepalives += 1 } }
        simulation.run(for: .seconds(60))
        #expect(keepalives == 4 || keepalives == 3)
    }

    @Test func serversAreAskedInTheirOwnFamilyAndNeverFromLoopback() {
        let simulation = Simulation(seed: 5)
        simulation.addStunServer("198.51.100.1:3478")
        simulation.addStunServer("[2001:db8::5]:3478")
        let peer = simulation.addPeer(
            .controlling, ["[2001:db8::1]:5000", "192.0.2.1:5000", "127.0.0.1:5000", "169.254.0.1:5000"])
        var asked: [ICEAgent.Transmit] = []
        peer.onTransmit = { _, route, _ in asked.append(route) }
        simulation.open(peer)
        simulation.run(for: .seconds(10))
        #expect(
            asked.count == 2 && asked.allSatisfy { $0.local.ip.isV6 == $0.remote.ip.isV6 && !$0.local.ip.isLoopback })
        let priorities = peer.candidates.map(\.priority)
        #expect(Set(priorities).count == priorities.count)
        #expect(priorities.firstIndex(of: priorities.max() ?? 0) == 0 && priorities.min() == priorities[2])
    }

    @Test func candidatesThatCannotBeUsedAreReportedWithTheReason() throws {
        let simulation = Simulation(seed: 6)
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        simulation.open(peer)
        peer.agent.setRemoteCredentials(simulation.credentials(), at: simulation.now)
        for text in [
            "candidate:1 1 udp 1 sfu.example.org 6000 typ host",
            "candidate:1 1 tcp 1 192.0.2.2 9 typ host tcptype active", "candidate:1 2 udp 1 192.0.2.2 6000 typ host",
            "candidate:1 1 udp 1 192.0.2.2 0 typ host", "candidate:1 1 udp 1 0.0.0.0 6000 typ host",
            "candidate:1 1 udp 1 224.0.0.1 6000 typ host",
        ] {
            peer.agent.addRemoteCandidate(try ICECandidate(text), at: simulation.now)
        }
        simulation.run(for: .milliseconds(200))
        #expect(peer.ignored == [.needsNameResolution, .transport, .component, .address, .address, .address])
        #expect(peer.agent.session.pairs.isEmpty && peer.agent.statistics.ignoredCandidates == 6)
    }

    @Test func candidatesOfAnotherSessionWaitForItsCredentials() throws {
        let simulation = Simulation(seed: 7)
        let peer = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        simulation.open(peer)
        let theirs = simulation.credentials()
        peer.agent.setRemoteCredentials(simulation.credentials(), at: simulation.now)
        peer.agent.addRemoteCandidate(
            try ICECandidate("candidate:1 1 udp 1 192.0.2.2 6000 typ host ufrag \(theirs.ufrag)"), at: simulation.now)
        peer.agent.addRemoteCandidate(
            try ICECandidate("candidate:1 1 udp 1 192.0.2.3 6000 typ host ufrag none"), at: simulation.now)
        #expect(peer.agent.session.pairs.isEmpty)
        peer.agent.restart(simulation.credentials(), at: simulation.now)
        peer.agent.addRemoteCandidate(
            try ICECandidate("candidate:1 1 udp 1 192.0.2.2 6000 typ host ufrag \(theirs.ufrag)"), at: simulation.now)
        peer.agent.addRemoteCandidate(
            try ICECandidate("candidate:1 1 udp 1 192.0.2.3 6000 typ host ufrag none"), at: simulation.now)
        peer.agent.setRemoteCredentials(theirs, at: simulation.now)
        simulation.drain()
        #expect(peer.agent.session.pairs.map(\.remote) == [Simulation.address("192.0.2.2:6000")])
        #expect(peer.ignored == [.otherSession])
    }
}

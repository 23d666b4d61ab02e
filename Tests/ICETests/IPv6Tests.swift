import Base
import Testing

@testable import ICE

@Suite struct IPv6Tests {
    @Test func theFamiliesAlternateWithIPv6FirstWhateverTheOrderOfTheSockets() {
        let sockets = ["192.0.2.1:1", "192.0.2.2:1", "[2001:db8::1]:1", "[2001:db8::2]:1"]
        for order in [[0, 1, 2, 3], [2, 0, 3, 1], [2, 3, 0, 1]] {
            let simulation = Simulation(seed: 1)
            let peer = simulation.addPeer(.controlling, order.map { sockets[$0] })
            simulation.open(peer)
            simulation.drain()
            let best = peer.candidates.sorted { $0.priority > $1.priority }.compactMap(\.address?.ip.isV6)
            #expect(best == [true, false, true, false], "order \(order)")
            #expect(Set(peer.candidates.map(\.priority)).count == 4)
            // A slight preference: still a host candidate's priority.
            #expect(peer.candidates.allSatisfy { $0.priority >> 24 == 126 && $0.priority >> 8 & 0xFFFF > 65000 })
        }
    }

    @Test func IPv6IsChosenWhereBothWork() {
        for seed in 0..<10 as Range<UInt64> {
            let simulation = Simulation(seed: seed)
            let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000", "[2001:db8::1]:5000"])
            let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000", "[2001:db8::2]:6000"])
            for peer in [offerer, answerer] { simulation.open(peer) }
            for (peer, other) in [(offerer, answerer), (answerer, offerer)] {
                // As in a description: all candidates are known when the checks begin.
                for candidate in other.agent.localCandidates {
                    peer.agent.addRemoteCandidate(candidate, at: simulation.now)
                }
                peer.agent.setRemoteCredentials(other.agent.localCredentials, at: simulation.now)
            }
            simulation.run(for: .seconds(5))
            simulation.expectConnected(offerer, answerer)
            #expect(offerer.agent.selectedPair?.remote == Simulation.address("[2001:db8::2]:6000"), "seed \(seed)")
        }
    }

    @Test func aBrokenIPv6CostsLittle() {
        let simulation = Simulation(seed: 2)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000", "[2001:db8::1]:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000", "[2001:db8::2]:6000"])
        simulation.network.silenced = [Simulation.address("[2001:db8::2]:1").ip]
        simulation.connect(offerer, answerer, signalling: 0)
        simulation.run(for: .milliseconds(500)) { offerer.agent.state == .connected }
        #expect(offerer.agent.selectedPair?.remote == Simulation.address("192.0.2.2:6000"))
    }

    @Test func onlyEqualFamiliesArePaired() {
        let simulation = Simulation(seed: 3)
        let offerer = simulation.addPeer(.controlling, ["192.0.2.1:5000", "[2001:db8::1]:5000"])
        let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000", "[2001:db8::2]:6000"])
        simulation.connect(offerer, answerer)
        simulation.run(for: .seconds(2))
        for peer in [offerer, answerer] {
            #expect(peer.agent.session.pairs.count == 2)
            #expect(peer.agent.session.pairs.allSatisfy { $0.local.ip.isV6 == $0.remote.ip.isV6 })
        }
    }

    @Test(arguments: ["fe80::1", "fec0::1", "::ffff:192.0.2.1", "::192.0.2.1", "ff02::1"])
    func addressesThatCannotBeCandidatesAreLeftOut(text: String) throws {
        let ip = try #require(IPAddress(text))
        let simulation = Simulation(seed: 4)
        let peer = simulation.addPeer(.controlling, ["[2001:db8::1]:5000"])
        simulation.open(peer)
        let isUsed = peer.agent.addLocalSocket(SocketAddress(ip: ip, port: 5000), at: simulation.now)
        #expect(!isUsed && peer.agent.localCandidates.count == 1)
        peer.agent.setRemoteCredentials(simulation.credentials(), at: simulation.now)
        peer.agent.addRemoteCandidate(
            ICECandidate(
                foundation: "1", priority: 1, address: SocketAddress(ip: ip, port: 6000), kind: .host),
            at: simulation.now)
        simulation.drain()
        #expect(peer.ignored == [.address] && peer.agent.session.pairs.isEmpty)
    }

    @Test func uniqueLocalAndLoopbackAddressesAreUsed() throws {
        for text in ["fd00::1", "2001:db8::1", "::1", "64:ff9b::1"] {
            #expect(try #require(IPAddress(text)).canBeCandidate)
        }
    }

    @Test func aSTUNServerTellsTheAddressBeyondAnIPv6Translator() throws {
        let simulation = Simulation(seed: 5)
        simulation.addStunServer("[2001:db8:5::1]:3478")
        let nat = simulation.network.addNAT(.init(publicIP: .v6(high: 0x2001_0DB8_0007_0000, low: 9)))
        let peer = simulation.addPeer(.controlling, ["[fd00::1]:5000"], behind: nat)
        simulation.open(peer)
        simulation.run(for: .seconds(1))
        #expect(
            peer.candidates.map(\.description) == [
                "candidate:1 1 udp 2130706431 fd00::1 5000 typ host",
                "candidate:2 1 udp 1694498815 2001:db8:7::9 40000 typ srflx raddr fd00::1 rport 5000",
            ])
        for candidate in peer.candidates { #expect(try ICECandidate(candidate.description) == candidate) }
    }

    @Test func aRelayIsReachedOverIPv6AndRelaysIPv6OrIPv4() throws {
        for hasIPv6 in [true, false] {
            let simulation = Simulation(seed: 6)
            let server = simulation.addTURNServer(
                "[2001:db8:5::1]:3478", relayIP: hasIPv6 ? "2001:db8:5::7" : "198.51.100.7")
            server.hasIPv6 = hasIPv6
            let offerer = simulation.addPeer(
                .controlling, ["[2001:db8::1]:5000"], relayedBy: [server], policy: .relayed)
            let answerer = simulation.addPeer(.controlled, ["192.0.2.2:6000", "[2001:db8::2]:6000"])
            simulation.connect(offerer, answerer)
            simulation.run(for: .seconds(5))
            simulation.expectConnected(offerer, answerer)
            #expect(offerer.agent.selectedPair?.local.ip == server.relayIP)
            #expect(offerer.agent.selectedPair?.remote.ip.isV6 == hasIPv6)
            simulation.sendMedia(offerer, 1)
            simulation.sendMedia(answerer, 2)
            simulation.run(for: .seconds(1))
            #expect(answerer.media.map(\.bytes) == [[0x80, 1]] && offerer.media.map(\.bytes) == [[0x80, 2]])
            #expect(server.violations == [])
        }
    }
}

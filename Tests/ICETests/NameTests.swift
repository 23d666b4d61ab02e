import Base
import Testing

@testable import ICE

/// mDNS candidates.
@Suite struct NameTests {
    private static let name = "0a1b2c3d-0000-4000-8000-123456789abc.local"

    private func peer(_ simulation: Simulation, _ sockets: [String] = ["192.0.2.1:5000"]) -> Simulation.Peer {
        let peer = simulation.addPeer(.controlling, sockets)
        simulation.open(peer)
        peer.agent.setRemoteCredentials(simulation.credentials(), at: simulation.now)
        return peer
    }

    private func candidate(_ name: String, port: Int = 6000) throws -> ICECandidate {
        try ICECandidate("candidate:1 1 udp 5 \(name) \(port) typ host")
    }

    @Test func aNameIsAskedForOnceAndItsCandidatesGoOnWithTheAddress() throws {
        let simulation = Simulation(seed: 1)
        let peer = peer(simulation)
        for port in [6000, 6001, 6000] {
            peer.agent.addRemoteCandidate(try candidate(Self.name, port: port), at: simulation.now)
        }
        simulation.run(for: .seconds(1))
        #expect(peer.names == [Self.name] && peer.agent.session.pairs.isEmpty && peer.ignored.isEmpty)
        peer.agent.nameResolved(Self.name.uppercased(), to: [.v4(0xC000_0202)], at: simulation.now)
        #expect(peer.agent.session.pairs.map(\.remote.port) == [6000, 6001])
        #expect(peer.agent.session.pairs.allSatisfy { $0.remote.ip == .v4(0xC000_0202) && $0.remoteKind == .host })
        // A second answer changes nothing.
        peer.agent.nameResolved(Self.name, to: [.v4(0xC000_0203)], at: simulation.now)
        #expect(peer.agent.session.pairs.count == 2)
    }

    @Test func connectsToAPeerThatHidesItsAddresses() throws {
        let simulation = Simulation(seed: 2)
        let room = peer(simulation)
        let browser = ScriptedPeer(simulation.credentials())
        let address = Simulation.address("192.0.2.50:10000")
        simulation.network.addHost(address.ip)
        simulation.scripts[address] = { message, bytes, source, _ in browser.answer(message, bytes, from: source) }
        room.agent.restart(simulation.credentials(), at: simulation.now)
        room.agent.setRemoteCredentials(browser.credentials, at: simulation.now)
        room.agent.addRemoteCandidate(try candidate(Self.name, port: 10000), at: simulation.now)
        simulation.run(for: .seconds(3))
        #expect(room.agent.state == .checking)
        room.agent.nameResolved(Self.name, to: [address.ip], at: simulation.now)
        simulation.run(for: .seconds(1))
        #expect(room.agent.state == .connected)
    }

    @Test func oneAddressIsUsedOfTheFamilyThatWeHave() throws {
        let addresses: [IPAddress] = [.v4(0xC000_0202), .v6(high: 0xFE80_0000_0000_0000, low: 7), .v6(high: 7, low: 7)]
        for (sockets, expected) in [(["192.0.2.1:5000"], 0), (["192.0.2.1:5000", "[2001:db8::1]:5000"], 2)] {
            let simulation = Simulation(seed: 3)
            let peer = peer(simulation, sockets)
            peer.agent.addRemoteCandidate(try candidate(Self.name), at: simulation.now)
            peer.agent.nameResolved(Self.name, to: addresses, at: simulation.now)
            #expect(peer.agent.session.pairs.map(\.remote.ip) == [addresses[expected]])
        }
    }

    @Test func whatCannotBeResolvedIsReported() throws {
        let simulation = Simulation(seed: 4)
        let peer = peer(simulation)
        peer.agent.addRemoteCandidate(try candidate(Self.name), at: simulation.now)
        peer.agent.nameResolved(Self.name, to: [], at: simulation.now)
        simulation.drain()
        #expect(peer.ignored == [.needsNameResolution])
    }

    @Test(arguments: [
        "sfu.example.org", "a.b.local", ".local", "local", "x.local.", "ä.local", "a_b.local",
        String(repeating: "a", count: 64) + ".local",
    ])
    func otherNamesAreNotAskedFor(name: String) throws {
        let simulation = Simulation(seed: 5)
        let peer = peer(simulation)
        peer.agent.addRemoteCandidate(try candidate(name), at: simulation.now)
        simulation.drain()
        #expect(peer.names.isEmpty && peer.ignored == [.needsNameResolution])
    }

    @Test func theNumberOfNamesIsBounded() throws {
        let simulation = Simulation(seed: 6)
        let peer = peer(simulation)
        for index in 0..<100 {
            peer.agent.addRemoteCandidate(try candidate("name-\(index).local"), at: simulation.now)
        }
        simulation.drain()
        #expect(peer.names.count == 16 && peer.ignored == Array(repeating: .tooMany, count: 84))
    }

    @Test func answersForAnotherSessionAreForgotten() throws {
        let simulation = Simulation(seed: 7)
        let peer = peer(simulation)
        peer.agent.addRemoteCandidate(try candidate(Self.name), at: simulation.now)
        peer.agent.restart(simulation.credentials(), at: simulation.now)
        peer.agent.setRemoteCredentials(simulation.credentials(), at: simulation.now)
        peer.agent.nameResolved(Self.name, to: [.v4(0xC000_0202)], at: simulation.now)
        #expect(peer.agent.session.pairs.isEmpty)
    }
}

import Base
import Digests
import Testing

@testable import ICE

@Suite struct HostileTrafficTests {
    @Test func floodsOfUnauthenticatedRequestsAreCountedAndNeverAnswered() {
        let simulation = Simulation(seed: 1)
        let room = simulation.addPeer(.controlled, ["192.0.2.1:5000"])
        let attacker = ScriptedPeer(simulation.credentials())
        simulation.open(room)
        room.agent.setRemoteCredentials(simulation.credentials(), at: simulation.now)
        simulation.drain()
        let guess = simulation.credentials()
        for index in 0..<3000 as Range<UInt64> {
            let source = SocketAddress(ip: .v4(0xCB00_0000 | UInt32(index)), port: 5)
            // With a wrong fragment, and with the right one and a wrong password.
            let bytes = attacker.check(
                index & 1 == 0 ? guess : room.agent.localCredentials, useCandidate: true, id: index,
                password: guess.password)
            room.agent.handle(bytes.span, from: source, on: room.sockets[0], at: simulation.now)
            #expect(!room.agent.isValidated(remote: source))
        }
        var bytes: [UInt8] = []
        #expect(room.agent.pollTransmit(into: &bytes) == nil)
        #expect(room.agent.statistics.unauthenticatedRequests == 3000)
        #expect(room.agent.session.remoteCandidates.isEmpty && room.agent.session.pairs.isEmpty)
    }

    @Test func whatAnAuthenticatedPeerCanMakeGrowIsBounded() throws {
        let simulation = Simulation(seed: 2)
        let room = simulation.addPeer(.controlled, (1...16).map { "192.0.2.\($0):5000" })
        let peer = ScriptedPeer(simulation.credentials())
        peer.role = .controlling
        simulation.open(room)
        room.agent.setRemoteCredentials(peer.credentials, at: simulation.now)
        for index in 1...100 {
            let candidate = try ICECandidate("candidate:\(index) 1 udp \(index) 198.51.100.\(index) 6000 typ host")
            room.agent.addRemoteCandidate(candidate, at: simulation.now)
        }
        for index in 0..<1000 as Range<UInt64> {
            let source = SocketAddress(ip: .v4(0xCB00_0000 | UInt32(index % 500)), port: 7)
            let bytes = peer.check(room.agent.localCredentials, useCandidate: true, id: index)
            room.agent.handle(bytes.span, from: source, on: room.sockets[Int(index % 16)], at: simulation.now)
        }
        let session = room.agent.session
        #expect(session.pairs.count == 100 && room.agent.statistics.refusedPairs > 0)
        #expect(session.remoteCandidates.count == 64 + 32 && room.agent.statistics.ignoredCandidates > 0)
        #expect(room.agent.statistics.droppedTransmits > 0)
        simulation.run(for: .seconds(60))
        #expect(room.agent.transactions.count <= 600)
    }

    @Test func randomBytesAndMutatedMessagesNeverTrap() {
        let simulation = Simulation(seed: 3)
        let first = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let second = simulation.addPeer(.controlled, ["192.0.2.2:6000"])
        var captured: [[UInt8]] = []
        simulation.connect(first, second)
        var random = SeededRandom(seed: 99)
        for _ in 0..<60 {
            simulation.run(for: .milliseconds(100))
            captured += simulation.network.inFlight.map(\.bytes)
            for _ in 0..<50 {
                var bytes = captured.isEmpty ? random.bytes(40) : captured[Int(random.next() % UInt64(captured.count))]
                for _ in 0..<random.next() % 4 {
                    bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                }
                let peer = random.next() & 1 == 0 ? first : second
                let from = random.next() & 1 == 0 ? Simulation.address("192.0.2.66:6") : second.sockets[0]
                peer.agent.handle(bytes.span, from: from, on: peer.sockets[0], at: simulation.now)
            }
        }
        simulation.run(for: .seconds(20))
        #expect(first.agent.statistics.malformedDatagrams + first.agent.statistics.unauthenticatedRequests > 0)
        #expect(first.agent.state == .connected && second.agent.state == .connected)
    }

    @Test func attributesThatMustBeUnderstoodAreRefusedWith420() throws {
        let simulation = Simulation(seed: 4)
        let room = simulation.addPeer(.controlled, ["192.0.2.1:5000"])
        simulation.open(room)
        simulation.drain()
        let peer = ScriptedPeer(simulation.credentials())
        var request = STUNMessage(.request, transactionID: STUNTransactionID(high: 1, low: 1))
        request.username = room.agent.localCredentials.ufrag + ":" + peer.credentials.ufrag
        var bytes = peer.write(request, password: nil)
        // Without FINGERPRINT; an unknown attribute of four bytes; then signed by hand.
        bytes.removeLast(8)
        bytes += [0x7F, 0x01, 0, 4, 1, 2, 3, 4]
        bytes.overwrite(at: 2, bigEndian: UInt16(bytes.count - 20))
        let signed = sign(bytes, room.agent.localCredentials.password)
        room.agent.handle(signed.span, from: Simulation.address("192.0.2.9:1"), on: room.sockets[0], at: simulation.now)
        var answer: [UInt8] = []
        #expect(room.agent.pollTransmit(into: &answer) != nil)
        let response = try STUNMessage(parsing: answer.span)
        #expect(response.messageClass == .error && response.errorCode?.code == 420)
        #expect(response.unknownAttributes == [0x7F01])
    }

    @Test func forgedErrorsDoNotStopACheck() throws {
        let simulation = Simulation(seed: 5)
        let room = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let peer = ScriptedPeer(simulation.credentials())
        let address = Simulation.address("192.0.2.50:10000")
        simulation.network.addHost(address.ip)
        var forged = 0
        simulation.scripts[address] = { message, bytes, source, _ in
            guard message.messageClass == .request else { return nil }
            if forged < 2 {
                forged += 1
                var error = STUNMessage(.error, transactionID: message.transactionID)
                error.errorCode = forged == 1 ? .roleConflict : STUNErrorCode(code: 401, reason: "no")
                return peer.write(error, password: nil)
            }
            return peer.answer(message, bytes, from: source)
        }
        simulation.open(room)
        room.agent.setRemoteCredentials(peer.credentials, at: simulation.now)
        room.agent.addRemoteCandidate(
            try ICECandidate("candidate:1 1 udp 1 192.0.2.50 10000 typ host"), at: simulation.now)
        simulation.run(for: .seconds(5))
        #expect(room.agent.state == .connected && room.agent.role == .controlling)
        #expect(room.agent.statistics.unauthenticatedResponses == 2)
    }

    @Test func answersFromAnotherAddressDoNotMakeAPairValid() throws {
        let simulation = Simulation(seed: 6)
        let room = simulation.addPeer(.controlling, ["192.0.2.1:5000"])
        let peer = ScriptedPeer(simulation.credentials())
        let address = Simulation.address("192.0.2.50:10000")
        let other = Simulation.address("192.0.2.51:10000")
        for host in [address, other] { simulation.network.addHost(host.ip) }
        simulation.scripts[address] = { message, bytes, source, now in
            if let answer = peer.answer(message, bytes, from: source) {
                simulation.network.send(answer, from: other, to: source, at: now)
            }
            return nil
        }
        simulation.open(room)
        room.agent.setRemoteCredentials(peer.credentials, at: simulation.now)
        room.agent.addRemoteCandidate(
            try ICECandidate("candidate:1 1 udp 1 192.0.2.50 10000 typ host"), at: simulation.now)
        simulation.run(for: .seconds(60))
        #expect(room.states == [.checking, .failed])
        #expect(!room.agent.isValidated(remote: address) && !room.agent.isValidated(remote: other))
    }

    private func sign(_ bytes: [UInt8], _ password: String) -> [UInt8] {
        var covered = bytes
        covered.overwrite(at: 2, bigEndian: UInt16(bytes.count + 24 - 20))
        return covered + [0, 8, 0, 20] + Digests.hmacSHA1(key: Array(password.utf8), covered.span)
    }
}

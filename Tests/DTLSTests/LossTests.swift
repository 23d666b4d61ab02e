import Base
import DTLS
import Testing

/// Loss on virtual time: the endpoint keeps OpenSSL's retransmission timer itself (see `DatagramBIO`).
@Suite struct LossTests {
    @Test(arguments: 1...40) func connectsThroughLoss(_ seed: Int) throws {
        let association = try Association()
        var random = SeededRandom(seed: UInt64(seed))
        association.delivers = { _, _ in random.next() % 100 < 75 }
        association.start()
        association.run()
        #expect(association.clientKeys != nil, "seed \(seed): \(association.clientEvents)")
        #expect(association.serverKeys != nil, "seed \(seed): \(association.serverEvents)")
        #expect(association.clientKeys?.localKey == association.serverKeys?.remoteKey, "seed \(seed)")
    }

    @Test func repeatsTheFirstFlightAtDoublingIntervals() throws {
        let association = try Association()
        association.delivers = { _, _ in false }
        association.client.start(at: .zero)
        var instants: [Double] = []
        while let deadline = association.clientDeadline {
            association.clock = deadline
            association.client.handleTimeout(at: deadline)
            let before = association.sent.count
            association.collect()
            if association.sent.count > before { instants.append((deadline - .zero).inSeconds) }
        }
        #expect(instants.count == 11)
        let expected = [0.05, 0.15, 0.35, 0.75, 1.55, 3.15, 6.35, 11.35]
        #expect(zip(instants, expected).allSatisfy { abs($0 - $1) < 0.001 }, "\(instants)")
        #expect(association.clock == Instant.zero + .seconds(30))
        #expect(association.clientEvents == [.failed(.timedOut(nil))])
    }

    @Test func doesNothingBeforeTheDeadline() throws {
        let association = try Association()
        association.client.start(at: .zero)
        association.collect()
        let sent = association.sent.count
        association.client.handleTimeout(at: .zero + .milliseconds(49))
        association.collect()
        #expect(association.sent.count == sent)
        #expect(association.clientRetransmissions == 0)
    }

    @Test func repeatsTheLastFlightWhenThePeerAsksAgain() throws {
        let association = try Association()
        var lostAlready = false
        var flights = 0
        // The server's last flight is the second time that the server speaks.
        var last = Association.Side.server
        association.delivers = { from, _ in
            if from != last {
                flights += 1
                last = from
            }
            guard from == .server, flights == 4, !lostAlready else { return true }
            lostAlready = true
            return false
        }
        association.start()
        association.run()
        #expect(lostAlready)
        #expect(association.clientKeys != nil && association.serverKeys != nil)
        #expect(association.clientRetransmissions == 1)
    }
}

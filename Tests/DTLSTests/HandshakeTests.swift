import Base
import DTLS
import Testing

@Suite struct HandshakeTests {
    @Test func givesBothEndsTheSameKeysMirrored() throws {
        let association = try Association()
        association.start()
        association.run()
        let near = try #require(association.clientKeys)
        let far = try #require(association.serverKeys)
        #expect(near.profile == .aeadAES128GCM)
        #expect(near.profile == far.profile)
        #expect(near.localKey == far.remoteKey && near.localSalt == far.remoteSalt)
        #expect(near.remoteKey == far.localKey && near.remoteSalt == far.localSalt)
        #expect(near.localKey != near.remoteKey)
        #expect(near.localKey.count == 16 && near.localSalt.count == 12)
        #expect(association.clientEvents.count == 1 && association.serverEvents.count == 1)
        #expect(association.clientIsConnected && association.serverIsConnected)
        #expect(association.clientDeadline == nil && association.serverDeadline == nil)
        #expect(association.clientRetransmissions == 0 && association.serverRetransmissions == 0)
    }

    @Test func takesTwoRoundTrips() throws {
        let association = try Association()
        association.start()
        association.run()
        #expect(association.clock == Instant.zero + .milliseconds(80))
    }

    @Test func keepsDatagramsWithinTheMTU() throws {
        let association = try Association()
        association.start()
        association.run()
        #expect(association.sent.allSatisfy { $0.bytes.count <= 1200 })
        // A flight goes out in a few datagrams, not in pieces of 256 bytes.
        #expect(association.sent.count <= 14, "\(association.sent.map(\.bytes.count))")
    }

    @Test func serverStartsWithTheFirstDatagram() throws {
        let association = try Association()
        association.client.start(at: association.clock)
        association.run()
        #expect(association.serverKeys != nil)
    }

    @Test func holdsConnectedBackUntilTheFingerprintsAreKnown() throws {
        let association = try Association(fingerprintsKnown: false)
        association.start()
        association.run(for: .seconds(5))
        #expect(association.clientEvents.isEmpty && association.serverEvents.isEmpty)
        #expect(!association.clientIsConnected)
        association.client.setRemoteFingerprints(
            [association.serverCertificate.fingerprint], at: association.clock)
        association.server.setRemoteFingerprints(
            [association.clientCertificate.fingerprint], at: association.clock)
        association.run()
        #expect(association.clientKeys != nil && association.serverKeys != nil)
    }

    @Test func failsWhenTheFingerprintsNeverCome() throws {
        let association = try Association(fingerprintsKnown: false)
        association.start()
        association.run()
        #expect(association.clientEvents.count == 1)
        guard case .failed(.timedOut) = association.clientEvents.first else {
            Issue.record("\(association.clientEvents)")
            return
        }
        #expect(association.clock <= Instant.zero + .seconds(31))
    }

    @Test func failsOnAnotherCertificateThanAnnounced() throws {
        let association = try Association(fingerprintsKnown: false)
        let stranger = try Certificate(at: Association.now)
        association.client.setRemoteFingerprints([stranger.fingerprint], at: .zero)
        association.start()
        association.run()
        let received = association.serverCertificate.fingerprint
        #expect(association.clientEvents == [.failed(.fingerprintMismatch(received: received))])
        // bad_certificate reaches the server as an alert.
        guard case .failed(.alert) = association.serverEvents.first else {
            Issue.record("\(association.serverEvents)")
            return
        }
    }

    @Test func failsOnAnotherCertificateThanAnnouncedLater() throws {
        let association = try Association(fingerprintsKnown: false)
        association.start()
        association.run(for: .seconds(1))
        let stranger = try Certificate(at: Association.now)
        association.server.setRemoteFingerprints([stranger.fingerprint], at: association.clock)
        association.run(for: .seconds(1))
        let received = association.clientCertificate.fingerprint
        #expect(association.serverEvents == [.failed(.fingerprintMismatch(received: received))])
        #expect(association.clientEvents == [.closed])
    }

    @Test func acceptsAnyFingerprintOfTheStrongestHash() throws {
        let association = try Association(fingerprintsKnown: false)
        let stranger = try Certificate(at: Association.now)
        association.client.setRemoteFingerprints(
            [stranger.fingerprint, association.serverCertificate.fingerprint], at: .zero)
        association.server.setRemoteFingerprints([association.clientCertificate.fingerprint], at: .zero)
        association.start()
        association.run()
        #expect(association.clientKeys != nil && association.serverKeys != nil)
    }

    @Test func tellsTheOtherEndOfTheClose() throws {
        let association = try Association()
        association.start()
        association.run()
        association.client.close(at: association.clock)
        association.run()
        #expect(association.serverEvents.last == .closed)
        #expect(association.clientEvents.count == 1, "no event follows our own close")
        #expect(!association.clientIsConnected && !association.serverIsConnected)
    }

    @Test func closesBeforeItStarted() throws {
        let association = try Association()
        association.client.close(at: .zero)
        association.client.start(at: .zero)
        association.run()
        #expect(association.sent.isEmpty && association.clientEvents.isEmpty)
    }
}

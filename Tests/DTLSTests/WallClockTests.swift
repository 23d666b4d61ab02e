import Base
import Glibc
import Testing

@testable import DTLS

/// The one exception to virtual time: an OpenSSL that does not let its timer be held back (3.2 and later) runs on the
/// wall clock, and the endpoint follows it.
@Suite struct WallClockTests {
    @Test func followsOpenSSLsOwnTimerWhereItCannotBeHeld() throws {
        let certificate = try Certificate(at: Association.now)
        var client = try Endpoint(role: .client, certificate: certificate, remoteFingerprints: [], holdsTimer: false)
        let clock = ContinuousClock()
        let origin = clock.now
        func now() -> Instant { .zero + (clock.now - origin) }
        client.start(at: now())
        var datagram: [UInt8] = []
        while client.pollTransmit(into: &datagram) {}
        let first = client.nextDeadline
        let deadline = try #require(first)
        #expect(deadline <= .zero + .milliseconds(1100), "OpenSSL's first timeout is a second")
        // By its clock it is too early: nothing happens, but it looks again.
        client.handleTimeout(at: deadline)
        let early = client.pollTransmit(into: &datagram)
        #expect(!early)
        var sent = false
        while !sent, now() < .zero + .seconds(30) {
            let next = client.nextDeadline
            let due = try #require(next)
            // On this thread, so that no other test's work stands before the waking up.
            usleep(UInt32(clamping: Int64(max(0, (due - now()).inMilliseconds * 1000).rounded(.up))))
            client.handleTimeout(at: now())
            sent = client.pollTransmit(into: &datagram)
        }
        #expect(sent)
        #expect(now() >= .zero + .milliseconds(950))
    }
}

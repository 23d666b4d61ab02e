import Base
import DTLS

extension Boundary {
    /// Datagrams to an endpoint. The first byte of the input says which role it has; of each control byte bits 0–1 let
    /// time pass.
    ///
    /// OpenSSL draws its own randomness: the same input need not take the same way in it.
    static func takeDTLS(_ input: [UInt8]) throws(BrokenPromise) {
        guard let first = input.first else { return }
        var feed = Feed(Array(input.dropFirst()))
        var endpoint: Endpoint
        do {
            endpoint = try Endpoint(
                role: first & 1 == 0 ? .server : .client, certificate: Fixtures.certificate,
                remoteFingerprints: first & 2 == 0 ? [] : [Fixtures.certificate.fingerprint])
        } catch {
            throw BrokenPromise("no endpoint: \(error)")
        }
        var now = Instant.zero
        var sent = 0
        var datagram: [UInt8] = []
        func drain(_ endpoint: inout Endpoint, _: Instant) {
            while endpoint.pollTransmit(into: &datagram) { sent += datagram.count }
            while endpoint.pollEvent() != nil {}
        }
        endpoint.start(at: now)
        drain(&endpoint, now)
        while let (control, bytes) = feed.next() {
            endpoint.handle(bytes.span, at: now)
            drain(&endpoint, now)
            let pauses: [Duration] = [.zero, .milliseconds(60), .seconds(3), .seconds(40)]
            try pass(pauses[Int(control & 3)], for: &endpoint, now: &now, drain: drain)
        }
        // Without keys nobody gets in, and nobody is made to send without end.
        try promise(!endpoint.isConnected, "connected without a peer")
        try promise(sent < 200_000, "\(sent) bytes sent in answer to \(input.count)")
        endpoint.close(at: now)
        drain(&endpoint, now)
    }
}

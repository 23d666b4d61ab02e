import Base
import DTLS

/// A client and a server over a virtual network with a virtual clock.
final class Association {
    enum Side: Hashable {
        case client
        case server
    }

    static let now = UTCTime(seconds: 1_790_000_000)

    let clientCertificate: Certificate
    let serverCertificate: Certificate
    var client: Endpoint
    var server: Endpoint
    var clock = Instant.zero
    var clientEvents: [Endpoint.Event] = []
    var serverEvents: [Endpoint.Event] = []
    /// Every datagram that was sent, with its sender.
    var sent: [(from: Side, bytes: [UInt8])] = []
    /// Decides whether a datagram arrives.
    var delivers: (_ from: Side, _ bytes: [UInt8]) -> Bool = { _, _ in true }
    var delay = Duration.milliseconds(20)
    private var wire: [(at: Instant, to: Side, bytes: [UInt8])] = []

    init(fingerprintsKnown: Bool = true) throws {
        clientCertificate = try Certificate(at: Self.now)
        serverCertificate = try Certificate(at: Self.now)
        client = try Endpoint(
            role: .client, certificate: clientCertificate,
            remoteFingerprints: fingerprintsKnown ? [serverCertificate.fingerprint] : [])
        server = try Endpoint(
            role: .server, certificate: serverCertificate,
            remoteFingerprints: fingerprintsKnown ? [clientCertificate.fingerprint] : [])
    }

    func start() {
        server.start(at: clock)
        client.start(at: clock)
    }

    /// Lets the network and the timers run until nothing is left to happen or `limit` has passed.
    func run(for limit: Duration = .seconds(60)) {
        let end = clock + limit
        while true {
            collect()
            let timers = [client.nextDeadline, server.nextDeadline, wire.map(\.at).min()].compactMap(\.self)
            guard let next = timers.min(), next <= end else { return }
            clock = max(clock, next)
            while let index = wire.firstIndex(where: { $0.at <= clock }) {
                let (_, to, bytes) = wire.remove(at: index)
                inject(bytes, to: to)
            }
            client.handleTimeout(at: clock)
            server.handleTimeout(at: clock)
        }
    }

    func inject(_ bytes: [UInt8], to side: Side) {
        switch side {
        case .client: client.handle(bytes.span, at: clock)
        case .server: server.handle(bytes.span, at: clock)
        }
    }

    func collect() {
        var datagram: [UInt8] = []
        while client.pollTransmit(into: &datagram) { send(datagram, from: .client) }
        while server.pollTransmit(into: &datagram) { send(datagram, from: .server) }
        while let event = client.pollEvent() { clientEvents.append(event) }
        while let event = server.pollEvent() { serverEvents.append(event) }
    }

    private func send(_ bytes: [UInt8], from side: Side) {
        sent.append((side, bytes))
        guard delivers(side, bytes) else { return }
        wire.append((clock + delay, side == .client ? .server : .client, bytes))
    }

    // `#expect` cannot look into what is not copyable.
    var clientIsConnected: Bool { client.isConnected }
    var serverIsConnected: Bool { server.isConnected }
    var clientDeadline: Instant? { client.nextDeadline }
    var serverDeadline: Instant? { server.nextDeadline }
    var clientDiscarded: UInt64 { client.discarded }
    var serverDiscarded: UInt64 { server.discarded }
    var clientRetransmissions: UInt64 { client.retransmissions }
    var serverRetransmissions: UInt64 { server.retransmissions }

    var clientKeys: SRTPKeyingMaterial? { Self.keys(clientEvents) }
    var serverKeys: SRTPKeyingMaterial? { Self.keys(serverEvents) }

    private static func keys(_ events: [Endpoint.Event]) -> SRTPKeyingMaterial? {
        for case .connected(let keys) in events { return keys }
        return nil
    }
}

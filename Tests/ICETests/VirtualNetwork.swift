import Base
import ICE

/// Hosts, NATs and lossy paths on virtual time, all drawn from one seed.
struct VirtualNetwork {
    struct Path {
        /// Of each datagram.
        var loss = 0.0
        var duplication = 0.0
        /// One way; a wide range reorders.
        var delay: ClosedRange<Int64> = 5...5
    }

    /// Rewrites the source of what leaves, and lets in only what answers it.
    struct NAT {
        let publicIP: IPAddress
        /// A new port for each destination.
        var isSymmetric = false
        /// Lets in only from addresses (not merely ports) that something was sent to.
        var filters = true
        var mappings: [(inner: SocketAddress, destination: SocketAddress?, port: UInt16)] = []
        var contacted: [(port: UInt16, ip: IPAddress)] = []
        var nextPort: UInt16 = 40000
    }

    struct Datagram {
        let at: Instant
        let order: Int
        let bytes: [UInt8]
        let source: SocketAddress
        /// The inner address of the receiver, behind its NAT.
        let destination: SocketAddress
    }

    var path = Path()
    private var random: SeededRandom
    private var nats: [NAT] = []
    private var hosts: [IPAddress: Int?] = [:]
    private(set) var inFlight: [Datagram] = []
    private var order = 0
    /// Addresses that nothing reaches and nothing leaves.
    var silenced: Set<IPAddress> = []
    var sent = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func addNAT(_ nat: NAT) -> Int {
        nats.append(nat)
        return nats.count - 1
    }

    mutating func addHost(_ ip: IPAddress, behind nat: Int? = nil) {
        hosts[ip] = .some(nat)
    }

    mutating func forgetMappings(of nat: Int) {
        nats[nat].mappings.removeAll()
        nats[nat].contacted.removeAll()
    }

    mutating func send(_ bytes: [UInt8], from inner: SocketAddress, to remote: SocketAddress, at now: Instant) {
        sent += 1
        guard !silenced.contains(inner.ip), let (source, destination) = route(from: inner, to: remote),
            !silenced.contains(destination.ip)
        else { return }
        let copies = chance(path.duplication) ? 2 : 1
        for _ in 0..<copies where !chance(path.loss) {
            order += 1
            let delay = Int64.random(in: path.delay.lowerBound * 1000...path.delay.upperBound * 1000, using: &random)
            inFlight.append(
                Datagram(
                    at: now + .microseconds(delay), order: order, bytes: bytes, source: source, destination: destination
                ))
        }
    }

    var nextArrival: Instant? { inFlight.map(\.at).min() }

    mutating func receive(at now: Instant) -> Datagram? {
        let due = inFlight.indices.filter { inFlight[$0].at <= now }
        guard let first = due.min(by: { (inFlight[$0].at, inFlight[$0].order) < (inFlight[$1].at, inFlight[$1].order) })
        else { return nil }
        return inFlight.remove(at: first)
    }

    private mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &random) < probability
    }

    private mutating func route(from inner: SocketAddress, to remote: SocketAddress) -> (SocketAddress, SocketAddress)?
    {
        guard let home = hosts[inner.ip] else { return nil }
        if let there = hosts[remote.ip], there == home { return (inner, remote) }
        let source = home.map { translate(inner, to: remote, through: $0) } ?? inner
        if let outside = nats.firstIndex(where: { $0.publicIP == remote.ip }) {
            let nat = nats[outside]
            guard let mapping = nat.mappings.first(where: { $0.port == remote.port }),
                !nat.filters || nat.contacted.contains(where: { $0.port == remote.port && $0.ip == source.ip })
            else { return nil }
            return (source, mapping.inner)
        }
        // What stands behind another NAT is not reached by its inner address.
        guard let there = hosts[remote.ip], there == nil else { return nil }
        return (source, remote)
    }

    private mutating func translate(_ inner: SocketAddress, to remote: SocketAddress, through index: Int)
        -> SocketAddress
    {
        let destination = nats[index].isSymmetric ? remote : nil
        let known = nats[index].mappings.first { $0.inner == inner && $0.destination == destination }
        let port = known?.port ?? nats[index].nextPort
        if known == nil {
            nats[index].mappings.append((inner, destination, port))
            nats[index].nextPort += 7
        }
        nats[index].contacted.append((port, remote.ip))
        return SocketAddress(ip: nats[index].publicIP, port: port)
    }
}

import Base
import CLinux
import Glibc
import Media
import Synchronization
import Transport

/// A UDP forwarder between our end and the foreign one, which drops what it is told to.
///
/// It stands between two candidates: each side is given the relay's address instead of the other's.
final class Relay: Sendable {
    enum Direction: Hashable, Sendable {
        case toPeer, fromPeer
    }

    /// What a datagram is, as far as its first bytes tell (RFC 7983, RFC 5761).
    enum Content: Hashable, Sendable {
        case rtp(payloadType: UInt8)
        case rtcp
        case other
    }

    /// Whether to drop a datagram. The generator is seeded, the clock is for windows of time.
    typealias Rule = @Sendable (Direction, Content, inout SeededRandom) -> Bool

    struct Counts: Hashable, Sendable {
        var forwarded = 0
        var dropped = 0
    }

    private struct State {
        var room: SocketAddress?
        var peer: SocketAddress?
        var rule: Rule
        var random: SeededRandom
        var counts: [Direction: Counts] = [:]
        var isStopped = false
    }

    /// The `candidate:` line for our end, which leads to the peer.
    let candidateForRoom: String
    /// The one for the peer, which leads to our end.
    let candidateForPeer: String
    private let roomSide: Int32
    private let peerSide: Int32
    private let ip: IPAddress
    private let state: Mutex<State>
    private let thread = Mutex<DeviceThread?>(nil)

    init(seed: UInt64 = 7, rule: @escaping Rule) throws {
        let addresses = (try? NetworkInterfaces.addresses(includeLoopback: false)) ?? []
        ip = addresses.first { !$0.isV6 } ?? .loopbackV4
        let (room, roomAddress) = try Self.open(ip)
        let (peer, peerAddress) = try Self.open(ip)
        (roomSide, peerSide) = (room, peer)
        candidateForRoom = Self.candidate(roomAddress)
        candidateForPeer = Self.candidate(peerAddress)
        state = Mutex(State(rule: rule, random: SeededRandom(seed: seed)))
        let thread = try DeviceThread(name: "relay") { [weak self] in
            while self?.forward() == true {}
            close(room)
            close(peer)
        }
        self.thread.withLock { $0 = thread }
    }

    deinit {
        state.withLock { $0.isStopped = true }
    }

    func setRule(_ rule: @escaping Rule) {
        state.withLock { $0.rule = rule }
    }

    func counts(_ direction: Direction) -> Counts {
        state.withLock { $0.counts[direction] ?? Counts() }
    }

    /// Takes in where a side is, from its own candidates: the one with the relay's address.
    func learn(candidate: String, ofPeer isPeer: Bool) {
        let fields = candidate.split(separator: " ")
        guard fields.count > 5, fields[2].lowercased() == "udp", let ip = IPAddress(fields[4]), ip == self.ip,
            let port = UInt16(fields[5])
        else { return }
        state.withLock { state in
            let address = SocketAddress(ip: ip, port: port)
            if isPeer { state.peer = state.peer ?? address } else { state.room = state.room ?? address }
        }
    }

    private static func open(_ ip: IPAddress) throws -> (Int32, SocketAddress) {
        let socket = clinux_udp_open(0)
        guard socket >= 0, case .v4(let bits) = ip else { throw InteropError("no IPv4 socket for the relay") }
        var address = clinux_address()
        withUnsafeMutableBytes(of: &address.bytes) { $0.storeBytes(of: bits.bigEndian, as: UInt32.self) }
        guard clinux_udp_bind(socket, &address) == 0, clinux_udp_local(socket, &address) == 0 else {
            close(socket)
            throw InteropError("the relay cannot bind to \(ip)")
        }
        _ = clinux_udp_set_buffers(socket, 1 << 21, 1 << 21)
        return (socket, SocketAddress(ip: ip, port: address.port))
    }

    private static func candidate(_ address: SocketAddress) -> String {
        "candidate:1 1 udp 2122260223 \(address.ip) \(address.port) typ host"
    }

    /// One round. - Returns: false when it is over.
    private func forward() -> Bool {
        var entries = [pollfd(fd: roomSide, events: Int16(POLLIN), revents: 0)]
        entries.append(pollfd(fd: peerSide, events: Int16(POLLIN), revents: 0))
        _ = poll(&entries, 2, 100)
        if entries[0].revents != 0 { drain(roomSide, to: peerSide, .toPeer) }
        if entries[1].revents != 0 { drain(peerSide, to: roomSide, .fromPeer) }
        return state.withLock { !$0.isStopped }
    }

    private func drain(_ from: Int32, to: Int32, _ direction: Direction) {
        var bytes = [UInt8](repeating: 0, count: 2048)
        while true {
            var source = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &source) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(from, &bytes, bytes.count, Int32(MSG_DONTWAIT), $0, &length)
                }
            }
            guard count > 0 else { return }
            let sender = SocketAddress(
                ip: .v4(UInt32(bigEndian: source.sin_addr.s_addr)), port: UInt16(bigEndian: source.sin_port))
            let content = Self.content(bytes[0], count > 1 ? bytes[1] : 0)
            let target: SocketAddress? = state.withLock { state in
                // Only between the two candidates: a datagram of another pair has an answer that leads nowhere.
                guard sender == (direction == .toPeer ? state.room : state.peer) else { return nil }
                let isDropped = state.rule(direction, content, &state.random)
                state.counts[direction, default: Counts()].forwarded += isDropped ? 0 : 1
                state.counts[direction, default: Counts()].dropped += isDropped ? 1 : 0
                return isDropped ? nil : direction == .toPeer ? state.peer : state.room
            }
            guard let target, case .v4(let ip) = target.ip else { continue }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = target.port.bigEndian
            address.sin_addr.s_addr = ip.bigEndian
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = sendto(to, bytes, count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    private static func content(_ first: UInt8, _ second: UInt8) -> Content {
        guard (128...191).contains(first) else { return .other }
        return (192...223).contains(second) ? .rtcp : .rtp(payloadType: second & 0x7F)
    }
}

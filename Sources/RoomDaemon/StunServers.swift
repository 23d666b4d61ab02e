import Base
import ConfigurationFile
import Glibc
import Media

/// The STUN servers of the configuration with their addresses. Names are resolved on a thread of their own, at the start
/// and again and again while one cannot be; a server that no address is known of is a problem that people hear of.
final class StunServers: Sendable {
    /// Blocks. Nothing when the name is not known.
    typealias Resolve = @Sendable (_ host: String, _ port: UInt16) -> [SocketAddress]

    private struct Known: Sendable {
        var addresses: [Int: [SocketAddress]] = [:]
        var isWanted = true
        var isStopping = false
    }

    /// Between two attempts while a name cannot be resolved.
    static let pause = Duration.seconds(30)

    private let servers: [(text: String, server: ServerAddress?)]
    private let resolve: Resolve
    private let known = Monitor(Known())

    /// - Parameter texts: as `[network] stun` has them.
    init(_ texts: [String], resolve: @escaping Resolve = StunServers.lookUp) {
        servers = texts.map { ($0, ServerAddress(stun: $0)) }
        self.resolve = resolve
    }

    /// What is known now. What is asked for is needed soon, so names are looked up again: they may have moved.
    var addresses: [SocketAddress] {
        known.update { known in
            known.isWanted = true
            return servers.indices.flatMap { known.addresses[$0] ?? [] }
        }
    }

    /// - Parameter report: called on the thread, whenever it has changed: what is wrong, or nil.
    func start(report: @escaping @Sendable (String?) -> Void) throws {
        guard !servers.isEmpty else { return }
        // Nobody waits for its end: a resolver may take minutes.
        _ = try DeviceThread(name: "stun") { [self] in
            var told: String?
            while true {
                let problem = lookUpAll()
                if problem != told { report(problem) }
                told = problem
                let deadline = problem == nil ? Instant.distantFuture : MonotonicClock.now + Self.pause
                let isStopping: Bool? = known.wait(until: deadline) { known in
                    if known.isStopping { return true }
                    return known.isWanted ? false : nil
                }
                if isStopping == true { return }
            }
        }
    }

    func stop() {
        known.update { $0.isStopping = true }
    }

    private func lookUpAll() -> String? {
        known.withLock { $0.isWanted = false }
        var missing: [String] = []
        for (index, (text, server)) in servers.enumerated() {
            guard let server else {
                missing.append("“\(text)” (expected stun:HOST or stun:HOST:PORT)")
                continue
            }
            let found = resolve(server.host, server.port)
            known.withLock { known in
                // An address that was right once is better than none.
                if !found.isEmpty { known.addresses[index] = found }
            }
            if found.isEmpty { missing.append("“\(text)”") }
        }
        guard !missing.isEmpty else { return nil }
        return
            "No address is known of the STUN servers \(missing.joined(separator: ", ")): check [network] stun and DNS."
    }

    /// One address of each family, by getaddrinfo(3).
    static func lookUp(_ host: String, _ port: UInt16) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var entry = list
        while let one = entry?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(one.ai_addr, one.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
                let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
                if let ip = IPAddress(String(decoding: bytes, as: UTF8.self)),
                    !found.contains(where: { $0.ip.isV6 == ip.isV6 })
                {
                    found.append(SocketAddress(ip: ip, port: port))
                }
            }
            entry = one.ai_next
        }
        return found
    }
}

import Base
import ConfigurationFile
import Media
import Transport

/// The STUN or TURN servers of the configuration with their addresses. Names are resolved on a thread of their own, at the start
/// and again and again while one cannot be; a server that no address is known of is a problem that people hear of.
final class ServerNames: Sendable {
    /// Blocks. Nothing when the name is not known.
    typealias Resolve = @Sendable (_ host: String, _ port: UInt16) -> [SocketAddress]

    private struct Known: Sendable {
        var addresses: [Int: [SocketAddress]] = [:]
        var isWanted = true
        var isStopping = false
    }

    /// Between two attempts while a name cannot be resolved.
    static let pause = Duration.seconds(30)

    private let kind: String
    private let servers: [(text: String, server: ServerAddress?)]
    private let resolve: Resolve
    private let known = Monitor(Known())

    /// - Parameter stun: as `[network] stun` has them.
    convenience init(stun: [String], resolve: @escaping Resolve = ServerNames.lookUp) {
        self.init("stun", stun.map { ($0, ServerAddress(stun: $0)) }, resolve)
    }

    /// - Parameter turn: the addresses of TURN servers as the configuration has them.
    convenience init(turn: [String], resolve: @escaping Resolve = ServerNames.lookUp) {
        self.init("turn", turn.map { ($0, RelayAddress($0)?.server) }, resolve)
    }

    private init(_ kind: String, _ servers: [(String, ServerAddress?)], _ resolve: @escaping Resolve) {
        self.kind = kind
        self.servers = servers
        self.resolve = resolve
    }

    /// What is known now of each, by the texts that stand in the configuration. What is asked for is needed soon, so names
    /// are looked up again: they may have moved.
    var places: [(text: String, addresses: [SocketAddress])] {
        known.update { known in
            known.isWanted = true
            return servers.indices.map { (servers[$0].text, known.addresses[$0] ?? []) }
        }
    }

    /// Of one server, by the text that stands in the configuration.
    func addresses(of text: String) -> [SocketAddress] {
        known.update { known in
            known.isWanted = true
            return servers.firstIndex { $0.text == text }.flatMap { known.addresses[$0] } ?? []
        }
    }

    /// - Parameter report: called on the thread, whenever it has changed: what is wrong, or nil.
    func start(report: @escaping @Sendable (String?) -> Void) throws {
        guard !servers.isEmpty else { return }
        // Nobody waits for its end: a resolver may take minutes.
        _ = try DeviceThread(name: kind) { [self] in
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
                missing.append("“\(text)” (expected \(kind):HOST or \(kind):HOST:PORT)")
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
        return "No address is known of the \(kind.uppercased()) servers \(missing.joined(separator: ", ")): "
            + "check \(kind) of the configuration, and DNS."
    }

    /// One address of each family.
    static func lookUp(_ host: String, _ port: UInt16) -> [SocketAddress] {
        let found = NameService.addresses(of: host)
        return [found.first { $0.isV6 }, found.first { !$0.isV6 }].compactMap(\.self)
            .map { SocketAddress(ip: $0, port: port) }
    }
}

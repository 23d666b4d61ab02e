import Base
import Conferencing
import ConfigurationFile
import ICE
import Logging
import Media
import Synchronization
import Transport

/// The TURN servers of the configuration: where they are, what the room is known by there, and how it fares with them.
final class Relays: Sendable {
    /// A problem's code, and its text; nil: it is none any more.
    typealias Report = @Sendable (_ code: String, _ text: String?) -> Void

    /// A server, by one of its addresses.
    private struct Place: Hashable {
        let address: SocketAddress
        let transport: TURNServer.Transport
    }

    private struct State: Sendable {
        var report: Report?
        /// As the configuration calls each.
        var urls: [Place: String] = [:]
        var standing: [Place: RelayReport.State] = [:]
        var toldFiles: String?
    }

    private let network: RoomConfiguration.Network
    private let services: [RoomConfiguration.Service]
    private let names: ServerNames
    private let logger: Logger
    private let state = Mutex(State())

    init(
        _ network: RoomConfiguration.Network, _ services: [RoomConfiguration.Service], logger: Logger,
        resolve: @escaping ServerNames.Resolve = ServerNames.lookUp
    ) {
        self.network = network
        self.services = services
        self.logger = logger
        let all = network.turn + services.flatMap { $0.turn ?? [] }
        names = ServerNames(turn: Set(all.map(\.url)).sorted(), resolve: resolve)
    }

    /// Begins to look the names up.
    func start(report: @escaping Report) throws {
        state.withLock { $0.report = report }
        try names.start { report("configuration.turn", $0) }
    }

    func stop() {
        names.stop()
    }

    // MARK: - For a meeting

    /// What meetings at a service use. Reads files, and forgets how it fared before.
    /// - Parameter service: nil: one that the configuration does not name.
    func options(for service: RoomConfiguration.Service?) -> RelayOptions {
        let servers = service?.turn ?? network.turn
        let isRequired = (service?.icePolicy ?? network.icePolicy) == .relay
        guard !servers.isEmpty else { return RelayOptions(isRequired: isRequired) }
        var problems: [String] = []
        let logins = servers.compactMap { server -> (RoomConfiguration.TURN, RelayLogin)? in
            do throws(SecretFile.Problem) {
                return (server, RelayLogin(server.login, secret: try SecretFile.read(server.login.file)))
            } catch {
                problems.append(Self.unreadable(server, error))
                return nil
            }
        }
        var trust: TLSTrust?
        let authorities = servers.compactMap(\.caFile) + [service?.caFile].compactMap(\.self)
        if !authorities.isEmpty, servers.contains(where: { RelayAddress($0.url)?.transport == .tls }) {
            do throws(TransportError) {
                trust = try TLSTrust(caFiles: authorities)
            } catch {
                problems.append("TURN servers that need an authority of your own are not trusted: \(error)")
            }
        }
        tellFiles(problems)
        begin()
        return RelayOptions(
            servers: { [self] in
                let now = MonotonicClock.wallTime
                return logins.flatMap { resolved($0, $1, at: now) }
            }, isRequired: isRequired, trust: trust, report: { [self] in take($0) })
    }

    /// One server for each address.
    private func resolved(
        _ server: RoomConfiguration.TURN, _ login: RelayLogin, at now: UTCTime
    ) -> [TURNServer] {
        guard let place = RelayAddress(server.url) else { return [] }
        let transport: TURNServer.Transport =
            switch place.transport {
            case .udp: .udp
            case .tcp: .tcp
            case .tls: .tls
            }
        let (username, credential) = login.credentials(at: now)
        let addresses = names.addresses(of: server.url)
        state.withLock { state in
            for address in addresses { state.urls[Place(address: address, transport: transport)] = server.url }
        }
        return addresses.map { address in
            TURNServer(
                address: address, transport: transport, name: place.server.host, username: username,
                credential: credential)
        }
    }

    /// Says at once, not only when a meeting is due, which files cannot be read.
    func checkFiles() {
        let all = network.turn + services.flatMap { $0.turn ?? [] }
        tellFiles(
            all.compactMap { server in
                do throws(SecretFile.Problem) {
                    _ = try SecretFile.read(server.login.file)
                    return nil
                } catch {
                    return Self.unreadable(server, error)
                }
            })
    }

    private static func unreadable(_ server: RoomConfiguration.TURN, _ problem: SecretFile.Problem) -> String {
        "The credential of the TURN server “\(server.url)” cannot be read (\(server.login.file): \(problem)): it is not "
            + "used. It is read again at the next join."
    }

    private func tellFiles(_ problems: [String]) {
        let text = problems.isEmpty ? nil : problems.joined(separator: " ")
        let report: Report? = state.withLock { state in
            guard state.toldFiles != text else { return nil }
            state.toldFiles = text
            return state.report
        }
        if let text, report != nil { logger.error("\(text)") }
        report?("network.turnCredential", text)
    }

    // MARK: - How it fares

    private func begin() {
        let report = state.withLock { state in
            state.standing = [:]
            return state.report
        }
        report?("network.turn", nil)
    }

    private func take(_ news: RelayReport) {
        let place = Place(address: news.server, transport: news.transport)
        let told: (url: String, report: Report?, problem: String?)? = state.withLock { state in
            let former = state.standing[place]
            // Of several local addresses one is enough.
            if case .refused = news.state, former == .ready { return nil }
            guard former != news.state else { return nil }
            state.standing[place] = news.state
            let url = state.urls[place] ?? "turn:\(news.server)"
            return (url, state.report, Self.problem(state))
        }
        guard let told else { return }
        let about: Logger.Metadata = ["server": "\(told.url)", "address": "\(news.server)"]
        switch news.state {
        case .ready: logger.info("a TURN server relays", metadata: about)
        case .refused(let reason), .lost(let reason):
            logger.warning(
                "a TURN server does not relay", metadata: about.merging(["reason": "\(reason)"]) { _, new in new })
        }
        told.report?("network.turn", told.problem)
    }

    /// Servers that relay by none of their addresses.
    private static func problem(_ state: State) -> String? {
        var failures: [String: String] = [:]
        var ready: Set<String> = []
        for (place, standing) in state.standing {
            let url = state.urls[place] ?? "turn:\(place.address)"
            switch standing {
            case .ready: ready.insert(url)
            case .refused(let reason), .lost(let reason): failures[url] = reason
            }
        }
        let bad = failures.filter { !ready.contains($0.key) }.sorted { $0.key < $1.key }
        guard !bad.isEmpty else { return nil }
        return "No relay at " + bad.map { "“\($0.key)”: \($0.value)" }.joined(separator: "; ") + "."
    }
}

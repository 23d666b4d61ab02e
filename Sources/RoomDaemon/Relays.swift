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

    /// What one media connection has to do with the servers.
    private struct Use: Sendable {
        /// As the configuration calls each.
        let urls: [Place: String]
        var standing: [Place: RelayReport.State] = [:]

        func url(_ place: Place) -> String { urls[place] ?? "turn:\(place.address)" }

        /// Servers that relay by one of their addresses at least.
        var ready: Set<String> { Set(standing.filter { $0.value == .ready }.keys.map(url)) }

        /// Those that relay by none, and why.
        var failures: [String: String] {
            var failures: [String: String] = [:]
            for (place, standing) in standing {
                switch standing {
                case .ready: break
                case .refused(let reason), .lost(let reason): failures[url(place)] = reason
                }
            }
            return failures.filter { !ready.contains($0.key) }
        }
    }

    private struct State: Sendable {
        var report: Report?
        /// Since the last join began.
        var uses: [RelayOptions.Connection: Use] = [:]
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

    private func servers(for service: RoomConfiguration.Service?) -> [RoomConfiguration.TURN] {
        service?.turn ?? network.turn
    }

    /// The files of authorities that its servers by TLS may need.
    private func authorities(for service: RoomConfiguration.Service?) -> [String] {
        let servers = servers(for: service)
        guard servers.contains(where: { RelayAddress($0.url)?.transport == .tls }) else { return [] }
        return servers.compactMap(\.caFile) + [service?.caFile].compactMap(\.self)
    }

    // MARK: - For a meeting

    /// What meetings at a service use. Reads files, and forgets how it fared before.
    /// - Parameter service: nil: one that the configuration does not name.
    func options(for service: RoomConfiguration.Service?) -> RelayOptions {
        let servers = servers(for: service)
        let isRequired = (service?.icePolicy ?? network.icePolicy) == .relay
        checkFiles()
        begin()
        let logins = servers.compactMap { server in
            (try? SecretFile.read(server.login.file)).map { (server, RelayLogin(server.login, secret: $0)) }
        }
        let readable = Set(logins.map(\.0.url))
        return RelayOptions(
            servers: { [self] in open($0, logins) }, isRequired: isRequired, trust: trust(for: service),
            report: { [self] in take($1, of: $0) }, problem: { [self] in problem(of: $0, servers, readable) })
    }

    /// Without the files that cannot be used: each is for a server of its own, perhaps.
    private func trust(for service: RoomConfiguration.Service?) -> TLSTrust? {
        let authorities = authorities(for: service).filter { (try? TLSTrust.check($0)) != nil }
        return authorities.isEmpty ? nil : try? TLSTrust(caFiles: authorities)
    }

    /// The servers for a connection: one for each address.
    private func open(
        _ connection: RelayOptions.Connection, _ logins: [(RoomConfiguration.TURN, RelayLogin)]
    ) -> [TURNServer] {
        let now = MonotonicClock.wallTime
        let servers = logins.flatMap { server, login in
            resolved(server, login, at: now).map { (server.url, $0) }
        }
        let urls = servers.map { (Place(address: $1.address, transport: $1.transport), $0) }
        let told = state.withLock { state in
            state.uses[connection] = Use(urls: Dictionary(urls) { first, _ in first })
            return (state.report, Self.problem(state))
        }
        told.0?("network.turn", told.1)
        return servers.map(\.1)
    }

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
        return names.addresses(of: server.url).map { address in
            TURNServer(
                address: address, transport: transport, name: place.server.host, username: username,
                credential: credential)
        }
    }

    // MARK: - Files

    /// Says at once, not only when a meeting is due, which files cannot be read, whatever meeting they are for.
    func checkFiles() {
        let meetings = [nil] + services
        var problems: [String] = []
        func note(_ problem: String) {
            if !problems.contains(problem) { problems.append(problem) }
        }
        for server in meetings.flatMap(servers) {
            do throws(SecretFile.Problem) {
                _ = try SecretFile.read(server.login.file)
            } catch {
                note(
                    "The credential of the TURN server “\(server.url)” cannot be read (\(server.login.file): \(error)): it "
                        + "is not used. It is read again at the next join.")
            }
        }
        for file in meetings.flatMap(authorities) {
            do throws(TransportError) {
                try TLSTrust.check(file)
            } catch {
                note("TURN servers that need the authority in \(file) are not trusted: \(error)")
            }
        }
        tellFiles(problems)
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
            state.uses = [:]
            return state.report
        }
        report?("network.turn", nil)
    }

    private func take(_ news: RelayReport, of connection: RelayOptions.Connection) {
        let place = Place(address: news.server, transport: news.transport)
        let told: (url: String, report: Report?, problem: String?)? = state.withLock { state in
            // Of a meeting before this one.
            guard var use = state.uses[connection] else { return nil }
            let former = use.standing[place]
            // Of several local addresses one is enough.
            if case .refused = news.state, former == .ready { return nil }
            guard former != news.state else { return nil }
            use.standing[place] = news.state
            state.uses[connection] = use
            return (use.url(place), state.report, Self.problem(state))
        }
        guard let told else { return }
        let about: Logger.Metadata = [
            "server": "\(told.url)", "address": "\(news.server)", "connection": "\(connection)",
        ]
        switch news.state {
        case .ready: logger.info("a TURN server relays", metadata: about)
        case .refused(let reason), .lost(let reason):
            logger.warning(
                "a TURN server does not relay", metadata: about.merging(["reason": "\(reason)"]) { _, new in new })
        }
        told.report?("network.turn", told.problem)
    }

    /// Servers that relay by none of their addresses for one of the connections.
    private static func problem(_ state: State) -> String? {
        let failures = state.uses.values.map(\.failures).reduce(into: [:]) { $0.merge($1) { min($0, $1) } }
        guard !failures.isEmpty else { return nil }
        return "No relay at \(list(failures))."
    }

    /// Why a connection has no relay; nil when it has one.
    /// - Parameter readable: servers whose credential is known.
    private func problem(
        of connection: RelayOptions.Connection, _ servers: [RoomConfiguration.TURN], _ readable: Set<String>
    ) -> String? {
        guard !servers.isEmpty else { return "no TURN server is configured" }
        let use = state.withLock { $0.uses[connection] } ?? Use(urls: [:])
        guard use.ready.isEmpty else { return nil }
        let failures = use.failures
        let reasons = servers.map(\.url).map { url in
            if let failure = failures[url] { return (url, failure) }
            if !readable.contains(url) { return (url, "its credential cannot be read") }
            return (url, use.urls.values.contains(url) ? "it has not answered" : "no address of it is known")
        }
        return Self.list(Dictionary(reasons) { first, _ in first })
    }

    private static func list(_ reasons: [String: String]) -> String {
        reasons.sorted { $0.key < $1.key }.map { "“\($0.key)”: \($0.value)" }.joined(separator: "; ")
    }
}

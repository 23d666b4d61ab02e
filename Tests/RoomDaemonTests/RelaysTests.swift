import Base
import Conferencing
import ConfigurationFile
import Digests
import ICE
import Logging
import Media
import Synchronization
import TestSupport
import Testing
import Transport

@testable import RoomDaemon

@Suite(.timeLimit(.minutes(1))) struct RelaysTests {
    private let folder: TemporaryFolder
    private let told = Monitor<[String: String?]>([:])

    init() throws {
        folder = try TemporaryFolder()
    }

    private func relays(
        _ turn: [RoomConfiguration.TURN], policy: RoomConfiguration.Network.ICEPolicy = .all,
        services: [RoomConfiguration.Service] = []
    ) throws -> Relays {
        var network = RoomConfiguration().network
        network.turn = turn
        network.icePolicy = policy
        let relays = Relays(network, services, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
            host, port in
            host == "turn.example.org"
                ? [SocketAddress("[2001:db8::1]:\(port)")!, SocketAddress("192.0.2.1:\(port)")!] : []
        }
        let told = told
        try relays.start { code, text in told.update { $0[code] = .some(text) } }
        return relays
    }

    /// Once the names are known.
    private func servers(
        of options: RelayOptions, for connection: RelayOptions.Connection = .publisher
    ) -> [TURNServer] {
        let end = MonotonicClock.now + .seconds(5)
        while options.servers(connection).isEmpty, MonotonicClock.now < end {
            MonotonicClock.sleep(until: MonotonicClock.now + .milliseconds(5))
        }
        return options.servers(connection)
    }

    private func problem(_ code: String) -> String? {
        told.withLock { $0[code] ?? nil }
    }

    @Test func eachAddressIsAServerOfItsOwn() throws {
        let file = try folder.file("credential", "geheim\n".utf8)
        let relays = try relays(
            [.init(url: "turns:turn.example.org:443", login: .password(username: "room", file: file))])
        defer { relays.stop() }
        let options = relays.options(for: nil)
        #expect(!options.isRequired)
        let servers = servers(of: options)
        #expect(servers.map(\.address.description) == ["[2001:db8::1]:443", "192.0.2.1:443"])
        #expect(servers.allSatisfy { $0.transport == .tls && $0.name == "turn.example.org" })
        #expect(servers.allSatisfy { $0.username == "room" && $0.credential == "geheim" })
    }

    @Test func aSharedSecretMakesUserNamesForADay() throws {
        let login = RelayLogin(.sharedSecret(username: "room", file: "/s"), secret: "north")
        let (username, password) = login.credentials(at: UTCTime(seconds: 1_000_000))
        #expect(username == "1086400:room")
        #expect(password == Base64.encode(Digests.hmacSHA1(key: Array("north".utf8), Array(username.utf8).span)))
        #expect(
            RelayLogin(.sharedSecret(username: nil, file: "/s"), secret: "north")
                .credentials(at: UTCTime(seconds: 0)).username == "86400")
    }

    @Test func aServiceUsesItsOwnServersAndPolicy() throws {
        let file = try folder.file("credential", "x".utf8)
        let loaded = ConfigurationLoader.load(
            text: "[[service]]\nname = \"a\"\nurl = \"janus+ws://a\"\nturn = []\nice_policy = \"relay\"")
        let service = try #require(loaded.configuration.services.first)
        let relays = try relays(
            [.init(url: "turn:turn.example.org", login: .password(username: "u", file: file))],
            services: [service])
        defer { relays.stop() }
        #expect(relays.options(for: service).isRequired && relays.options(for: service).servers(.publisher).isEmpty)
        #expect(servers(of: relays.options(for: nil)).count == 2)
    }

    @Test func aCredentialThatCannotBeReadIsToldAndTakenBack() throws {
        let path = folder.path + "/credential"
        let relays = try relays(
            [.init(url: "turn:turn.example.org", login: .password(username: "u", file: path))])
        defer { relays.stop() }
        relays.checkFiles()
        let text = try #require(problem("network.turnCredential"))
        #expect(text.contains("“turn:turn.example.org”") && text.contains("\(path): No such file"))
        #expect(relays.options(for: nil).servers(.publisher).isEmpty)
        try folder.file("credential", "geheim".utf8)
        #expect(!servers(of: relays.options(for: nil)).isEmpty)
        #expect(problem("network.turnCredential") == nil)
    }

    /// Two services, each with a server by TLS of its own.
    private func services(credentials: (String, String), authorities: (String, String)) -> [RoomConfiguration.Service] {
        let text = [("a", credentials.0, authorities.0), ("b", credentials.1, authorities.1)].map {
            name, file, authority in
            """
            [[service]]
            name = "\(name)"
            url = "janus+ws://\(name)"
            turn = [{ url = "turns:\(name).example.org", username = "u", credential_file = "\(file)", ca_file = "\(authority)" }]
            """
        }
        return ConfigurationLoader.load(text: text.joined(separator: "\n")).configuration.services
    }

    @Test func whatOneServiceLacksIsToldUntilItIsThereWhoeverIsJoined() throws {
        let (good, authority) = (try folder.file("good", "x".utf8), try folder.file("ca.pem", Self.authority.utf8))
        let services = services(
            credentials: (folder.path + "/missing", good), authorities: (authority, folder.path + "/none.pem"))
        let relays = try relays([], services: services)
        defer { relays.stop() }
        relays.checkFiles()
        for service in services {
            _ = relays.options(for: service)
            let text = try #require(problem("network.turnCredential"))
            #expect(text.contains("\(folder.path)/missing: No such file") && text.contains("none.pem"), "\(text)")
        }
        try folder.file("missing", "y".utf8)
        try folder.file("none.pem", Self.authority.utf8)
        _ = relays.options(for: services[1])
        #expect(problem("network.turnCredential") == nil)
    }

    @Test func anAuthorityThatCannotBeReadTakesNoOtherAway() throws {
        let file = try folder.file("credential", "x".utf8)
        func server(_ name: String, authority: String) -> RoomConfiguration.TURN {
            .init(
                url: "turns:\(name).example.org", login: .password(username: "u", file: file), caFile: authority)
        }
        let relays = try relays([
            server("a", authority: folder.path + "/none.pem"),
            server("b", authority: try folder.file("ca.pem", Self.authority.utf8)),
            server("c", authority: try folder.file("empty.pem", "".utf8)),
        ])
        defer { relays.stop() }
        #expect(relays.options(for: nil).trust != nil)
        let text = try #require(problem("network.turnCredential"))
        #expect(text.contains("none.pem") && text.contains("empty.pem") && !text.contains("ca.pem"), "\(text)")
    }

    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBgjCCASmgAwIBAgIUGLCGDw2YtrgBXP4qBduElPWByzwwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMQW4gYXV0aG9yaXR5MB4XDTI2MTEyMzEwNTIzNVoXDTM2MTEy
        MDEwNTIzNVowFzEVMBMGA1UEAwwMQW4gYXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYI
        KoZIzj0DAQcDQgAEvgPP0hzy/mT7emCSpnSp1XM96Im6Htr3S98vfkAR8/L3oGG2
        uUeYvjdmg+Hy2nzabXmYZN4x05TsV3MlEmqXnKNTMFEwHQYDVR0OBBYEFG81sZER
        hcM/DaV7Z/H7a36Ak4EDMB8GA1UdIwQYMBaAFG81sZERhcM/DaV7Z/H7a36Ak4ED
        MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgfnQ6380kOT72dVxz
        YlQjGs+xp8c2dcQMyuMvBKDhezQCIBkrKqtkGNaNQkRZsnT+O/KsaQNDsdXm9f3+
        XG6k+sy6
        -----END CERTIFICATE-----
        """

    @Test func aServerThatRelaysByNoneOfItsAddressesIsAProblem() throws {
        let file = try folder.file("credential", "x".utf8)
        let relays = try relays(
            [.init(url: "turn:turn.example.org", login: .password(username: "u", file: file))])
        defer { relays.stop() }
        let options = relays.options(for: nil)
        let places = servers(of: options).map(\.address)
        try #require(places.count == 2)
        func report(_ index: Int, _ state: RelayReport.State) {
            options.report(.publisher, RelayReport(server: places[index], transport: .udp, state: state))
        }
        report(0, .refused("it does not answer"))
        #expect(problem("network.turn") == "No relay at “turn:turn.example.org”: it does not answer.")
        report(1, .ready)
        #expect(problem("network.turn") == nil)
        // Another local address has no luck there.
        report(1, .refused("it does not answer"))
        #expect(problem("network.turn") == nil)
        report(1, .lost("it is gone"))
        #expect(problem("network.turn")?.contains("“turn:turn.example.org”: ") == true)
        // The next join sees.
        _ = relays.options(for: nil)
        #expect(problem("network.turn") == nil)
    }

    /// A user may have as many allocations as one connection needs, and no more.
    @Test func whatOneConnectionGetsDoesNotHideThatTheOtherGetsNothing() throws {
        let file = try folder.file("credential", "x".utf8)
        let relays = try relays(
            [.init(url: "turn:turn.example.org", login: .password(username: "u", file: file))])
        defer { relays.stop() }
        let options = relays.options(for: nil)
        let places = servers(of: options).map(\.address)
        _ = servers(of: options, for: .subscriber)
        func report(_ connection: RelayOptions.Connection, _ state: RelayReport.State) {
            for place in places {
                options.report(connection, RelayReport(server: place, transport: .udp, state: state))
            }
        }
        report(.publisher, .ready)
        report(.subscriber, .refused("quota reached"))
        #expect(problem("network.turn") == "No relay at “turn:turn.example.org”: quota reached.")
        #expect(options.problem(.publisher) == nil && options.problem(.subscriber)?.contains("quota") == true)
        report(.publisher, .lost("gone"))
        report(.subscriber, .ready)
        #expect(problem("network.turn")?.contains("gone") == true)
        // What is made anew is not judged by what was before.
        _ = servers(of: options)
        #expect(problem("network.turn") == nil)
        report(.publisher, .refused("quota reached"))
        #expect(problem("network.turn")?.contains("quota") == true)
    }

    @Test func whyThereIsNoRelayIsKnown() throws {
        let file = try folder.file("credential", "x".utf8)
        func server(_ host: String, _ file: String) -> RoomConfiguration.TURN {
            .init(url: "turn:\(host)", login: .password(username: "u", file: file))
        }
        let none = try relays([], policy: .relay)
        defer { none.stop() }
        #expect(none.options(for: nil).problem(.publisher) == "no TURN server is configured")
        let relays = try relays([
            server("turn.example.org", file), server("nowhere.example.org", file),
            server("secret.example.org", folder.path + "/missing"),
        ])
        defer { relays.stop() }
        let options = relays.options(for: nil)
        let place = try #require(servers(of: options).first?.address)
        #expect(
            options.problem(.publisher)
                == "“turn:nowhere.example.org”: no address of it is known; "
                + "“turn:secret.example.org”: its credential cannot be read; "
                + "“turn:turn.example.org”: it has not answered")
        options.report(.publisher, RelayReport(server: place, transport: .udp, state: .refused("wrong password")))
        #expect(options.problem(.publisher)?.hasSuffix("“turn:turn.example.org”: wrong password") == true)
        options.report(.publisher, RelayReport(server: place, transport: .udp, state: .ready))
        #expect(options.problem(.publisher) == nil)
    }
}

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
    private func servers(of options: RelayOptions) -> [TURNServer] {
        let end = MonotonicClock.now + .seconds(5)
        while options.servers().isEmpty, MonotonicClock.now < end {
            MonotonicClock.sleep(until: MonotonicClock.now + .milliseconds(5))
        }
        return options.servers()
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
        #expect(relays.options(for: service).isRequired && relays.options(for: service).servers().isEmpty)
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
        #expect(relays.options(for: nil).servers().isEmpty)
        try folder.file("credential", "geheim".utf8)
        #expect(!servers(of: relays.options(for: nil)).isEmpty)
        #expect(problem("network.turnCredential") == nil)
    }

    @Test func aServerThatRelaysByNoneOfItsAddressesIsAProblem() throws {
        let file = try folder.file("credential", "x".utf8)
        let relays = try relays(
            [.init(url: "turn:turn.example.org", login: .password(username: "u", file: file))])
        defer { relays.stop() }
        let options = relays.options(for: nil)
        let places = servers(of: options).map(\.address)
        try #require(places.count == 2)
        func report(_ index: Int, _ state: RelayReport.State) {
            options.report(RelayReport(server: places[index], transport: .udp, state: state))
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
}

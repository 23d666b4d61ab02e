import Base
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import ControlServer

@Suite struct MetricsServerTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path(of: "metrics.sock")
    }

    private func configuration(_ place: MetricsServer.Place? = nil) -> MetricsServer.Configuration {
        MetricsServer.Configuration(
            place: place ?? .path(path), operators: nil, observers: nil, contentType: "text/plain; version=0.0.4")
    }

    /// Sends a request, and reads what comes until the server hangs up.
    private func ask(_ request: String, at path: String) throws -> String {
        let client = try TestClient(path)
        client.send(request)
        return try client.receiveAll()
    }

    private static let scrape = "GET /metrics HTTP/1.1\r\nHost: room\r\n\r\n"

    private static func body(_ answer: String) -> Substring {
        answer.firstRange(of: "\r\n\r\n").map { answer[$0.upperBound...] } ?? ""
    }

    @Test func theTextIsMadeForEachRequestAndTheConnectionEnds() async throws {
        let count = Mutex(0)
        let server = try await MetricsServer.start(configuration()) {
            "number \(count.withLock { $0 += 1; return $0 })\n"
        }
        for number in 1...3 {
            let answer = try ask(Self.scrape, at: path)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(
                answer.contains("Content-Type: text/plain; version=0.0.4\r\n")
                    && answer.contains("Content-Length: 9\r\n"))
            #expect(answer.contains("Connection: close\r\n"))
            #expect(Self.body(answer) == "number \(number)\n")
        }
        let head = try ask("HEAD /metrics HTTP/1.1\r\nHost: room\r\n\r\n", at: path)
        #expect(
            head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.contains("Content-Length: 9\r\n") && Self.body(head) == "")
        await server.stop()
        #expect(access(path, F_OK) != 0, "the file goes with the server")
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: room\r\n\r\n", "404"), ("GET /metrics/x HTTP/1.1\r\nHost: room\r\n\r\n", "404"),
        ("POST /metrics HTTP/1.1\r\nHost: room\r\nContent-Length: 3\r\n\r\nabc", "405"),
        ("GET /metrics?name=x HTTP/1.1\r\nHost: room\r\n\r\n", "200"), ("GET /metrics HTTP/1.0\r\n\r\n", "200"),
        ("nonsense\r\n\r\n", "400"), ("GET /metrics HTTP/9.9\r\n\r\n", "400"),
        ("GET /metrics HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n", "400"), ("\u{1}\u{2}\r\n\r\n", "400"),
    ])
    func everyRequestHasItsAnswer(request: String, status: String) async throws {
        let server = try await MetricsServer.start(configuration()) { "x 1\n" }
        let answer = try ask(request, at: path)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(request): \(answer)")
        let next = try ask(Self.scrape, at: path)
        #expect(Self.body(next) == "x 1\n", "and the next one is served")
        await server.stop()
    }

    @Test func aSecondRequestOnOneConnectionIsNotServed() async throws {
        let server = try await MetricsServer.start(configuration()) { "x 1\n" }
        let answer = try ask(Self.scrape + Self.scrape, at: path)
        #expect(answer.components(of: "HTTP/1.1 200") == 1)
        await server.stop()
    }

    @Test func anEndlessRequestEndsTheConnection() async throws {
        let server = try await MetricsServer.start(configuration()) { "x 1\n" }
        for line in ["X-Header: \(String(repeating: "y", count: 100))\r\n", String(repeating: "z", count: 100)] {
            let client = try TestClient(path)
            client.send("GET /metrics HTTP/1.1\r\n")
            for _ in 0..<1000 where client.send(Array(line.utf8)) < line.utf8.count { break }
            #expect(!(try client.receiveAll()).contains("200 OK"))
        }
        #expect(Self.body(try ask(Self.scrape, at: path)) == "x 1\n")
        await server.stop()
    }

    @Test func whoSaysNothingIsClosedAndMoreThanAFewAreNotLetIn() async throws {
        var configuration = configuration()
        configuration.connectionLimit = 4
        configuration.patience = .seconds(1)
        let server = try await MetricsServer.start(configuration) { "x 1\n" }
        let silent = try (0..<4).map { _ in try TestClient(path) }
        let surplus = try TestClient(path)
        surplus.send(Self.scrape)
        #expect(try surplus.receiveAll() == "", "one too many is closed at once")
        for client in silent { #expect(try client.receiveAll() == "", "patience has an end") }
        #expect(Self.body(try ask(Self.scrape, at: path)) == "x 1\n")
        await server.stop()
    }

    @Test func whoMayNotReadIsToldSo() async throws {
        // As if the daemon were another user's: root may read everything, so that only others can be refused.
        let mayBeRefused = geteuid() != 0
        let server = try await MetricsServer.start(configuration(), owner: geteuid() + 1) { "x 1\n" }
        let answer = try ask(Self.scrape, at: path)
        #expect(answer.hasPrefix(mayBeRefused ? "HTTP/1.1 403 " : "HTTP/1.1 200 "))
        await server.stop()
    }

    @Test func onALoopbackAddressEverybodyOfTheMachineMayRead() async throws {
        let place = MetricsServer.Place.loopback(try #require(SocketAddress("127.0.0.1:0")))
        let server = try await MetricsServer.start(configuration(place)) { "x 1\n" }
        let port = UInt16(try #require(server.port))
        let client = try TestClient(port: port)
        client.send(Self.scrape)
        #expect(Self.body(try client.receiveAll()) == "x 1\n")
        let same = MetricsServer.Place.loopback(try #require(SocketAddress("127.0.0.1:\(port)")))
        await #expect(throws: ControlServerError.cannotListen(path: "127.0.0.1:\(port)", errno: EADDRINUSE)) {
            _ = try await MetricsServer.start(configuration(same)) { "" }
        }
        await server.stop()
    }

    @Test func aSocketThatIsServedIsNotTakenOver() async throws {
        let server = try await MetricsServer.start(configuration()) { "x 1\n" }
        await #expect(throws: ControlServerError.inUse(path: path)) {
            _ = try await MetricsServer.start(configuration()) { "" }
        }
        await server.stop()
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}

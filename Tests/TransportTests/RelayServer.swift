import Base
import Foundation
import ICE
import Testing

/// The coturn of `tools/test`, and others of its kind that a test may take away. User `room`, password `secret`, realm
/// `example.org`; peers on the server's own machine are allowed.
struct RelayServer {
    static let isThere = ProcessInfo.processInfo.environment["ROOMD_TEST_TURN"] != nil

    static func address(_ variable: String) throws -> SocketAddress {
        let text = try #require(ProcessInfo.processInfo.environment[variable])
        return try #require(SocketAddress(text), "\(variable) is an address and port, not \(text)")
    }

    /// The certificate that the server proves itself with, as `turn.example.org`.
    static func authority() throws -> String {
        try #require(ProcessInfo.processInfo.environment["ROOMD_TEST_TURN_CA"])
    }

    static func server(
        _ transport: TURNServer.Transport, name: String? = "turn.example.org", credential: String = "secret"
    ) throws -> TURNServer {
        let address = try address(transport == .tls ? "ROOMD_TEST_TURN_TLS" : "ROOMD_TEST_TURN")
        return TURNServer(
            address: address, transport: transport, name: name, username: "room", credential: credential)
    }

    /// Another server, by UDP and TCP. `end` takes it away.
    final class Own {
        let server: TURNServer
        /// Those that it relays by, and no other server does.
        let ports: ClosedRange<UInt16>
        private let process = Process()
        private let folder: URL

        init(_ transport: TURNServer.Transport, port: UInt16) throws {
            let ip = try RelayServer.address("ROOMD_TEST_TURN").ip
            server = TURNServer(
                address: SocketAddress(ip: ip, port: port), transport: transport, username: "room",
                credential: "secret")
            let first = 20_000 + (port % 100) * 100
            ports = first...first + 99
            folder = FileManager.default.temporaryDirectory.appending(path: "roomd-turn-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [
                "turnserver", "-n", "--listening-ip=\(ip)", "--relay-ip=\(ip)", "--listening-port=\(port)",
                "--min-port=\(ports.lowerBound)", "--max-port=\(ports.upperBound)",
                "--user=room:secret", "--realm=example.org", "--lt-cred-mech", "--allow-loopback-peers", "--no-cli",
                "--cli-password=x", "--no-tls", "--no-dtls", "--log-file=\(folder.path)/log",
                "--pidfile=\(folder.path)/pid", "--userdb=\(folder.path)/db",
            ]
            process.standardOutput = nil
            process.standardError = nil
            try process.run()
        }

        /// Kills it, so that it says nothing to anybody.
        func end() {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
            try? FileManager.default.removeItem(at: folder)
        }
    }
}

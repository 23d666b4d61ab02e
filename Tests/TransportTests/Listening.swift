import Base
import CLinux
import Foundation
import Glibc

/// Waits for a server to take TCP connections.
enum Listening {
    struct Failure: Error {}

    static func wait(for address: SocketAddress) async throws {
        for _ in 0..<200 {
            if answers(address) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure()
    }

    private static func answers(_ address: SocketAddress) -> Bool {
        let socket = clinux_tcp_open(address.ip.isV6 ? 1 : 0, 1 << 14, 1000)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        guard case .v4(let bits) = address.ip else { return false }
        var remote = clinux_address()
        remote.port = address.port
        withUnsafeMutableBytes(of: &remote.bytes) { $0.storeBytes(of: bits.bigEndian, as: UInt32.self) }
        guard clinux_tcp_connect(socket, &remote) == 0 else { return false }
        _ = clinux_wait_writable(socket, 100)
        return clinux_tcp_progress(socket) == 0
    }
}

import Base
import CLinux
import Glibc
import ICE
import Media

/// A TURN server by TCP on loopback that sends everybody to another one (300, RFC 8489 §10).
final class RedirectingServer: Sendable {
    struct Failure: Error {}

    let server: TURNServer
    private let listener: Int32

    init(to alternate: SocketAddress) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw Failure() }
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard isListening else { throw Failure() }
        server = TURNServer(
            address: SocketAddress(ip: .v4(0x7F00_0001), port: UInt16(bigEndian: address.sin_port)), transport: .tcp,
            username: "room", credential: "secret")
        _ = try DeviceThread(name: "redirecting") {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Self.redirect(client, to: alternate)
            }
        }
    }

    func end() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// Answers one request, and waits for the client to go.
    private static func redirect(_ client: Int32, to alternate: SocketAddress) {
        defer { close(client) }
        var bytes = [UInt8](repeating: 0, count: 1500)
        let count = read(client, &bytes, bytes.count)
        guard count > 0, let request = try? STUNMessage(parsing: bytes.span.extracting(first: count)) else { return }
        var answer = STUNMessage(.error, method: request.method, transactionID: request.transactionID)
        answer.errorCode = STUNErrorCode(code: 300, reason: "Try Alternate")
        answer.alternateServer = alternate
        var datagram: [UInt8] = []
        answer.write(into: &datagram, password: nil, fingerprint: false)
        _ = write(client, datagram, datagram.count)
        while read(client, &bytes, bytes.count) > 0 {}
    }
}

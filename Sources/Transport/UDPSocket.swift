import Base
import CLinux
import Glibc

/// A bound, non-blocking UDP socket.
final class UDPSocket {
    let descriptor: Int32
    let local: SocketAddress
    /// Failed receives in a row.
    var failures = 0

    /// - Parameter random: where in `options.ports` to begin looking for a free one.
    init(on ip: IPAddress, options: SocketOptions, random: inout SeededRandom) throws(TransportError) {
        let descriptor = clinux_udp_open(ip.isV6 ? 1 : 0)
        guard descriptor >= 0 else { throw .system(purpose: "opening a UDP socket", code: -descriptor) }
        do throws(TransportError) {
            _ = clinux_udp_set_buffers(descriptor, Int32(options.receiveBuffer), Int32(options.sendBuffer))
            if let dscp = options.dscp {
                // Not every network allows it, and the media flow without it.
                _ = clinux_udp_set_dscp(descriptor, ip.isV6 ? 1 : 0, Int32(dscp.rawValue))
            }
            try Self.bind(descriptor, to: ip, ports: options.ports, random: &random)
            var address = clinux_address()
            let status = clinux_udp_local(descriptor, &address)
            guard status == 0 else { throw TransportError.system(purpose: "getsockname", code: -status) }
            local = SocketAddress(address)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit {
        Glibc.close(descriptor)
    }

    private static func bind(
        _ descriptor: Int32, to ip: IPAddress, ports: ClosedRange<UInt16>?, random: inout SeededRandom
    ) throws(TransportError) {
        guard let ports else {
            var address = SocketAddress(ip: ip, port: 0).system
            let status = clinux_udp_bind(descriptor, &address)
            guard status == 0 else { throw .system(purpose: "binding to \(ip)", code: -status) }
            return
        }
        // From a random place on, so that a port just closed is not used again at once by another connection.
        let start = Int(random.next() % UInt64(ports.count))
        for step in 0..<ports.count {
            let port = ports.lowerBound + UInt16((start + step) % ports.count)
            var address = SocketAddress(ip: ip, port: port).system
            let status = clinux_udp_bind(descriptor, &address)
            if status == 0 { return }
            guard status == -EADDRINUSE else { throw .system(purpose: "binding to \(ip):\(port)", code: -status) }
        }
        throw .noPort(address: "\(ip)", range: ports)
    }
}

public import Base
import CLinux

/// The machine's own addresses.
public enum NetworkInterfaces {
    /// Addresses of all interfaces that are up and running, without link-local ones, which work only with a zone.
    /// - Parameter includeLoopback: adds 127.0.0.1 and ::1, for peers on the same machine.
    /// - Throws: `TransportError.noNetwork` when there is none.
    public static func addresses(includeLoopback: Bool) throws(TransportError) -> [IPAddress] {
        var entries = [clinux_address](repeating: clinux_address(), count: 64)
        let count = clinux_interface_addresses(&entries, Int32(entries.count))
        guard count >= 0 else { throw .system(purpose: "getifaddrs", code: -count) }
        var result: [IPAddress] = []
        for entry in entries.prefix(Int(count)) where includeLoopback || entry.is_loopback == 0 {
            let ip = SocketAddress(entry).ip
            guard !ip.isLinkLocal, !result.contains(ip) else { continue }
            result.append(ip)
        }
        guard !result.isEmpty else { throw .noNetwork }
        return result
    }
}

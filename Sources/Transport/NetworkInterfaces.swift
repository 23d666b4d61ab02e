public import Base
import CLinux

/// The machine's own addresses.
public enum NetworkInterfaces {
    /// Addresses of all interfaces that are up and running, without link-local ones, which work only with a zone.
    /// - Parameter includeLoopback: adds 127.0.0.1 and ::1, for peers on the same machine.
    /// - Throws: `TransportError.noNetwork` when there is none.
    public static func addresses(includeLoopback: Bool) throws(TransportError) -> [IPAddress] {
        var result: [IPAddress] = []
        for entry in try entries(includeIdle: false) where includeLoopback || entry.is_loopback == 0 {
            let ip = SocketAddress(entry).ip
            guard !ip.isLinkLocal, !result.contains(ip) else { continue }
            result.append(ip)
        }
        guard !result.isEmpty else { throw .noNetwork }
        return result
    }
    /// All addresses that the machine has, also on interfaces that are down or whose cable is pulled.
    static func assigned() throws(TransportError) -> Set<IPAddress> {
        Set(try entries(includeIdle: true).map { SocketAddress($0).ip })
    }

    private static func entries(includeIdle: Bool) throws(TransportError) -> ArraySlice<clinux_address> {
        var entries = [clinux_address](repeating: clinux_address(), count: 64)
        let count = clinux_interface_addresses(&entries, Int32(entries.count), includeIdle ? 1 : 0)
        guard count >= 0 else { throw .system(purpose: "getifaddrs", code: -count) }
        return entries.prefix(Int(count))
    }
}

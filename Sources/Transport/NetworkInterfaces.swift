public import Base
import CLinux

/// The machine's own addresses.
public enum NetworkInterfaces {
    /// Addresses of all interfaces that are up and running, without link-local ones, which work only with a zone.
    /// - Parameter includeLoopback: adds 127.0.0.1 and ::1, for peers on the same machine.
    /// - Throws: `TransportError.noNetwork` when there is none.
    public static func addresses(includeLoopback: Bool) throws(TransportError) -> [IPAddress] {
        var result: [IPAddress] = []
        var seen: Set<IPAddress> = []
        for entry in try entries(includeIdle: false) where includeLoopback || entry.is_loopback == 0 {
            let ip = SocketAddress(entry).ip
            guard !ip.isLinkLocal, seen.insert(ip).inserted else { continue }
            result.append(ip)
        }
        guard !result.isEmpty else { throw .noNetwork }
        return result
    }

    /// All addresses that the machine has, also on interfaces that are down or whose cable is pulled.
    /// - Parameter count: how many addresses there is room for at first.
    static func assigned(expecting count: Int = expected) throws(TransportError) -> Set<IPAddress> {
        Set(try entries(includeIdle: true, expecting: count).map { SocketAddress($0).ip })
    }

    private static let expected = 64
    /// A host of containers has hundreds; what lies beyond this is left out.
    private static let limit = 4096

    private static func entries(
        includeIdle: Bool, expecting count: Int = expected
    ) throws(TransportError) -> ArraySlice<clinux_address> {
        var room = count
        while true {
            var entries = [clinux_address](repeating: clinux_address(), count: room)
            let count = clinux_interface_addresses(&entries, Int32(room), includeIdle ? 1 : 0)
            guard count >= 0 else { throw .system(purpose: "getifaddrs", code: -count) }
            if count <= room || room == limit { return entries.prefix(Int(count)) }
            room = min(Int(count), limit)
        }
    }
}

public import Base
import CLinux
import Glibc

/// Names by the system's resolver: DNS, /etc/hosts, and mDNS where it is set up (nss-mdns with Avahi, systemd-resolved).
public enum NameService {
    /// The addresses of a name or an address, in the order of RFC 6724; none when it is not known. Blocks, perhaps for half
    /// a minute.
    public static func addresses(of host: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [IPAddress] = []
        var entry = list
        while let one = entry?.pointee {
            var address = clinux_address()
            if clinux_from_sockaddr(one.ai_addr, &address) == 0 {
                let ip = SocketAddress(address).ip
                if !found.contains(ip) { found.append(ip) }
            }
            entry = one.ai_next
        }
        return found
    }
}

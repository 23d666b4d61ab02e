import Base
import CLinux

extension SocketAddress {
    init(_ system: clinux_address) {
        var bytes = system.bytes
        let ip = withUnsafeBytes(of: &bytes) { raw -> IPAddress in
            func word(_ offset: Int, _ count: Int) -> UInt64 {
                raw[offset..<offset + count].reduce(0) { $0 << 8 | UInt64($1) }
            }
            return system.is_v6 != 0 ? .v6(high: word(0, 8), low: word(8, 8)) : .v4(UInt32(word(0, 4)))
        }
        self.init(ip: ip, port: system.port)
    }

    var system: clinux_address {
        var result = clinux_address()
        result.port = port
        withUnsafeMutableBytes(of: &result.bytes) { raw in
            switch ip {
            case .v4(let bits):
                raw.storeBytes(of: bits.bigEndian, as: UInt32.self)
            case .v6(let high, let low):
                raw.storeBytes(of: high.bigEndian, as: UInt64.self)
                raw.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
        }
        result.is_v6 = ip.isV6 ? 1 : 0
        return result
    }
}

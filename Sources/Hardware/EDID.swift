/// The name in a monitor's identification (VESA E-EDID, release A, §3.10.3: 128-byte base block, four descriptors of
/// 18 bytes from byte 54 on; tag 0xFC holds the name).
enum EDID {
    /// The monitor's name, or nil when there is none or the block is damaged. Takes any bytes.
    static func monitorName(_ bytes: [UInt8]) -> String? {
        let magic: [UInt8] = [0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0]
        guard bytes.count >= 128, bytes.starts(with: magic),
            bytes[..<128].reduce(0, &+) == 0
        else { return nil }
        for start in stride(from: 54, to: 126, by: 18) {
            let descriptor = bytes[start..<start + 18]
            guard descriptor.prefix(3).allSatisfy({ $0 == 0 }), descriptor[start + 3] == 0xFC else { continue }
            // At most 13 characters, ended by a line feed and filled with spaces.
            let text = descriptor.dropFirst(5).prefix { $0 != 0x0A }.filter { (0x20..<0x7F).contains($0) }
            let name = String(decoding: text, as: UTF8.self).trimmed
            return name.isEmpty ? nil : name
        }
        return nil
    }
}

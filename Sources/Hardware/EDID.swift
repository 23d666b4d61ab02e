/// A monitor's identification (VESA E-EDID, release A: a base block of 128 bytes, then extensions). Takes any bytes.
enum EDID {
    /// What people call the monitor: its name, or else its manufacturer.
    static func label(_ bytes: [UInt8]) -> String? {
        monitorName(bytes) ?? manufacturer(bytes)
    }

    /// The monitor's name, or nil when there is none or the block is damaged (§3.10.3: four descriptors of 18 bytes
    /// from byte 54 on; tag 0xFC holds the name).
    static func monitorName(_ bytes: [UInt8]) -> String? {
        guard isSound(bytes) else { return nil }
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

    /// The manufacturer's three letters, such as `DEL` (§3.4.1: five bits each, 1 is A).
    static func manufacturer(_ bytes: [UInt8]) -> String? {
        guard isSound(bytes) else { return nil }
        let packed = UInt16(bytes[8]) << 8 | UInt16(bytes[9])
        let letters = [10, 5, 0].map { UInt8(packed >> $0 & 31) }
        guard letters.allSatisfy({ (1...26).contains($0) }) else { return nil }
        return String(decoding: letters.map { $0 + 64 }, as: UTF8.self)
    }

    /// The physical address that an HDMI sink gives this input, 0x1000 for 1.0.0.0 (HDMI 1.4b §8.7: bytes 4 and 5 of the
    /// vendor-specific data block of 00-0C-03; CTA-861-G §7.5: data blocks of an extension with tag 2, version 3).
    static func physicalAddress(_ bytes: [UInt8]) -> UInt16? {
        guard isSound(bytes) else { return nil }
        for start in stride(from: 128, through: bytes.count - 128, by: 128) {
            let block = Array(bytes[start..<start + 128])
            guard block[0] == 2, block[1] >= 3, block.reduce(0, &+) == 0 else { continue }
            // Detailed timings follow the data blocks from the byte that byte 2 names.
            let end = min(Int(block[2]), 127)
            var offset = 4
            while offset < end {
                let length = Int(block[offset] & 31)
                guard offset + length < end else { break }
                if block[offset] >> 5 == 3, length >= 5, block[offset + 1...offset + 3] == [0x03, 0x0C, 0x00] {
                    let address = UInt16(block[offset + 4]) << 8 | UInt16(block[offset + 5])
                    return address == 0xFFFF ? nil : address
                }
                offset += length + 1
            }
        }
        return nil
    }

    private static func isSound(_ bytes: [UInt8]) -> Bool {
        let magic: [UInt8] = [0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0]
        return bytes.count >= 128 && bytes.starts(with: magic) && bytes[..<128].reduce(0, &+) == 0
    }
}

import Testing

@testable import Hardware

@Suite struct DisplayEDIDTests {
    @Test func aMonitorIsCalledByItsNameOrByItsManufacturer() {
        #expect(EDID.label(.named("DELL U2720Q")) == "DELL U2720Q")
        #expect(EDID.manufacturer(.named("DELL U2720Q")) == "DEL")
        #expect(EDID.label(.named(nil)) == "DEL")
        #expect(EDID.label([]) == nil && EDID.manufacturer([UInt8](repeating: 0, count: 128)) == nil)
    }

    @Test func thePhysicalAddressComesFromTheHDMIBlock() {
        #expect(EDID.physicalAddress(.named("TV", physicalAddress: 0x1000)) == 0x1000)
        #expect(EDID.physicalAddress(.named("TV", physicalAddress: 0x3210)) == 0x3210)
        #expect(EDID.physicalAddress(.named("TV", physicalAddress: 0xFFFF)) == nil)
        #expect(EDID.physicalAddress(.named("TV")) == nil)
    }

    /// Any damage, at any byte, and any length: an address or none, never a trap.
    @Test func damagedExtensionsHaveNoAddress() {
        let edid = [UInt8].named("TV", physicalAddress: 0x1000)
        for index in edid.indices {
            var damaged = edid
            damaged[index] ^= 0x55
            #expect(EDID.physicalAddress(damaged) == nil, "byte \(index)")
            _ = EDID.physicalAddress(Array(edid[..<index]))
            // The same with sums that are right, as a monitor of bad will would send it.
            for value in [0, 3, 4, 127, 128, 255] as [UInt8] {
                damaged[index] = value
                for block in [0, 128] { damaged[block + 127] = 0 &- damaged[block..<block + 127].reduce(0, &+) }
                _ = EDID.physicalAddress(damaged)
                _ = EDID.label(damaged)
            }
        }
    }
}

extension [UInt8] {
    /// An EDID of one base block, and an extension if there is an address.
    static func named(_ name: String?, physicalAddress: UInt16? = nil) -> [UInt8] {
        var edid = [UInt8](repeating: 0, count: 128)
        edid.replaceSubrange(0..<10, with: [0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0x10, 0xAC])
        if let name {
            edid.replaceSubrange(72..<77, with: [0, 0, 0, 0xFC, 0])
            edid.replaceSubrange(77..<90, with: Array((name + "\n            ").utf8.prefix(13)))
        }
        if let physicalAddress {
            edid[126] = 1
            var block = [UInt8](repeating: 0, count: 128)
            // A video block before it.
            block.replaceSubrange(0..<7, with: [2, 3, 13, 0, 0x42, 0x10, 0x04])
            block.replaceSubrange(
                7..<13,
                with: [0x65, 0x03, 0x0C, 0x00, UInt8(physicalAddress >> 8), UInt8(truncatingIfNeeded: physicalAddress)])
            block[127] = 0 &- block[..<127].reduce(0, &+)
            edid += block
        }
        edid[127] = 0 &- edid[..<127].reduce(0, &+)
        return edid
    }
}

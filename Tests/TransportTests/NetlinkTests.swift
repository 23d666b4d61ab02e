import Base
import Testing

@testable import Transport

@Suite struct NetlinkTests {
    private func message(_ type: UInt16, payload: Int = 20, length: UInt32? = nil) -> [UInt8] {
        let size = length ?? UInt32(16 + payload)
        var bytes: [UInt8] = (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
        bytes += [UInt8(truncatingIfNeeded: type), UInt8(type >> 8)] + [UInt8](repeating: 0, count: 10 + payload)
        while bytes.count % 4 != 0 { bytes.append(0) }
        return bytes
    }

    private func tells(_ bytes: [UInt8]) -> Bool { NetlinkMessages.tellOfChange(bytes.span) }

    @Test func knowsLinksAndAddresses() {
        for type in [16, 17, 20, 21] as [UInt16] { #expect(tells(message(type))) }
        for type in [2, 3, 24, 28] as [UInt16] { #expect(!tells(message(type))) }
        // Not the first of the datagram, and not of an even length.
        #expect(tells(message(3, payload: 5) + message(20)))
    }

    @Test func lengthsThatMakeNoSenseEndTheLook() {
        #expect(!tells([]))
        #expect(!tells(Array(message(20).prefix(15))))
        for length in [0, 1, 15, 37, 1 << 20, .max] as [UInt32] { #expect(!tells(message(20, length: length))) }
        #expect(!tells(message(3, length: 8) + message(20)))
    }

    @Test func survivesAnyBytes() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2000 {
            var bytes = random.bytes(Int(random.next() % 80))
            if bytes.count > 4 { bytes.replaceSubrange(1..<4, with: [0, 0, 0]) }
            _ = tells(bytes)
        }
    }

    @Test func aBurstIsOneLookAndOnlyOtherAddressesAreAChange() {
        let one: Set<IPAddress> = [.v4(1)]
        var settler = ChangeSettler(one)
        #expect(settler.deadline == nil)
        settler.heard(at: .zero)
        settler.heard(at: .zero + .milliseconds(90))
        #expect(settler.deadline == .zero + .milliseconds(100))
        let isRenewal = settler.looked(at: one)
        #expect(!isRenewal, "an address was only renewed")
        #expect(settler.deadline == nil)
        settler.heard(at: .zero + .seconds(1))
        let isOther = settler.looked(at: [.v4(2)])
        settler.heard(at: .zero + .seconds(2))
        let isGone = settler.looked(at: [])
        #expect(isOther && isGone)
    }

    @Test func theSystemLetsUsListen() throws {
        _ = try NetworkWatcher { _ in }
    }
}

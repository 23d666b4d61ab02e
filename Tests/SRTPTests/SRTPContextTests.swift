import Base
import SRTP
import Testing

@Suite struct SRTPContextTests {
    /// Key material of one end and, mirrored, of the other.
    static func pair(_ profile: SRTPProtectionProfile, seed: UInt64 = 1) -> (SRTPKeyingMaterial, SRTPKeyingMaterial) {
        var random = SeededRandom(seed: seed)
        let a = random.bytes(profile.keyLength)
        let aSalt = random.bytes(profile.saltLength)
        let b = random.bytes(profile.keyLength)
        let bSalt = random.bytes(profile.saltLength)
        return (
            SRTPKeyingMaterial(profile: profile, localKey: a, localSalt: aSalt, remoteKey: b, remoteSalt: bSalt),
            SRTPKeyingMaterial(profile: profile, localKey: b, localSalt: bSalt, remoteKey: a, remoteSalt: aSalt)
        )
    }

    static func packet(sequence: UInt16, ssrc: UInt32 = 7, payload: Int = 100) -> [UInt8] {
        var packet: [UInt8] = [0x80, 96]
        packet.append(bigEndian: sequence)
        packet.append(bigEndian: UInt32(sequence) * 960)
        packet.append(bigEndian: ssrc)
        packet.append(contentsOf: (0..<payload).map { UInt8(truncatingIfNeeded: $0 &+ Int(sequence)) })
        return packet
    }

    @Test(arguments: SRTPProtectionProfile.allCases) func carriesManyStreamsThroughTheWrap(
        _ profile: SRTPProtectionProfile
    ) throws {
        let (near, far) = Self.pair(profile)
        var sender = try SRTPContext(.outbound, near)
        var receiver = try SRTPContext(.inbound, far)
        for ssrc in [UInt32(1), 2, 0xFFFF_FFFF] {
            var sequence: UInt16 = 32_000
            for _ in 0..<70 {
                let plain = Self.packet(sequence: sequence, ssrc: ssrc)
                var packet = plain
                try sender.protectRTP(&packet)
                #expect(packet.count == plain.count + profile.tagLength)
                #expect(packet != plain)
                try receiver.unprotectRTP(&packet)
                #expect(packet == plain)
                sequence &+= 1000
            }
        }
    }

    @Test(arguments: SRTPProtectionProfile.allCases) func refusesReplays(_ profile: SRTPProtectionProfile) throws {
        let (near, far) = Self.pair(profile)
        var sender = try SRTPContext(.outbound, near)
        var receiver = try SRTPContext(.inbound, far)
        var packet = Self.packet(sequence: 10)
        try sender.protectRTP(&packet)
        var first = packet
        var second = packet
        try receiver.unprotectRTP(&first)
        #expect(throws: SRTPError.replayed) { try receiver.unprotectRTP(&second) }

        var report: [UInt8] = [0x80, 201, 0, 1, 0, 0, 0, 7]
        try sender.protectRTCP(&report)
        var again = report
        try receiver.unprotectRTCP(&report)
        #expect(report == [0x80, 201, 0, 1, 0, 0, 0, 7])
        #expect(throws: SRTPError.replayed) { try receiver.unprotectRTCP(&again) }
    }

    @Test(arguments: SRTPProtectionProfile.allCases) func acceptsReorderingWithinTheWindow(
        _ profile: SRTPProtectionProfile
    ) throws {
        let (near, far) = Self.pair(profile)
        var sender = try SRTPContext(.outbound, near)
        var receiver = try SRTPContext(.inbound, far)
        let packets = try (0..<1100).map { index in
            var packet = Self.packet(sequence: UInt16(index))
            try sender.protectRTP(&packet)
            return packet
        }
        var newest = packets[1099]
        try receiver.unprotectRTP(&newest)
        var inside = packets[1099 - 1023]
        try receiver.unprotectRTP(&inside)
        #expect(inside == Self.packet(sequence: 1099 - 1023))
        var outside = packets[1099 - 1024]
        #expect(throws: SRTPError.replayed) { try receiver.unprotectRTP(&outside) }
    }

    @Test(arguments: SRTPProtectionProfile.allCases) func mayProtectTheSamePacketTwice(
        _ profile: SRTPProtectionProfile
    ) throws {
        let (near, _) = Self.pair(profile)
        var sender = try SRTPContext(.outbound, near)
        var first = Self.packet(sequence: 5)
        var second = first
        try sender.protectRTP(&first)
        try sender.protectRTP(&second)
        #expect(first == second)
    }

    @Test func refusesPacketsUnderAnotherKey() throws {
        var sender = try SRTPContext(.outbound, Self.pair(.aeadAES128GCM, seed: 1).0)
        var receiver = try SRTPContext(.inbound, Self.pair(.aeadAES128GCM, seed: 2).1)
        var packet = Self.packet(sequence: 1)
        try sender.protectRTP(&packet)
        #expect(throws: SRTPError.notAuthentic) { try receiver.unprotectRTP(&packet) }
    }

    @Test(arguments: SRTPProtectionProfile.allCases) func survivesGarbage(_ profile: SRTPProtectionProfile) throws {
        let (near, far) = Self.pair(profile)
        var sender = try SRTPContext(.outbound, near)
        var receiver = try SRTPContext(.inbound, far)
        var random = SeededRandom(seed: 99)
        for round in 0..<2000 {
            var noise = random.bytes(Int(random.next() % 120))
            if round % 2 == 0, !noise.isEmpty { noise[0] = 0x80 | noise[0] & 0x3F }
            var copy = noise
            #expect(throws: SRTPError.self, "seed 99, round \(round)") { try receiver.unprotectRTP(&noise) }
            #expect(throws: SRTPError.self, "seed 99, round \(round)") { try receiver.unprotectRTCP(&copy) }
        }
        var packet = Self.packet(sequence: 1)
        try sender.protectRTP(&packet)
        try receiver.unprotectRTP(&packet)
        #expect(packet == Self.packet(sequence: 1))
    }
}

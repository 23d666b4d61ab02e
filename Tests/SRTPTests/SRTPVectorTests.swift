import Base
import SRTP
import Testing

/// The reference packets of libsrtp's `srtp_driver.c`, under the master key of RFC 3711 §B.3 and, for GCM, RFC 7714's
/// key derivation. (RFC 7714 §16 gives session keys only, which no API takes.)
@Suite struct SRTPVectorTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var profile: SRTPProtectionProfile
        var key: String
        var salt: String
        var protectedRTP: String
        var protectedRTCP: String
        var testDescription: String { "\(profile)" }

        var keys: SRTPKeyingMaterial {
            SRTPKeyingMaterial(
                profile: profile, localKey: hex(key), localSalt: hex(salt), remoteKey: hex(key), remoteSalt: hex(salt))
        }
    }

    static let rtp = hex("800f1234 decafbad cafebabe abababab abababab abababab abababab")
    static let rtcp = hex("81c8000b cafebabe abababab abababab abababab abababab")
    static let vectors = [
        Vector(
            profile: .aes128CMSHA1_80, key: "e1f97a0d3e018be0d64fa32c06de4139", salt: "0ec675ad498afeebb6960b3aabe6",
            protectedRTP: "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
            protectedRTCP: "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798"),
        Vector(
            profile: .aeadAES128GCM, key: "000102030405060708090a0b0c0d0e0f", salt: "a0a1a2a3a4a5a6a7a8a9aaab",
            protectedRTP: "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
            protectedRTCP: "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001"
        ),
    ]

    @Test(arguments: vectors) func protectsAsTheReferenceDoes(_ vector: Vector) throws {
        var context = try SRTPContext(.outbound, vector.keys)
        var packet = Self.rtp
        try context.protectRTP(&packet)
        #expect(packet == hex(vector.protectedRTP))
        packet = Self.rtcp
        try context.protectRTCP(&packet)
        #expect(packet == hex(vector.protectedRTCP))
    }

    @Test(arguments: vectors) func unprotectsTheReference(_ vector: Vector) throws {
        var context = try SRTPContext(.inbound, vector.keys)
        var packet = hex(vector.protectedRTP)
        try context.unprotectRTP(&packet)
        #expect(packet == Self.rtp)
        packet = hex(vector.protectedRTCP)
        try context.unprotectRTCP(&packet)
        #expect(packet == Self.rtcp)
    }

    @Test(arguments: vectors) func refusesEveryFlippedBitAndEveryTruncation(_ vector: Vector) throws {
        let packet = hex(vector.protectedRTP)
        for bit in 0..<packet.count * 8 {
            var context = try SRTPContext(.inbound, vector.keys)
            var damaged = packet
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: SRTPError.self, "bit \(bit)") { try context.unprotectRTP(&damaged) }
        }
        let control = hex(vector.protectedRTCP)
        for length in 0..<control.count {
            var context = try SRTPContext(.inbound, vector.keys)
            var rtp = Array(packet.prefix(length))
            var rtcp = Array(control.prefix(length))
            if length < packet.count {
                #expect(throws: SRTPError.self, "\(length) bytes") { try context.unprotectRTP(&rtp) }
            }
            #expect(throws: SRTPError.self, "\(length) bytes") { try context.unprotectRTCP(&rtcp) }
        }
    }
}

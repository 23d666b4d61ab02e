import Digests
import Testing

@Suite struct DigestsTests {
    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// RFC 2202 §3.
    @Test(
        arguments: [
            ([UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8), "b617318655057264e28bc0b6fb378c8ef146be00"),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
            ),
            (
                [UInt8](repeating: 0xAA, count: 80),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "aa4ae5e15272d00e95705637ce8a3b55ed402112"
            ),
        ])
    func signsLikeTheVectorsOfRFC2202(key: [UInt8], message: [UInt8], expected: String) {
        #expect(Self.hex(Digests.hmacSHA1(key: key, message.span)) == expected)
    }

    @Test func takesAnEmptyKeyAndAnEmptyMessage() {
        let empty: [UInt8] = []
        #expect(Self.hex(Digests.hmacSHA1(key: [], empty.span)) == "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d")
        #expect(
            Self.hex(Digests.sha256([]))
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    /// FIPS 180-2, appendix B.1.
    @Test func hashesLikeTheVectorOfTheStandard() {
        #expect(
            Self.hex(Digests.sha256(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func randomBytesAreAsManyAsAskedAndNeverTheSame() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(Set((0..<100).map { _ in SecureRandom.bytes(16) }).count == 100)
        #expect(Set((0..<100).map { _ in SecureRandom.seed() }).count == 100)
    }
}

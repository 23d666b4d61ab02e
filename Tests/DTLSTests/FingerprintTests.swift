import Base
import DTLS
import Testing

@Suite struct FingerprintTests {
    static let text =
        "sha-256 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB:4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF"

    @Test func readsAndWritesWhatRFC8122Shows() throws {
        let fingerprint = try Fingerprint(Self.text)
        #expect(fingerprint.algorithm == .sha256)
        #expect(fingerprint.bytes.prefix(3) == [0x4A, 0xAD, 0xB9])
        #expect(fingerprint.description == Self.text)
    }

    @Test func readsEitherCase() throws {
        #expect(try Fingerprint(Self.text.lowercased()) == Fingerprint(Self.text))
        #expect(try Fingerprint("SHA-256" + Self.text.dropFirst(7)) == Fingerprint(Self.text))
    }

    @Test(arguments: [
        "", "sha-256", "sha-256 ", "sha-256 4A:AD", "md5 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B",
        "sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB",
        text + ":00", text.replacing(":", with: ""), text.replacing("4A", with: "+A"), text.replacing("4A", with: "4"),
        text + " more",
    ]) func refusesWhatIsNone(_ text: String) {
        #expect(throws: DTLSError.invalidFingerprint(text)) { try Fingerprint(text) }
    }

    @Test func everyCertificateHasItsOwn() throws {
        let first = try Certificate(at: UTCTime(seconds: 0))
        let second = try Certificate(at: UTCTime(seconds: 0))
        #expect(first.fingerprint != second.fingerprint)
        #expect(try Fingerprint(first.fingerprint.description) == first.fingerprint)
    }
}

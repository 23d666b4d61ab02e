import Base
import Testing

@Suite struct PercentCodingTests {
    @Test(arguments: [
        ("a%20b", "a b"), ("%e4%BC%9A", "会"), ("a+b", "a+b"), ("", ""), ("100%25", "100%"), ("%2B1", "+1"),
    ])
    func escapesAreTheirBytes(text: String, meaning: String) {
        #expect(PercentCoding.decode(text) == meaning)
    }

    @Test func inFormsAPlusIsABlank() {
        #expect(PercentCoding.decode("a+b%2B", .form) == "a b+")
        #expect(PercentCoding.decode("100%", .form) == nil)
    }

    @Test(arguments: ["%", "%4", "%zz", "%+5", "%-5", "% 5", "%ff%fe", "%C3"])
    func whatIsBrokenIsNone(text: String) {
        #expect(PercentCoding.decode(text) == nil)
        #expect(PercentCoding.decode(text, .form) == nil)
    }

    @Test func pathsKeepWhatIsNoEscape() {
        for text in ["%", "%4", "%zz", "%+5", "100%", "%%zz"] { #expect(PercentCoding.decode(text, .path) == text) }
        #expect(PercentCoding.decode("%%41%4", .path) == "%A%4")
        #expect(PercentCoding.decode("a+b", .path) == "a+b")
        #expect(PercentCoding.decode("%ff", .path) == nil, "no UTF-8")
    }

    @Test func whatIsEncodedIsReadAgain() {
        for text in ["", "a b&c=d+e%", "会议室", "~-._", "\u{0}\u{7F}"] {
            #expect(PercentCoding.decode(PercentCoding.encode(text)) == text)
            #expect(PercentCoding.decode(PercentCoding.encode(text), .form) == text)
        }
        #expect(PercentCoding.encode("a b+ä") == "a%20b%2B%C3%A4")
    }
}

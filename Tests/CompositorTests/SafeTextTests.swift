import Testing

@testable import Compositor

@Suite struct SafeTextTests {
    @Test(arguments: [
        ("Anna Ångström", "Anna Ångström"), ("  a \t\r\n b  ", "a b"), ("a\u{0}b\u{7}\u{1B}[31m", "ab[31m"),
        ("\u{202E}gnp.exe\u{202C}", "gnp.exe"), ("\u{2066}x\u{2069}\u{200F}", "x"), ("会议室", "会议室"),
        ("مرحبا", "مرحبا"), ("\u{FEFF}\u{E000}\u{10FFFF}", ""), ("\u{3164}\u{2800}\u{A0}", ""),
        ("x\u{2028}y", "x y"), ("👩‍👩‍👧", "👩‍👩‍👧"), ("a\u{200D}", "a"), ("می\u{200C}خواهم", "می\u{200C}خواهم"),
    ])
    func keepsWhatIsReadAndDropsTheRest(text: String, safe: String) {
        #expect(SafeText.clean(text) == safe)
    }

    @Test func limitsLengthAndStackedMarks() {
        #expect(SafeText.clean(String(repeating: "字", count: 10_000)).unicodeScalars.count == SafeText.longest)
        let tower = "a" + String(repeating: "\u{0301}", count: 500) + "b"
        let words = String(repeating: "a", count: SafeText.longest - 1) + " b"
        #expect(SafeText.clean(words) == String(repeating: "a", count: SafeText.longest - 1))
        #expect(SafeText.clean(tower).unicodeScalars.count == 5)
        #expect(SafeText.clean(String(repeating: "\u{200B}", count: 10_000)) == "")
    }

    @Test func repairsInvalidSequences() {
        let bytes: [UInt8] = [0x41, 0xFF, 0xC0, 0xAF, 0xED, 0xA0, 0x80, 0x42]
        let safe = SafeText.clean(String(decoding: bytes, as: UTF8.self))
        #expect(safe.hasPrefix("A") && safe.hasSuffix("B"))
    }

    @Test func keepsLinesOnlyWhenAsked() {
        #expect(SafeText.clean("a\r\n\nb") == "a b")
        #expect(SafeText.clean("a\n\nb", keepsLines: true) == "a\nb")
    }

    @Test(arguments: [
        ("Anna Ångström", "AÅ"), ("mary", "M"), ("Jean-Luc van Picard", "JP"), ("田中 太郎", "田"), ("مرحبا بالعالم", "م"),
        ("(Room) 7", "R7"), ("", "?"), ("…", "…"), ("ßen", "SS"),
    ])
    func initials(name: String, expected: String) {
        #expect(Initials.of(name) == expected)
    }
}

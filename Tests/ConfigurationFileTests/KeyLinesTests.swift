import Base
import Testing

@testable import ConfigurationFile

@Suite struct KeyLinesTests {
    @Test func findsKeysInEveryFormOfTOML() {
        let text = """
            top = 1 # top = 2
            "quoted key" = "a # b"
            a.b . c = '''
            x = 1
            '''
            long = \"\"\"one
            two \\\" three\"\"\"
            list = [
              "one", # = [
              { url = "u", deep = { x = 1 } },
            ]
            [table."sub.x"]
            key = 2020-01-01
            [[rows]]
            a = 1
            [[rows]]
            b = 2
            [rows.inner]
            c = 3
            """
        let lines = KeyLines.scan(Array(text.utf8))
        let expected = [
            "top": 1, "quoted key": 2, "a": 3, "a.b": 3, "a.b.c": 3, "long": 6, "list": 8, "list[0]": 9, "list[1]": 10,
            "list[1].url": 10, "list[1].deep": 10, "list[1].deep.x": 10, "table": 12, "table.sub.x": 12,
            "table.sub.x.key": 13, "rows": 14, "rows[0]": 14, "rows[0].a": 15, "rows[1]": 16, "rows[1].b": 17,
            "rows[1].inner": 18, "rows[1].inner.c": 19,
        ]
        #expect(lines == expected)
    }

    /// toml++ ends the process over these (assertions, in release builds, too).
    @Test(arguments: [
        "[\n", "[$x]\n", "[[\n", "[[ =", "a=7804-05-27T:", "a.b =1979-05-27 1", "a = [[[[}[", "a = 07:32:",
        "a = { b = }",
        "a = [ 1, }", "# a\n\n[ \"",
        "\u{FEFF}\n[\n5", "a\u{A0}= 1\n[\n",
    ])
    func whatTheParserDoesNotSurviveIsKeptFromIt(text: String) {
        let loaded = ConfigurationLoader.load(text: text)
        #expect(loaded.problems.count == 1)
        #expect(loaded.problems.first?.kind == .syntax)
    }

    @Test func neverTrapsOnAnything() {
        let alphabet = Array("ab.=[]{}\"'\\#, \n\r\t\u{00E9}1".utf8)
        for seed in UInt64(1)...200 {
            var random = SeededRandom(seed: seed)
            let bytes = (0..<200).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
            _ = KeyLines.scan(bytes)
            _ = ConfigurationLoader.load(bytes: bytes)
        }
    }
}

import JSON
import Testing

@Suite struct MergePatchTests {
    /// RFC 7396, appendix A: original, patch, result.
    static let examples: [(String, String, String)] = [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
        (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        (#"{"a":"foo"}"#, "null", "null"),
        (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ]

    @Test(arguments: examples) func appliesLikeTheStandard(original: String, patch: String, result: String) throws {
        let patched = try JSONValue(parsing: original).applying(mergePatch: JSONValue(parsing: patch))
        #expect(patched == (try JSONValue(parsing: result)))
    }

    @Test func aPatchLeadsFromOneValueToTheOther() throws {
        let old = try JSONValue(parsing: #"{"a":{"b":1,"c":[1,2]},"gone":true,"same":"x"}"#)
        let new = try JSONValue(parsing: #"{"a":{"b":2,"c":[1]},"same":"x","added":{"d":1.5}}"#)
        let patch = try #require(old.mergePatch(to: new))
        #expect(old.applying(mergePatch: patch) == new)
        #expect(patch["same"] == nil)
        #expect(new.mergePatch(to: new) == nil)
    }

    @Test func wholeNumbersStayWhole() throws {
        #expect(try JSONValue(parsing: "[1,1.5,-9007199254740993]").text == "[1,1.5,-9007199254740993]")
    }

    @Test(arguments: ["{", "", "[1 2]", "{\"a\":}", "nul"]) func refusesWhatIsNotJSON(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }
}

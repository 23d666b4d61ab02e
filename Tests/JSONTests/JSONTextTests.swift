import Base
import FoundationEssentials
import JSON
import Testing

@Suite struct JSONTextTests {
    @Test(
        arguments: [
            ("null", JSONValue.null), (" [1 , -2,3.5]\n", [1, -2, 3.5]), ("3.0", 3), ("1e3", 1000), ("-0", 0),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("0.1", 0.1), ("1E-7", 1e-7),
            (#""\ud83d\ude00\u00e9\"\\\/\b\f\n\r\t""#, .string("😀é\"\\/\u{8}\u{C}\n\r\t")), ("{}", [:]),
            (#"{"a":{"b":[]},"a":2}"#, ["a": 2]), ("\"会议室\"", "会议室"), ("\"\\u0000\"", "\0"),
        ] as [(String, JSONValue)])
    func reads(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "01", "-", "1.", ".5", "1e", "+1", "[1,]", "[1", "{\"a\"}", "{\"a\":1,}", "{a:1}", "'a'",
        "\"a", "\"\\x\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\u{1}\"", "1 2", "[]]", "1e999", "NaN",
        "\u{FEFF}1", "\0",
    ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test func refusesWhatIsNotUTF8() {
        for bytes: [UInt8] in [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x28, 0x22], [0xFF], [0x22, 0xED, 0xA0, 0x80, 0x22]] {
            #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
        }
    }

    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONValue(parsing: nested(512))
        #expect(throws: JSONError.self) { try JSONValue(parsing: nested(513)) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 1_000_000)) }
    }

    @Test func errorsSayWhereAndWhat() {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "{\"a\" 1}") }
        #expect(error?.description == "Expected \":\" at byte 5, came \"1\".")
    }

    @Test func writesOneSortedLine() throws {
        let value: JSONValue = [
            "b": [1, 2.5, .number(100), .number(.nan), .null, true], "a": "\u{1}\"\\/\n\u{1F}é", "c": .number(1e300),
        ]
        #expect(value.text == #"{"a":"\u0001\"\\/\n\u001fé","b":[1,2.5,100,null,null,true],"c":1e+300}"#)
        #expect(try JSONValue(parsing: #"{"x":1e-07}"#).text == #"{"x":1e-07}"#)
    }

    @Test func whatIsWrittenReadsBackAsFoundationReadsIt() throws {
        for seed in UInt64(1)...100 {
            var random = SeededRandom(seed: seed)
            let value = anything(depth: 5, &random)
            let bytes = value.serialized()
            #expect(try JSONValue(parsing: bytes) == value, "seed \(seed)")
            let foundation = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
            #expect(foundation == value, "seed \(seed)")
        }
    }

    @Test func damagedTextNeverTraps() {
        for seed in UInt64(1)...300 {
            var random = SeededRandom(seed: seed)
            var bytes = anything(depth: 4, &random).serialized()
            for _ in 0..<3 where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? JSONValue(parsing: bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
        }
    }

    private func anything(depth: Int, _ random: inout SeededRandom) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int64.random(in: -1_000_000...1_000_000, using: &random))
        case 3: return .number(Double.random(in: -1...1, using: &random) * 0.37)
        case 4, 5:
            let letters = Array("ab\"\\/\n\u{1}é会😀")
            return .string(String((0..<4).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] }))
        case 6: return .array((0..<3).map { _ in anything(depth: depth - 1, &random) })
        default:
            var members: [String: JSONValue] = [:]
            for index in 0..<3 { members["k\(index)"] = anything(depth: depth - 1, &random) }
            return .object(members)
        }
    }
}

import TOMLKit

/// A TOML value of our own: TOMLKit's point into the parser's memory.
enum TOMLNode: Hashable {
    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    /// Dates and times, which no key takes.
    case time
    case array([TOMLNode])
    case table([String: TOMLNode])

    static func parse(_ bytes: [UInt8]) -> ParseResult {
        // TOMLKit hands C strings on: a NUL would silently end the file, and bytes that are no UTF-8 be replaced.
        if let place = bytes.firstIndex(of: 0) {
            return .failure(
                problem("A NUL byte is in the file; expected text.", line: lineNumber(of: place, in: bytes)))
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .failure(problem("The file is not UTF-8; save it as UTF-8 without other encodings.", line: 1))
        }
        if let trap = KeyLines.trap(in: bytes) { return .failure(problem(sentence(trap.message), line: trap.line)) }
        do {
            return .success(convert(try TOMLTable(string: text)))
        } catch let error as TOMLParseError {
            return .failure(
                problem(sentence(TOMLWords.sentence(for: error.description)), line: max(1, error.source.begin.line)))
        } catch {
            return .failure(problem(sentence(TOMLWords.sentence(for: "\(error)")), line: 1))
        }
    }

    enum ParseResult {
        case success([String: TOMLNode])
        case failure(ConfigurationProblem)
    }

    /// In the words of an error message: `the number 7`.
    var described: String {
        switch self {
        case .string(let text): "\"\(text.count > 60 ? text.prefix(60) + "…" : text)\""
        case .integer(let number): "the number \(number)"
        case .number(let number): "the number \(number)"
        case .boolean(let flag): "\(flag)"
        case .time: "a date or time"
        case .array: "an array"
        case .table: "a table"
        }
    }

    private static func convert(_ table: TOMLTable) -> [String: TOMLNode] {
        var members: [String: TOMLNode] = [:]
        for key in table.keys {
            if let value = table[key] { members[key] = convert(value) }
        }
        return members
    }

    private static func convert(_ value: any TOMLValueConvertible) -> TOMLNode {
        if let table = value.table { return .table(convert(table)) }
        if let array = value.array {
            var elements: [TOMLNode] = []
            for index in 0..<array.count { elements.append(convert(array[index])) }
            return .array(elements)
        }
        if let text = value.string { return .string(text) }
        if let flag = value.bool { return .boolean(flag) }
        if let number = value.int { return .integer(number) }
        if let number = value.double { return .number(number) }
        return .time
    }

    private static func problem(_ message: String, line: Int) -> ConfigurationProblem {
        ConfigurationProblem(kind: .syntax, line: line, key: "", message: message)
    }

    private static func sentence(_ text: String) -> String {
        "Not TOML: " + text + (text.hasSuffix(".") ? "" : ".")
    }

    private static func lineNumber(of offset: Int, in bytes: [UInt8]) -> Int {
        1 + bytes[..<offset].count { $0 == 0x0A }
    }
}

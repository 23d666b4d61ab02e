import ControlAPI
import Testing

/// Docs/control-api.md has three tables that are made from the data here, between `<!-- NAME -->` and `<!-- end -->`.
/// When this fails, put what it prints there.
@Suite struct DocumentationTests {
    @Test(arguments: ["events", "reasons", "methods"])
    func theTablesOfTheDocumentationAreTrue(name: String) throws {
        let lines = try RepositoryFile.lines(of: "Docs/control-api.md")
        let start = try #require(lines.firstIndex(of: "<!-- \(name) -->"), "no table called \(name)")
        let end = try #require(lines[start...].firstIndex(of: "<!-- end -->"), "the table \(name) has no end")
        let expected: [String] =
            switch name {
            case "events": Self.events
            case "reasons": Self.reasons
            default: Self.methods
            }
        #expect(
            Array(lines[(start + 1)..<end]) == expected,
            "Docs/control-api.md: expected\n\(expected.joined(separator: "\n"))")
    }

    private static var events: [String] {
        ["| event | data | |", "|---|---|---|"]
            + EventName.allCases.map { "| `\($0.rawValue)` | \(members($0.data.fields)) | \($0.summary) |" }
    }

    private static var reasons: [String] {
        ["| reason | |", "|---|---|"] + Reason.allCases.map { "| `\($0.rawValue)` | \($0.summary) |" }
    }

    private static var methods: [String] {
        ["| method | parameters | result | level | |", "|---|---|---|---|---|"]
            + Method.all.filter(\.isServed).map { method in
                "| `\(method.name.rawValue)` | \(parameters(method.parameters)) | \(members(method.result.fields)) "
                    + "| \(method.access.rawValue) | \(method.summary) |"
            }
    }

    private static func members(_ fields: [Field]) -> String {
        fields.map { "`\($0.name)\($0.isRequired ? "" : "?")`" }.joined(separator: " ")
    }

    private static func parameters(_ fields: [Field]) -> String {
        fields.map { field in
            let notes = field.summary.isEmpty ? "" : "; \(field.summary)"
            return "`\(field.name)\(field.isRequired ? "" : "?")`: \(field.schema.expectation)\(notes)"
        }.joined(separator: "<br>").split(separator: "|").joined(separator: "\\|")
    }
}

/// The complaints of the TOML parser, which speaks to programmers, in words for administrators.
enum TOMLWords {
    /// - Parameter complaint: such as “Error while parsing value: could not determine value type”.
    /// - Returns: what was expected and what to do; the parser's own words where there are no better ones.
    static func sentence(for complaint: String) -> String {
        if let name = name(in: complaint, after: "cannot redefine existing table") {
            return "the table [\(name)] stands twice; put all of its keys under one heading"
        }
        if complaint.contains("cannot redefine existing array"), complaint.contains("as table"),
            let name = name(in: complaint, after: "cannot redefine existing array")
        {
            return "expected [[\(name)]] in double brackets, as further up; came [\(name)]"
        }
        if let name = name(in: complaint, after: "cannot redefine existing") {
            return complaint.contains("as table")
                ? "“\(name)” has a value further up, so it cannot be a table here"
                : "the key “\(name)” stands twice in this table; remove one of the two"
        }
        return rules.first { rule in rule.marks.allSatisfy { complaint.contains($0) } }?.sentence
            ?? "the parser says: \(complaint)"
    }

    /// The first that fits.
    private static let rules: [(marks: [String], sentence: String)] = [
        (
            ["could not determine value type"],
            #"expected a value: text in straight double quotes (name = "Boardroom"), a number, true, false, or a list"#
        ),
        (["parsing boolean"], "expected true or false, in lower case; text stands in double quotes"),
        (["string", "control character"], "a text is not closed: its second quote is missing in this line"),
        (["string", "end-of-file"], "a text is not closed: its second quote is missing"),
        (
            ["unknown escape sequence"],
            #"a backslash in double quotes begins an escape such as \n: write \\ for a backslash, or use single quotes"#
        ),
        (["table header", "expected ']'"], "a heading is not closed: expected “]”, as in [room]"),
        (["parsing array"], "a list that was begun here or further up is not closed: expected a comma or “]”"),
        (["dangling comma"], "remove the comma before “}”"),
        (["inline table"], #"expected pairs in braces, such as { url = "turn:h", username = "u" }, all in one line"#),
        (["leading zero"], "a number has no leading zeros; text stands in double quotes"),
        (["integer"], #"expected a whole number; a duration or other text stands in double quotes ("10s")"#),
        (["floating-point"], "expected a number such as 29.97; text stands in double quotes"),
    ]

    /// What stands in quotes behind some words.
    private static func name(in complaint: String, after words: String) -> String? {
        guard let start = complaint.firstRange(of: words)?.upperBound,
            let open = complaint[start...].firstIndex(of: "'")
        else { return nil }
        let rest = complaint[complaint.index(after: open)...]
        return rest.firstIndex(of: "'").map { String(rest[..<$0]) }
    }
}

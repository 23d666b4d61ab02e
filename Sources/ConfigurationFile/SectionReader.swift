import Base

/// Reads the keys of one table, with what is wrong about each; at the end, what is left over was misspelt.
struct SectionReader {
    private let members: [String: TOMLNode]
    private let path: String
    private let findings: Findings
    private var known: [String] = []

    init(_ members: [String: TOMLNode], path: String, findings: Findings) {
        self.members = members
        self.path = path
        self.findings = findings
    }

    // MARK: Values

    /// Text that passes a check; nil when the key is absent or its value is no good.
    mutating func text(_ key: String, _ check: ValueCheck = .any) -> String? {
        guard let node = take(key) else { return nil }
        guard case .string(let text) = node else { return reject(key, check.expected, node) }
        return accept(key, text, check)
    }

    /// The path of a file that holds a secret.
    mutating func secretFile(_ key: String) -> String? {
        text(key, .secretFile).map { text in
            Credential.name(in: text).map { Credential.path(of: $0, in: Credential.folder) } ?? text
        }
    }

    mutating func flag(_ key: String) -> Bool? {
        guard let node = take(key) else { return nil }
        guard case .boolean(let flag) = node else { return reject(key, "true or false", node) }
        return flag
    }

    mutating func whole(_ key: String, in range: ClosedRange<Int>, even: Bool = false) -> Int? {
        let expected = "\(even ? "an even" : "a whole") number from \(range.lowerBound) to \(range.upperBound)"
        guard let node = take(key) else { return nil }
        guard case .integer(let number) = node, range.contains(number), !even || number.isMultiple(of: 2) else {
            return reject(key, expected, node)
        }
        return number
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
        guard let node = take(key) else { return nil }
        let value: Double? =
            switch node {
            case .integer(let number): Double(number)
            case .number(let number): number
            default: nil
            }
        guard let value, range.contains(value) else {
            return reject(key, "a number from \(range.lowerBound) to \(range.upperBound)", node)
        }
        return value
    }

    mutating func word<Word: RawRepresentable<String> & CaseIterable>(_ key: String) -> Word? {
        let words = Word.allCases.map(\.rawValue)
        let expected = "one of: " + words.joined(separator: ", ")
        guard let node = take(key) else { return nil }
        guard case .string(let text) = node, let word = Word(rawValue: text) else {
            var hint = ""
            if case .string(let text) = node, let nearest = EditDistance.nearest(to: text, among: words) {
                hint = " Did you mean \"\(nearest)\"?"
            }
            return reject(key, expected, node, hint: hint)
        }
        return word
    }

    /// `500ms`, `60s`, `15m`, `2h`.
    mutating func duration(_ key: String, atLeast least: Duration = .zero) -> Duration? {
        guard let node = take(key) else { return nil }
        guard case .string(let text) = node else { return reject(key, Self.durationForms, node) }
        switch DurationText.parse(text) {
        case .duration(let duration) where duration >= least: return duration
        case .duration, .tooLong:
            let range = "\(DurationText.words(least)) to \(DurationText.words(DurationText.longest))"
            return reject(key, "a duration from \(range)", node)
        case .notDuration: return reject(key, Self.durationForms, node)
        }
    }

    /// A word (nil inside) or a duration.
    mutating func durationOrWord(_ key: String, word: String, atLeast least: Duration = .zero) -> Duration?? {
        guard case .string(word)? = members[key] else { return duration(key, atLeast: least).map { .some($0) } }
        known.append(key)
        return .some(nil)
    }

    private static let durationForms = "a duration such as \"500ms\", \"60s\", \"15m\" or \"2h\""

    /// `"auto"` (nil inside) or bits per second.
    mutating func bitrate(_ key: String, in range: ClosedRange<Int>) -> Int?? {
        guard let node = take(key) else { return nil }
        switch node {
        case .string("auto"): return .some(nil)
        case .integer(let rate) where range.contains(rate): return rate
        default:
            let expected = "\"auto\" or bits per second from \(range.lowerBound) to \(range.upperBound)"
            return reject(key, expected, node)
        }
    }

    mutating func texts(_ key: String, _ check: ValueCheck = .any) -> [String]? {
        guard let node = take(key) else { return nil }
        guard case .array(let elements) = node else { return reject(key, "an array of strings", node) }
        var texts: [String] = []
        for (index, element) in elements.enumerated() {
            let place = "\(key)[\(index)]"
            guard case .string(let text) = element else {
                complain(place, check.expected, element)
                continue
            }
            if let text = accept(place, text, check) { texts.append(text) }
        }
        return texts
    }

    // MARK: Tables

    /// A table of this one, also an empty one where it is absent.
    mutating func section(_ key: String) -> SectionReader {
        guard let node = take(key) else { return SectionReader([:], path: place(key), findings: findings) }
        guard case .table(let members) = node else {
            complain(key, "a table, [\(place(key))]", node)
            return SectionReader([:], path: place(key), findings: findings)
        }
        return SectionReader(members, path: place(key), findings: findings)
    }

    /// The tables of an array of tables.
    mutating func sections(_ key: String) -> [SectionReader] {
        guard let node = take(key) else { return [] }
        guard case .array(let elements) = node else {
            complain(key, "tables, each begun with [[\(place(key))]]", node)
            return []
        }
        return elements.enumerated().compactMap { index, element in
            guard case .table(let members) = element else {
                complain("\(key)[\(index)]", "a table", element)
                return nil
            }
            return SectionReader(members, path: "\(place(key))[\(index)]", findings: findings)
        }
    }

    // MARK: Problems

    /// Whether a key is there, of whatever value.
    func has(_ key: String) -> Bool {
        members[key] != nil
    }

    /// A key that must be there.
    func require(_ key: String, _ what: String) {
        guard members[key] == nil else { return }
        findings.add(.missing, at: place(key), "Missing; expected \(what).")
    }

    func report(_ key: String, _ message: String, _ kind: ConfigurationProblem.Kind = .value) {
        findings.add(kind, at: place(key), message)
    }

    /// Something is wrong with the value of a key already.
    func isReported(_ key: String) -> Bool {
        findings.isReported(place(key))
    }

    /// The value of a key names a file.
    func refer(_ key: String, to path: String?, as purpose: FileReference.Purpose) {
        guard let path else { return }
        findings.refer(to: path, as: purpose, at: place(key))
    }

    /// Call after the last key: what nobody asked for is unknown.
    func finish() {
        for key in members.keys.sorted() where !known.contains(key) {
            let hint =
                EditDistance.nearest(to: key, among: known).map { "Did you mean \"\($0)\"?" }
                ?? "Known here: \(known.sorted().joined(separator: ", "))."
            findings.add(.unknownKey, at: place(key), "Unknown key. \(hint)")
        }
    }

    private mutating func take(_ key: String) -> TOMLNode? {
        known.append(key)
        return members[key]
    }

    private func accept(_ key: String, _ text: String, _ check: ValueCheck) -> String? {
        guard check.accepts(text) else {
            let hint = check.hint(text)
            return reject(key, check.expected, .string(text), hint: hint.isEmpty ? "" : " " + hint)
        }
        return text
    }

    private func reject<Value>(_ key: String, _ expected: String, _ came: TOMLNode, hint: String = "") -> Value? {
        complain(key, expected, came, hint: hint)
        return nil
    }

    private func complain(_ key: String, _ expected: String, _ came: TOMLNode, hint: String = "") {
        findings.add(.value, at: place(key), "Expected \(expected); came \(came.described).\(hint)")
    }

    private func place(_ key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }
}

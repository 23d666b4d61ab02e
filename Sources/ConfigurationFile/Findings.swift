/// What reading a file brings up, each with its line: problems, and the files to look at.
final class Findings {
    private let lines: [String: Int]
    private var problems: [ConfigurationProblem] = []
    private var references: [FileReference] = []

    init(lines: [String: Int]) {
        self.lines = lines
    }

    var sortedProblems: [ConfigurationProblem] {
        problems.sorted { ($0.line, $0.key) < ($1.line, $1.key) }
    }

    var sortedFiles: [FileReference] {
        references.sorted { ($0.line, $0.key) < ($1.line, $1.key) }
    }

    func add(_ kind: ConfigurationProblem.Kind, at key: String, _ message: String) {
        problems.append(ConfigurationProblem(kind: kind, line: line(of: key), key: key, message: message))
    }

    func isReported(_ key: String) -> Bool {
        problems.contains { $0.key == key }
    }

    func refer(to path: String, as purpose: FileReference.Purpose, at key: String) {
        references.append(FileReference(key: key, line: line(of: key), path: path, purpose: purpose))
    }

    /// Where a key stands, or else the table that ought to have it.
    private func line(of key: String) -> Int {
        var path = key
        while true {
            if let line = lines[path] { return line }
            guard let cut = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return 1 }
            path = String(path[..<cut])
        }
    }
}

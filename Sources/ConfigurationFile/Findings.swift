/// What reading a file brings up, each with its line: problems, and the files to look at.
final class Findings {
    let lines: KeyPlaces
    private var problems: [ConfigurationProblem] = []
    private var references: [FileReference] = []

    init(lines: KeyPlaces) {
        self.lines = lines
    }

    var sortedProblems: [ConfigurationProblem] {
        problems.sorted { ($0.line, $0.key) < ($1.line, $1.key) }
    }

    var sortedFiles: [FileReference] {
        references.sorted { ($0.line, $0.key) < ($1.line, $1.key) }
    }

    func add(_ kind: ConfigurationProblem.Kind, at key: String, _ message: String) {
        problems.append(ConfigurationProblem(kind: kind, line: lines.line(of: key), key: key, message: message))
    }

    func isReported(_ key: String) -> Bool {
        problems.contains { $0.key == key }
    }

    func refer(to path: String, as purpose: FileReference.Purpose, at key: String) {
        references.append(FileReference(key: key, line: lines.line(of: key), path: path, purpose: purpose))
    }
}

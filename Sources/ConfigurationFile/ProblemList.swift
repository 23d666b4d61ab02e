/// Gathers problems while a file is read, each with its line.
final class ProblemList {
    private let lines: [String: Int]
    private var problems: [ConfigurationProblem] = []

    init(lines: [String: Int]) {
        self.lines = lines
    }

    var sorted: [ConfigurationProblem] {
        problems.sorted { ($0.line, $0.key) < ($1.line, $1.key) }
    }

    func add(_ kind: ConfigurationProblem.Kind, at key: String, _ message: String) {
        problems.append(ConfigurationProblem(kind: kind, line: line(of: key), key: key, message: message))
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

@testable import ConfigurationFile

extension Boundary {
    /// One configuration file.
    static func takeConfiguration(_ input: [UInt8]) throws(BrokenPromise) {
        let loaded = ConfigurationLoader.load(bytes: input)
        let last = input.count { $0 == 0x0A } + 1
        for problem in loaded.problems {
            try promise((1...last).contains(problem.line), "line \(problem.line) of \(last): \(problem)")
        }
        // Keys are looked for in text that is no TOML, too.
        _ = KeyLines.scan(input)
    }
}

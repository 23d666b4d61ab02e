import Glibc

/// Reads configuration files.
public enum ConfigurationLoader {
    /// What a file says, and everything that is wrong with it. Where a value cannot be used its default stands, so that
    /// the caller decides what it can live with.
    public struct Loaded: Hashable, Sendable {
        public let configuration: RoomConfiguration
        /// In the order of their lines.
        public let problems: [ConfigurationProblem]
        /// The files of it that this version uses, in the order of their lines; `fileProblems()` looks at them.
        public let files: [FileReference]
        private let places: KeyPlaces

        init(
            configuration: RoomConfiguration, problems: [ConfigurationProblem], files: [FileReference],
            places: KeyPlaces = KeyPlaces()
        ) {
            self.configuration = configuration
            self.problems = problems
            self.files = files
            self.places = places
        }

        /// Whether a room runs with it. Unknown keys, what this version does not serve and what has no effect do not count.
        public var isUsable: Bool {
            problems.allSatisfy(\.isBearable)
        }

        /// Something that whoever uses the value of a key has to say about it.
        /// - Parameter key: written in the file or not.
        public func problem(
            _ kind: ConfigurationProblem.Kind, at key: String, _ message: String
        ) -> ConfigurationProblem {
            ConfigurationProblem(kind: kind, line: places.line(of: key), key: key, message: message)
        }
    }

    /// The largest file that is read.
    static let sizeLimit = 1 << 20

    public static func load(path: String) throws(ConfigurationFileError) -> Loaded {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= sizeLimit else {
                throw ConfigurationFileError(description: "\(path): expected at most \(sizeLimit) bytes of TOML.")
            }
        }
        return load(bytes: bytes)
    }

    public static func load(text: String) -> Loaded {
        load(bytes: Array(text.utf8))
    }

    static func load(bytes: [UInt8]) -> Loaded {
        switch TOMLNode.parse(bytes) {
        case .failure(let problem):
            return Loaded(configuration: RoomConfiguration(), problems: [problem], files: [])
        case .success(let members):
            let findings = Findings(lines: KeyPlaces(lines: KeyLines.scan(bytes)))
            let configuration = RoomConfiguration(SectionReader(members, path: "", findings: findings))
            return Loaded(
                configuration: configuration, problems: findings.sortedProblems, files: findings.sortedFiles,
                places: findings.lines)
        }
    }

    private static func failure(_ path: String) -> ConfigurationFileError {
        ConfigurationFileError(
            description: "\(path): the configuration cannot be read: \(String(cString: strerror(errno))).")
    }
}

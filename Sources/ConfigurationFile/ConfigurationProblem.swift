/// One thing wrong with a configuration file.
public struct ConfigurationProblem: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The text is not TOML; nothing of it could be read.
        case syntax
        /// A key that nobody reads: an error to `--check-config`, a warning at run time.
        case unknownKey
        /// A value that cannot be used; the default stands in its place.
        case value
        /// A key that must be there is not.
        case missing
        /// A value that cannot do what it says as the rest of the file stands; all else works.
        case ineffective
        /// A value that this version reads and does not act on; all else works.
        case unserved
        /// A secret, or an authority, cannot be read: the meetings that need it cannot be joined.
        case file
        /// Whoever asks may not read a file, which says nothing of the daemon.
        case unjudgedFile
        /// A file that may come later, as one of a file system that is not mounted yet, is not there.
        case awaitedFile
        /// A folder that the daemon needs is not there, and it cannot make it.
        case folder
    }

    public enum Severity: Hashable, Sendable {
        /// Something of the configuration will not work.
        case error
        /// It works, perhaps not as it was meant.
        case warning
    }

    public let kind: Kind
    /// Counts from 1.
    public let line: Int
    /// Dotted, arrays counted from 0: `service[0].url`; empty for the file as a whole.
    public let key: String
    /// What was expected, what came, what to do.
    public let message: String

    public init(kind: Kind, line: Int, key: String, message: String) {
        self.kind = kind
        self.line = line
        self.key = key
        self.message = message
    }

    /// What it is to `--check-config`.
    public var severity: Severity {
        switch kind {
        case .syntax, .unknownKey, .value, .missing, .ineffective, .file, .folder: .error
        case .unserved, .unjudgedFile, .awaitedFile: .warning
        }
    }

    /// Whether the daemon starts with it: no room goes dark over what leaves the rest as it was meant.
    var isBearable: Bool {
        switch kind {
        case .syntax, .value, .missing: false
        case .unknownKey, .ineffective, .unserved, .file, .unjudgedFile, .awaitedFile, .folder: true
        }
    }

    /// `FILE:LINE: KEY: message`, as compilers write it; of a warning `FILE:LINE: warning: KEY: message`.
    public func rendered(file: String) -> String {
        "\(file):\(line): " + (severity == .warning ? "warning: " : "") + (key.isEmpty ? "" : "\(key): ") + message
    }
}

/// A configuration file cannot be read at all.
public struct ConfigurationFileError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

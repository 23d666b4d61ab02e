import ArgumentParser
import ConfigurationFile
import Glibc

/// `roomd`: the meeting room's daemon.
@main
struct RoomdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roomd",
        abstract: "Runs a meeting room: its camera, microphone, loudspeaker and display, and its scheduled meetings.",
        discussion: """
            In the foreground until SIGTERM, which leaves the meeting first.

            EXAMPLES
              roomd --config /etc/roomd/roomd.toml
              roomd --check-config /etc/roomd/roomd.toml
            """,
        version: "roomd \(Version.text)")

    @Option(help: ArgumentHelp("Run with this configuration.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("Print every problem of a configuration and end.", valueName: "file"))
    var checkConfig: String?

    @Option(
        help: ArgumentHelp(
            "Show on the display that the room does not start, until SIGTERM; for the service.", valueName: "file"))
    var outOfOrder: String?

    @Argument(help: .hidden)
    var others: [String] = []

    func validate() throws {
        if let other = others.first { throw ValidationError(Self.sentence(about: other)) }
        guard [config, checkConfig, outOfOrder].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("Give one of --config FILE, --check-config FILE and --out-of-order FILE.")
        }
    }

    static func sentence(about word: String) -> String {
        let isFile = word.contains("/") || word.hasSuffix(".toml") || access(word, F_OK) == 0
        let hint =
            isFile
            ? "Write --config \(word) to run with it, or --check-config \(word) to check it."
            : "roomd is the daemon; commands such as status and join are roomctl's."
        return "roomd takes options only, came '\(word)'. \(hint)"
    }

    func run() async throws {
        if let checkConfig { throw try Self.check(checkConfig) }
        if let outOfOrder { return try await OutOfOrder.run(file: outOfOrder) }
        guard let config else { return }
        let loaded: ConfigurationLoader.Loaded
        do {
            loaded = try ConfigurationLoader.load(path: config)
        } catch {
            throw Self.failure("\(error)")
        }
        guard loaded.isUsable else {
            let lines = loaded.problems.map { $0.rendered(file: config) }
            throw Self.failure(lines.joined(separator: "\n") + "\nroomd: correct the file, then start again.")
        }
        do {
            try await Daemon.run(loaded, file: config)
        } catch {
            throw Self.failure("roomd: \(error)")
        }
    }

    private static func check(_ file: String) throws -> ExitCode {
        let findings: (lines: [String], isFit: Bool)
        do {
            findings = try Self.findings(in: file)
        } catch {
            throw failure("\(error)")
        }
        for line in findings.lines { print(line) }
        guard findings.isFit else { return .failure }
        print("ok")
        return .success
    }

    /// Everything that is wrong with a configuration, and with what it needs around it, in the order of the lines.
    /// - Returns: `isFit` when it is nothing worse than warnings.
    static func findings(in file: String) throws(ConfigurationFileError) -> (lines: [String], isFit: Bool) {
        let loaded = try ConfigurationLoader.load(path: file)
        // Of a text that could not be read there is nothing more to be said.
        let isRead = !loaded.problems.contains { $0.kind == .syntax }
        let surroundings =
            isRead
            ? loaded.fileProblems(for: .administrator, flawOfAuthority: AuthorityFile.flaw)
                + loaded.folderProblems(for: .administrator)
                + loaded.deviceProblems() : []
        let problems = (loaded.problems + surroundings).sorted { $0.line < $1.line }
        return (problems.map { $0.rendered(file: file) }, problems.allSatisfy { $0.severity == .warning })
    }

    private static func failure(_ text: String) -> ExitCode {
        let line = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
        return .failure
    }
}

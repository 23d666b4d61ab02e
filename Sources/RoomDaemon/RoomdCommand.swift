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

    func validate() throws {
        guard (config == nil) != (checkConfig == nil) else {
            throw ValidationError("Give either --config FILE or --check-config FILE.")
        }
    }

    func run() async throws {
        if let checkConfig { throw try Self.check(checkConfig) }
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
        let loaded: ConfigurationLoader.Loaded
        do {
            loaded = try ConfigurationLoader.load(path: file)
        } catch {
            throw failure("\(error)")
        }
        let problems = (loaded.problems + loaded.fileProblems(for: .administrator)).sorted { $0.line < $1.line }
        for problem in problems { print(problem.rendered(file: file)) }
        guard problems.allSatisfy({ $0.severity == .warning }) else { return .failure }
        print("ok")
        return .success
    }

    private static func failure(_ text: String) -> ExitCode {
        let line = Array((text + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
        return .failure
    }
}

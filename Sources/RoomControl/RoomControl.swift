import ArgumentParser
import ControlAPI
import Glibc

/// `roomctl`: steers roomd from a terminal or a script.
@main
struct RoomControl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roomctl",
        abstract: "Steers the meeting room that roomd runs on this machine.",
        usage: "roomctl [--socket <path>] [--json] <command> …",
        discussion: """
            Examples:
              roomctl status
              roomctl join 'janus+ws://sfu.example.org:8188/?room=1234'
              roomctl join --passcode-stdin 'janus+ws://sfu.example.org:8188/?room=1234' < pin.txt
              roomctl mute
              roomctl layout speaker
              roomctl watch microphone meeting.participants
              roomctl --json call state.get '{"path": "schedule.next"}'

            Every command takes --socket <path> (default \(ConnectionOptions.defaultSocket)) and --json (print the \
            daemon's answer as it came), before or after its name.

            Exit status: 0 done; 1 the daemon refused, with its reason on standard error; 2 wrong usage; 3 no daemon.
            """,
        version: "roomctl, control API \(OpenRPC.apiVersion)",
        subcommands: [
            Status.self, Join.self, Start.self, Leave.self, End.self, Mute.self, Unmute.self, Camera.self, Volume.self,
            Participants.self, MuteParticipant.self, UnmuteParticipant.self, MuteAll.self, Remove.self, Record.self,
            Layout.self, Snapshot.self, Devices.self, Schedule.self, Watch.self, Call.self,
        ]
    )

    static func main() {
        Glibc.exit(run(Array(CommandLine.arguments.dropFirst())))
    }

    static func command(for arguments: [String]) throws -> any ParsableCommand {
        try parseAsRoot(GlobalOptions.movedBehindCommand(arguments))
    }

    /// - Returns: the exit status.
    static func run(_ arguments: [String]) -> Int32 {
        do {
            var command = try command(for: arguments)
            try command.run()
            return 0
        } catch let failure as CommandFailure {
            complain("roomctl: \(failure)")
            return failure.exitStatus
        } catch {
            // Asking for help is an error to the parser, but not to people.
            if exitCode(for: error) == .success {
                print(fullMessage(for: error))
                return 0
            }
            complain(fullMessage(for: error))
            return 2
        }
    }

    private static func complain(_ message: String) {
        let line = Array((message + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}

/// The parser knows the common options as options of each command; people write them first.
enum GlobalOptions {
    static func movedBehindCommand(_ arguments: [String]) -> [String] {
        var moved: [String] = []
        var rest = arguments[...]
        while let next = rest.first {
            if next == "--json" || next.hasPrefix("--socket=") {
                moved.append(next)
                rest = rest.dropFirst()
            } else if next == "--socket", rest.count > 1 {
                moved += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        guard let command = rest.first, !command.hasPrefix("-"), command != "help" else { return arguments }
        let known = RoomControl.configuration.subcommands.first { $0._commandName == command }
        // What the parser does not know it is to name, not the options that came with it.
        guard let known else { return Array(rest) }
        let second = rest.dropFirst().first
        let depth = known.configuration.subcommands.contains { $0._commandName == second } ? 2 : 1
        return rest.prefix(depth) + moved + rest.dropFirst(depth)
    }
}

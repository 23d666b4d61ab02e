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
              roomctl join 'janus+ws://sfu.example/?room=1234'
              roomctl join --passcode-stdin 'janus+ws://sfu.example/?room=1234' < pin.txt
              roomctl mute
              roomctl layout speaker
              roomctl schedule dismiss weekly@example.org
              roomctl watch microphone meeting.participants
              roomctl --json call state.get '{"path": "schedule.next"}'

            Every command takes --socket <path> (default \(ConnectionOptions.defaultSocket)) and --json (print the \
            daemon's answer as it came), before or after its name.

            Exit status: 0 done; 1 the daemon refused, with its reason on standard error; 2 wrong usage; 3 no daemon.
            """,
        version: "roomctl, control API \(OpenRPC.apiVersion)",
        subcommands: [
            Status.self, Health.self, Join.self, Start.self, Leave.self, End.self, Schedule.self, Mute.self,
            Unmute.self,
            Camera.self, Volume.self, Speaker.self, Participants.self, MuteParticipant.self, UnmuteParticipant.self,
            MuteAll.self, Remove.self, Record.self, Layout.self, Pin.self, Unpin.self, Display.self, Message.self,
            Snapshot.self, Devices.self, Video.self, Statistics.self, Info.self, Watch.self, Call.self,
        ]
    )

    static func main() {
        Glibc.exit(run(Array(CommandLine.arguments.dropFirst())))
    }

    static func command(for arguments: [String]) throws -> any ParsableCommand {
        try parseAsRoot(CommandLineWords.arranged(arguments))
    }

    /// - Parameter showHelp: gets the help when it is asked for.
    /// - Returns: the exit status.
    static func run(_ arguments: [String], showHelp: (String) -> Void = { print($0) }) -> Int32 {
        var isCall = false
        do {
            var command = try command(for: arguments)
            isCall = command is Call
            try command.run()
            return 0
        } catch let failure as CommandFailure {
            complain("roomctl: \(failure.text(namingMethods: isCall))")
            return failure.exitStatus
        } catch {
            // Asking for help is an error to the parser, but not to people.
            if exitCode(for: error) == .success {
                showHelp(fullMessage(for: error))
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

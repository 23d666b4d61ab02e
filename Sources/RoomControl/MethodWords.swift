import ControlAPI

/// The daemon speaks to programs and names methods; people in front of roomctl are told its commands.
enum MethodWords {
    /// What to type for a method. Not here: what only programs call.
    static let commands: [MethodName: String] = [
        .stateGet: "status", .stateSubscribe: "watch", .eventsSubscribe: "watch", .systemInfo: "info",
        .rpcDiscover: "call rpc.discover", .meetingStart: "start", .meetingJoin: "join", .meetingLeave: "leave",
        .meetingEnd: "end", .cameraSet: "camera", .videoConfigure: "video", .devicesList: "devices",
        .devicesSelect: "devices select", .devicesConfigure: "devices configure", .participantsList: "participants",
        .participantsMuteAll: "mute-all", .participantsRemove: "remove", .recordingStart: "record start",
        .recordingStop: "record stop", .layoutSet: "layout", .layoutPin: "pin", .displayPower: "display",
        .displaySnapshot: "snapshot", .displayMessage: "message show", .scheduleList: "schedule",
        .scheduleRefresh: "schedule refresh", .scheduleJoin: "schedule join", .scheduleDismiss: "schedule dismiss",
        .scheduleSimulate: "schedule simulate", .statisticsGet: "statistics", .diagnosticsHealth: "health",
    ]

    /// Methods that are more than one command, parts of the state, and keys of the configuration.
    private static let others = [
        MethodName.microphoneSet.rawValue: "'roomctl mute' or 'roomctl unmute'",
        MethodName.speakerSet.rawValue: "'roomctl volume' or 'roomctl speaker'",
        MethodName.participantsRequestMicrophone.rawValue: "'roomctl mute-participant' or 'roomctl unmute-participant'",
        "schedule.refreshed": "'roomctl status'",
    ].merging(
        DeviceKind.allCases.map {
            ("devices.\($0.rawValue)", "'\($0.rawValue)' under [devices] in roomd's configuration")
        }
    ) { first, _ in first }

    private static let words = others.merging(
        commands.map { ($0.key.rawValue, "'roomctl \($0.value)'") }
    ) { first, _ in first }

    /// A sentence of the daemon with its commands in place of methods. What stands in quotes is somebody's own word: it stays.
    static func translated(_ message: String) -> String {
        var result = ""
        var word = ""
        var quote: Character?
        func finished() -> String {
            guard quote == nil else { return word }
            // A full stop belongs to the sentence.
            let stops = word.reversed().prefix { $0 == "." }.count
            let name = String(word.dropLast(stops))
            return (words[name] ?? name) + String(repeating: ".", count: stops)
        }
        for character in message {
            if character.isASCII, character.isLetter || character.isNumber || ".-_".contains(character) {
                word.append(character)
                continue
            }
            result += finished()
            word = ""
            result.append(character)
            switch (quote, character) {
            case (nil, "\""): quote = "\""
            case (nil, "“"): quote = "”"
            case (character, _): quote = nil
            default: break
            }
        }
        return result + finished()
    }
}

import ControlAPI
import JSON
import Testing

@testable import RoomControl

@Suite struct CommandMappingTests {
    private func request(_ arguments: String...) throws -> CommandRequest {
        let command = try RoomControl.command(for: arguments)
        if let watch = command as? RoomControl.Watch { return watch.request() }
        return try #require(command as? any RoomCommand).request()
    }

    @Test func everyCommandIsItsMethod() throws {
        #expect(try request("status") == CommandRequest(.stateGet))
        #expect(
            try request("join", "janus+ws://x/?room=1") == CommandRequest(.meetingJoin, ["url": "janus+ws://x/?room=1"])
        )
        #expect(
            try request("join", "--microphone", "on", "--camera", "off", "--name", "Box", "u")
                == CommandRequest(
                    .meetingJoin, ["url": "u", "microphone": true, "camera": false, "displayName": "Box"]))
        #expect(try request("start", "--title", "T") == CommandRequest(.meetingStart, ["title": "T"]))
        #expect(try request("leave") == CommandRequest(.meetingLeave))
        #expect(try request("end") == CommandRequest(.meetingEnd))
        #expect(try request("mute") == CommandRequest(.microphoneSet, ["enabled": false]))
        #expect(try request("unmute") == CommandRequest(.microphoneSet, ["enabled": true]))
        #expect(try request("camera", "off") == CommandRequest(.cameraSet, ["enabled": false]))
        #expect(try request("volume", "40") == CommandRequest(.speakerSet, ["volume": 40]))
        #expect(try request("participants") == CommandRequest(.participantsList))
        #expect(
            try request("mute-participant", "7")
                == CommandRequest(.participantsRequestMicrophone, ["participant": "7", "enabled": false]))
        #expect(
            try request("unmute-participant", "7")
                == CommandRequest(.participantsRequestMicrophone, ["participant": "7", "enabled": true]))
        #expect(try request("mute-all") == CommandRequest(.participantsMuteAll, ["allowSelfUnmute": true]))
        #expect(try request("remove", "7") == CommandRequest(.participantsRemove, ["participant": "7"]))
        #expect(try request("record", "start") == CommandRequest(.recordingStart, ["where": "service"]))
        #expect(try request("record", "stop") == CommandRequest(.recordingStop))
        #expect(try request("layout", "speaker") == CommandRequest(.layoutSet, ["mode": "speaker"]))
        #expect(try request("snapshot", "a.png") == CommandRequest(.displaySnapshot, [:]))
        #expect(try request("devices", "--kind", "camera") == CommandRequest(.devicesList, ["kind": "camera"]))
        #expect(try request("schedule") == CommandRequest(.scheduleList))
        #expect(try request("watch", "room") == CommandRequest(.stateSubscribe, ["paths": ["room"]]))
        #expect(try request("call", "a.b", "{\"x\":1}") == CommandRequest(named: "a.b", ["x": 1]))
    }

    @Test func aRoomThatIsNotWellIsAFailureWhereThatIsTheQuestion() throws {
        func judge(_ line: [String], _ health: JSONValue) throws {
            try #require(RoomControl.command(for: line) as? any RoomCommand).judge(health)
        }
        let degraded: JSONValue = ["status": "degraded", "problems": [["code": "camera.lost", "text": "Gone."]]]
        #expect(throws: CommandFailure.unwell("degraded")) { try judge(["health", "--check"], degraded) }
        #expect(throws: CommandFailure.unwell("failed")) {
            try judge(["--json", "health", "--check"], ["status": "failed"])
        }
        #expect(throws: CommandFailure.unwell("unknown")) { try judge(["health", "--check"], [:]) }
        #expect(CommandFailure.unwell("degraded").exitStatus == 1)
        #expect(CommandFailure.unwell("degraded").text(namingMethods: false) == "The room is degraded.")
        try judge(["health", "--check"], ["status": "ok", "problems": []])
        try judge(["health"], degraded)
    }

    /// What no other test of this suite asks; with each, the method is in the table of commands.
    @Test func whatWasOnlyForCallHasACommand() throws {
        #expect(try request("health") == CommandRequest(.diagnosticsHealth))
        #expect(try request("statistics") == CommandRequest(.statisticsGet))
        #expect(try request("info") == CommandRequest(.systemInfo))
        #expect(try request("speaker", "off") == CommandRequest(.speakerSet, ["muted": true]))
        #expect(try request("speaker", "on") == CommandRequest(.speakerSet, ["muted": false]))
        #expect(try request("schedule", "list") == CommandRequest(.scheduleList))
        #expect(
            try request("schedule", "--from", "2026-03-29T09:00:00+02:00")
                == CommandRequest(.scheduleList, ["from": "2026-03-29T07:00:00.000Z"]))
        #expect(try request("schedule", "join", "a@b/1") == CommandRequest(.scheduleJoin, ["id": "a@b/1"]))
        #expect(try request("schedule", "dismiss", "a@b/1") == CommandRequest(.scheduleDismiss, ["id": "a@b/1"]))
        #expect(try request("schedule", "refresh") == CommandRequest(.scheduleRefresh))
        #expect(
            try request("schedule", "simulate", "--from", "2026-03-29T09:00:00Z")
                == CommandRequest(
                    .scheduleSimulate, ["from": "2026-03-29T09:00:00.000Z", "to": "2026-03-30T09:00:00.000Z"]))
        #expect(try request("pin", "7") == CommandRequest(.layoutPin, ["participant": "7"]))
        #expect(try request("unpin") == CommandRequest(.layoutPin, ["participant": .null]))
        #expect(
            try request("message", "show", "Hi", "--seconds", "5")
                == CommandRequest(.displayMessage, ["text": "Hi", "seconds": 5.0]))
        #expect(try request("message", "clear") == CommandRequest(.displayMessage, ["text": ""]))
        #expect(try request("display", "standby") == CommandRequest(.displayPower, ["state": "standby"]))
        #expect(
            try request("devices", "select", "camera", "/dev/video0")
                == CommandRequest(.devicesSelect, ["kind": "camera", "id": "/dev/video0"]))
        #expect(
            try request("devices", "configure", "cam", "zoom=200", "focusAutomatic=off", "pan=-36000")
                == CommandRequest(
                    .devicesConfigure,
                    ["id": "cam", "controls": ["zoom": 200, "focusAutomatic": false, "pan": -36000]]))
        #expect(
            try request("video", "--frame-rate", "15", "--max-bitrate", "auto")
                == CommandRequest(.videoConfigure, ["frameRate": 15.0, "maxBitrate": -1]))
    }

    @Test(arguments: [
        "status", "health", "join u", "start", "leave", "end", "schedule", "schedule join 1", "schedule dismiss 1",
        "schedule refresh", "schedule simulate", "mute", "unmute", "camera on", "volume 0", "speaker off",
        "participants",
        "mute-participant 7", "unmute-participant 7", "mute-all", "remove 7", "record start", "record stop",
        "layout grid",
        "pin 7", "unpin", "display on", "message show Hi", "message clear", "snapshot x", "devices",
        "devices select camera none", "devices configure c zoom=1", "video --width 640", "video --max-bitrate auto",
        "statistics", "info", "watch",
    ])
    func everyMappingIsServedAndWellFormed(line: String) throws {
        let command = try RoomControl.command(for: line.split(separator: " ").map(String.init))
        let watch = (command as? RoomControl.Watch)?.request()
        let request = try watch ?? #require(command as? any RoomCommand).request()
        let message = RPCRequest(id: nil, method: request.method, parameters: request.parameters)
        #expect(throws: Never.self) { try Method.admit(message, from: .operator) }
    }

    @Test func whatIsWatchedExists() {
        for path in RoomControl.Watch.quietPaths {
            #expect(throws: Never.self, "\(path)") { try StatePath(path) }
        }
    }

    @Test func commonOptionsMayStandFirst() throws {
        #expect(
            try CommandLineWords.arranged(["--json", "--socket", "/s", "camera", "on"])
                == ["camera", "--json", "--socket", "/s", "on"])
        #expect(try CommandLineWords.arranged(["--socket=/s", "status"]) == ["status", "--socket=/s"])
        #expect(
            try CommandLineWords.arranged(["--json", "schedule", "join", "x"]) == ["schedule", "join", "--json", "x"])
        let command = try RoomControl.command(for: ["--socket", "/s", "status", "--json"])
        let status = try #require(command as? RoomControl.Status)
        #expect(status.options.socket == "/s" && status.options.json)
        let list = try RoomControl.command(for: ["--socket", "/s", "schedule", "--json"])
        let schedule = try #require(list as? RoomControl.Schedule.List)
        #expect(schedule.options.socket == "/s" && schedule.options.json)
    }

    /// The help of a command, its lines put together.
    private func help(_ command: String...) -> String {
        var shown = ""
        #expect(RoomControl.run(command + ["--help"], showHelp: { shown += $0 }) == 0)
        return shown.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test func helpPromisesWhatTheDaemonDoes() {
        let muteAll = help("mute-all")
        #expect(!muteAll.contains("always so") && muteAll.contains("theirs to open again"), "\(muteAll)")
        #expect(muteAll.contains("With --no-self-unmute only the host lifts it."), "\(muteAll)")
        #expect(help("devices", "select").contains("Until roomd starts again"))
    }

    @Test func exitStatusesTellApart() {
        #expect(RoomControl.run(["--help"]) == 0)
        #expect(RoomControl.run(["--socket", "/s", "--version"]) == 0)
        #expect(RoomControl.run(["record", "--help"]) == 0)
        #expect(RoomControl.run(["help", "schedule", "join"]) == 0)
        #expect(RoomControl.run(["nonsense"]) == 2)
        #expect(RoomControl.run(["record"]) == 2)
        #expect(RoomControl.run(["--socket", "/s"]) == 2)
        #expect(RoomControl.run(["volume", "130"]) == 2)
        #expect(RoomControl.run(["volume", "-5"]) == 2)
        #expect(RoomControl.run(["camera", "maybe"]) == 2)
        #expect(RoomControl.run(["call", "a", "{"]) == 2)
        #expect(RoomControl.run(["--socket", "/nowhere.sock", "status"]) == 3)
    }

    @Test func whatCannotBeMeantIsWrongUsage() {
        func isTaken(_ arguments: String...) -> Bool { (try? RoomControl.command(for: arguments)) != nil }
        let (early, late) = ("2026-03-29T09:00:00Z", "2026-03-30T09:00:00Z")
        #expect(isTaken("schedule", "--from", early, "--to", late))
        #expect(!isTaken("schedule", "--from", late, "--to", early))
        #expect(!isTaken("schedule", "--from", late, "--to", late))
        #expect(isTaken("schedule", "simulate", "--from", early, "--to", late))
        #expect(!isTaken("schedule", "simulate", "--from", late, "--to", early))
        #expect(isTaken("message", "show", "--seconds", "0.5", "Hello"))
        #expect(!isTaken("message", "show", "--seconds", "0", "Hello"))
        #expect(isTaken("message", "show", String(repeating: "ä", count: 500)))
        #expect(!isTaken("message", "show", String(repeating: "ä", count: 501)))
    }
}

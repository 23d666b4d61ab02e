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

    @Test func everyMappingIsServedAndWellFormed() throws {
        let requests = [
            try request("status"), try request("join", "u"), try request("start"), try request("leave"),
            try request("mute"), try request("camera", "on"), try request("volume", "0"), try request("mute-all"),
            try request("remove", "7"), try request("record", "start"), try request("record", "stop"),
            try request("layout", "grid"), try request("snapshot", "x"), try request("devices"),
            try request("schedule"), try request("watch"), try request("end"), try request("participants"),
        ]
        for request in requests {
            let message = RPCRequest(id: nil, method: request.method, parameters: request.parameters)
            #expect(throws: Never.self, "\(request.method)") { try Method.admit(message, from: .operator) }
        }
        for path in RoomControl.Watch.quietPaths {
            #expect(throws: Never.self, "\(path)") { try StatePath(path) }
        }
    }

    @Test func commonOptionsMayStandFirst() throws {
        #expect(
            GlobalOptions.movedBehindCommand(["--json", "--socket", "/s", "camera", "on"])
                == ["camera", "--json", "--socket", "/s", "on"])
        #expect(GlobalOptions.movedBehindCommand(["--socket=/s", "status"]) == ["status", "--socket=/s"])
        #expect(GlobalOptions.movedBehindCommand(["--json", "--help"]) == ["--json", "--help"])
        let command = try RoomControl.command(for: ["--socket", "/s", "status", "--json"])
        let status = try #require(command as? RoomControl.Status)
        #expect(status.options.socket == "/s" && status.options.json)
    }

    @Test func exitStatusesTellApart() {
        #expect(RoomControl.run(["--help"]) == 0)
        #expect(RoomControl.run(["nonsense"]) == 2)
        #expect(RoomControl.run(["volume", "130"]) == 2)
        #expect(RoomControl.run(["camera", "maybe"]) == 2)
        #expect(RoomControl.run(["call", "a", "{"]) == 2)
        #expect(RoomControl.run(["--socket", "/nowhere.sock", "status"]) == 3)
    }
}

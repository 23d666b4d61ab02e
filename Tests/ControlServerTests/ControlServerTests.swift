import Base
import ControlAPI
import Glibc
import JSON
import Synchronization
import TestSupport
import Testing

@testable import ControlServer

@Suite struct ControlServerTests {
    private let state = RoomState(
        room: .init(name: "Boardroom", timezone: "Europe/Berlin"),
        system: .init(version: "0.1", started: UTCTime(seconds: 0), pid: 1))

    /// Runs a server in a folder of its own and stops it after the test.
    private func withServer(
        _ handler: TestHandler = TestHandler(), owner: UInt32 = geteuid(),
        configure: (inout ControlServer.Configuration) -> Void = { _ in },
        _ body: (ControlServer, String) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path(of: "control.sock")
        var configuration = ControlServer.Configuration(
            socket: .path(path), operators: nil, observers: nil, version: "0.1")
        configure(&configuration)
        let server = try await ControlServer.start(configuration, handler: handler, owner: owner)
        server.publish(state, at: .zero)
        do {
            try await body(server, path)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
        #expect(access(path, F_OK) != 0, "the socket file is removed at the end")
    }

    private func code(_ line: JSONValue) -> Int64? { line["error"]?["code"]?.integerValue }
    private func reason(_ line: JSONValue) -> String? { line["error"]?["data"]?["reason"]?.stringValue }

    @Test func answersRequestsInPiecesAndInBunches() async throws {
        try await withServer { _, path in
            let client = try TestClient(path)
            client.send(#"{"jsonrpc":"2.0","id":1,"me"#)
            client.send(#"thod":"state.get","params":{"path":"room.name"}}"# + "\n")
            #expect(try client.receive()["result"] == "Boardroom")
            client.send(
                #"{"jsonrpc":"2.0","id":2,"method":"state.get","params":{"path":"meeting.title"}}"# + "\n"
                    + #"{"jsonrpc":"2.0","id":3,"method":"microphone.set","params":{"enabled":true}}"# + "\n"
                    + #"{"jsonrpc":"2.0","method":"camera.set","params":{"enabled":true}}"# + "\n"
                    + #"{"jsonrpc":"2.0","id":4,"method":"nothing.there"}"# + "\n")
            #expect(try client.receive() == ["jsonrpc": "2.0", "id": 2, "result": .null])
            let others = [try client.receive(), try client.receive()].sorted { $0.text < $1.text }
            #expect(others.map { $0["id"] } == [4, 3])
            #expect(code(others[0]) == -32601)
        }
    }

    @Test func malformedLinesGetTheirErrorAndTheConnectionStays() async throws {
        try await withServer { _, path in
            let client = try TestClient(path)
            for (line, expected) in [
                ("nonsense", Int64(-32700)), ("", -32700), ("{\"jsonrpc\":\"2.0\",\"id\":1", -32700), ("[]", -32600),
                ("42", -32600), (#"{"jsonrpc":"2.0","id":5,"method":7}"#, -32600), ("\u{0}\u{1}", -32700),
            ] {
                client.send(line + "\n")
                #expect(code(try client.receive()) == expected, "\(line)")
            }
            client.send([0xFF, 0xFE, 0x22, 0xC3, 0x28, 0x0A])
            #expect(code(try client.receive()) == -32700)
            #expect(try client.call("state.get", ["path": "room.name"])["result"] == "Boardroom")
            let wrong = try client.call("state.get", ["path": "room.nmae"])
            #expect(code(wrong) == -32602 && wrong["error"]?["data"]?["parameter"] == "path")
        }
    }

    @Test func anOverlongLineIsAnsweredThenClosed() async throws {
        let handler = TestHandler()
        try await withServer(handler) { _, path in
            let client = try TestClient(path)
            client.send([UInt8](repeating: 0x20, count: 1 << 20))
            client.send(Array("x\n".utf8))
            #expect(code(try client.receive()) == -32600)
            #expect(client.isHungUp())
            let exact = try TestClient(path)
            let text = #"{"jsonrpc":"2.0","id":1,"method":"state.get","params":{"path":"room.name"}}"#
            exact.send(Array(text.utf8) + [UInt8](repeating: 0x20, count: (1 << 20) - text.utf8.count) + [0x0A])
            #expect(try exact.receive()["result"] == "Boardroom")
        }
        #expect(handler.seen.contains { if case .lineTooLong = $0 { true } else { false } })
    }

    @Test func aBatchIsAnsweredWithOneArrayInItsOrder() async throws {
        try await withServer { _, path in
            let client = try TestClient(path)
            let batch: JSONValue = [
                ["jsonrpc": "2.0", "id": 1, "method": "microphone.set", "params": ["enabled": false]],
                ["jsonrpc": "2.0", "method": "camera.set", "params": ["enabled": false]],
                7,
                ["jsonrpc": "2.0", "id": 2, "method": "state.get", "params": ["path": "room.name"]],
            ]
            client.send(batch.serialized() + [0x0A])
            let answers = try #require(try client.receive().arrayValue)
            #expect(answers.map { $0["id"] } == [1, nil, 2])
            #expect(code(answers[1]) == -32600)
            client.send(#"[{"jsonrpc":"2.0","method":"camera.set","params":{"enabled":true}}]"# + "\n")
            #expect(try client.call("state.get", ["path": "room.name"])["result"] == "Boardroom")
        }
    }

    @Test func aSlowMethodHoldsUpNeitherOthersNorTheirOrder() async throws {
        let held = Mutex<[ControlReply]>([])
        let handler = TestHandler { command, reply in
            if case .joinMeeting = command { held.withLock { $0.append(reply) } } else { reply.succeed() }
        }
        try await withServer(handler) { _, path in
            let client = try TestClient(path)
            client.request(1, "meeting.join", ["url": "janus+ws://127.0.0.1/?room=1"])
            for index in 2..<40 { client.request(index, "microphone.set", ["enabled": .bool(index.isMultiple(of: 2))]) }
            for index in 2..<40 { #expect(try client.receive()["id"] == .integer(Int64(index))) }
            held.withLock { $0.removeFirst() }.fail(RPCError(.wrongPasscode, "The passcode is wrong."))
            #expect(reason(try client.receive()) == "wrong_passcode")
        }
        let enabled = handler.commands.withLock { $0 }.compactMap { command in
            if case .setMicrophone(let enabled) = command { enabled } else { nil }
        }
        #expect(enabled == (2..<40).map { $0.isMultiple(of: 2) })
    }

    @Test func manyOpenRequestsHoldReadingBackAndAllAreAnswered() async throws {
        let held = Mutex<[ControlReply]>([])
        let handler = TestHandler { _, reply in held.withLock { $0.append(reply) } }
        try await withServer(handler, configure: { $0.requestLimit = 8 }) { _, path in
            let client = try TestClient(path)
            for index in 0..<100 { client.request(index, "schedule.refresh") }
            var answered = 0
            while answered < 100 {
                let replies = held.withLock { replies in
                    defer { replies = [] }
                    return replies
                }
                #expect(replies.count <= 8)
                for reply in replies { reply.succeed() }
                for _ in replies { _ = try client.receive() }
                answered += replies.count
                await Task.yield()
            }
        }
    }

    @Test func aForgottenReplyIsAnInternalError() async throws {
        try await withServer(TestHandler { _, _ in }) { _, path in
            let answer = try TestClient(path).call("schedule.refresh")
            #expect(code(answer) == -32603)
        }
    }

    @Test func subscribersSeeEveryChangeAndEveryEvent() async throws {
        try await withServer { server, path in
            let client = try TestClient(path)
            let subscribed = try client.call("state.subscribe", ["paths": ["speaker.volume"]])
            #expect(subscribed["result"]?["state"] == ["speaker": ["volume": 50]])
            _ = try client.call("events.subscribe", ["names": ["schedule.changed"]])
            var changed = state
            changed.room.name = "Elsewhere"
            changed.speaker.volume = 70
            server.publish(changed, at: .zero)
            server.publish(.meetingReconnecting, at: UTCTime(seconds: 1))
            server.publish(.scheduleChanged, at: UTCTime(seconds: 2))
            let patch = try client.receive()
            #expect(patch["method"] == "state.changed" && patch["id"] == nil)
            #expect(patch["params"]?["patch"] == ["speaker": ["volume": 70]])
            #expect(patch["params"]?["revision"] == 1)
            let event = try client.receive()
            #expect(event["params"]?["name"] == "schedule.changed")
            #expect(event["params"]?["sequence"] == 1)
            #expect(event["params"]?["time"] == "1970-01-01T00:00:02.000Z")
        }
    }

    @Test func heldBackLevelsComeByThemselves() async throws {
        try await withServer { server, path in
            let client = try TestClient(path)
            _ = try client.call("state.subscribe")
            for step in 1...20 {
                var changed = state
                changed.speaker.level = -Double(step)
                server.publish(changed, at: .zero)
            }
            var level = -127.0
            while level != -20 {
                let patch = try client.receive()
                level = try #require(patch["params"]?["patch"]?["speaker"]?["level"]?.doubleValue)
            }
        }
    }

    @Test func theStateIsThereBeforeTheAnswerThatLedToIt() async throws {
        let published = Mutex<ControlServer?>(nil)
        let base = state
        let handler = TestHandler { command, reply in
            guard case .setSpeaker(let volume?, _) = command else { return }
            var changed = base
            changed.speaker.volume = volume
            published.withLock { $0 }?.publish(changed, at: .zero)
            reply.succeed()
        }
        try await withServer(handler) { server, path in
            published.withLock { $0 = server }
            let client = try TestClient(path)
            for volume in 0...50 {
                _ = try client.call("speaker.set", ["volume": .integer(Int64(volume))])
                let read = try client.call("state.get", ["path": "speaker.volume"])
                #expect(read["result"] == .integer(Int64(volume)))
            }
            published.withLock { $0 = nil }
        }
    }

    @Test func aBurstOfChangesIsAFewPatchesAndTheLastOneComes() async throws {
        try await withServer { server, path in
            let client = try TestClient(path)
            _ = try client.call("state.subscribe", ["paths": ["speaker.volume"]])
            for volume in 0..<1000 {
                var changed = state
                changed.speaker.volume = volume % 50
                server.publish(changed, at: .zero)
            }
            var changed = state
            changed.speaker.volume = 99
            server.publish(changed, at: .zero)
            var (revision, volume) = (0, JSONValue.null)
            let began = clock()
            while volume != 99 {
                let patch = try client.receive()
                revision += 1
                #expect(patch["params"]?["revision"] == .integer(Int64(revision)))
                volume = try #require(patch["params"]?["patch"]?["speaker"]?["volume"])
            }
            let most = 2 + Int((clock() - began) / StateFeed.changeInterval)
            #expect(revision <= most + 1, "\(revision) patches")
        }
    }

    private func clock() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    @Test func aSubscriberSeesTheChangeBeforeTheAnswerThatLedToIt() async throws {
        let published = Mutex<ControlServer?>(nil)
        let base = state
        let handler = TestHandler { command, reply in
            guard case .setSpeaker(let volume?, _) = command else { return }
            var changed = base
            changed.speaker.volume = volume
            let server = published.withLock { $0 }
            server?.publish(changed, at: .zero)
            server?.publish(.scheduleChanged, at: UTCTime(seconds: 1))
            reply.succeed()
        }
        try await withServer(handler) { server, path in
            published.withLock { $0 = server }
            let client = try TestClient(path)
            _ = try client.call("state.subscribe", ["paths": ["speaker.volume"]])
            _ = try client.call("events.subscribe", ["names": ["schedule.changed"]])
            // Far faster than patches go out to everybody.
            for volume in 51...100 {
                client.request(volume, "speaker.set", ["volume": .integer(Int64(volume))])
                let lines = [try client.receive(), try client.receive(), try client.receive()]
                #expect(lines[0]["params"]?["patch"] == ["speaker": ["volume": .integer(Int64(volume))]])
                #expect(lines[0]["params"]?["revision"] == .integer(Int64(volume - 50)))
                #expect(lines[1]["params"]?["name"] == "schedule.changed")
                #expect(lines[2]["id"] == .integer(Int64(volume)))
            }
            published.withLock { $0 = nil }
        }
    }

    @Test func answersOfOneRoundComeTogether() async throws {
        let held = Mutex<[ControlReply]>([])
        let handler = TestHandler { _, reply in held.withLock { $0.append(reply) } }
        try await withServer(handler) { _, path in
            let client = try TestClient(path)
            for index in 0..<40 { client.request(index, "schedule.refresh") }
            while held.withLock({ $0.count }) < 40 { try await Task.sleep(for: .milliseconds(1)) }
            let replies = held.withLock { replies in
                defer { replies = [] }
                return replies
            }
            ControlReply.complete(replies.map { ($0, .success([:])) })
            // One write of the server's is there whole.
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = recv(client.descriptor, &bytes, bytes.count, 0)
            #expect(bytes.prefix(max(0, count)).count { $0 == 0x0A } == 40)
            let answers = try bytes.prefix(max(0, count)).split(separator: 0x0A).map {
                try JSONValue(parsing: $0)["id"]
            }
            #expect(answers == (0..<40).map { .integer($0) })
        }
    }

    @Test func systemInfoIsAnsweredWhileThePolicyIsBusy() async throws {
        let held = Mutex<[ControlReply]>([])
        let handler = TestHandler { _, reply in held.withLock { $0.append(reply) } }
        try await withServer(handler) { _, path in
            let client = try TestClient(path)
            client.request(1, "schedule.refresh")
            let answer = try client.call("system.info")
            #expect(throws: Never.self) {
                try Method.definition(of: .systemInfo).result.validate(answer["result"] ?? .null)
            }
            #expect(answer["result"]?["version"] == "0.1" && answer["result"]?["control"]?["role"] == "admin")
            #expect(handler.commands.withLock { $0 } == [.refreshSchedule])
            for reply in held.withLock({ $0 }) { reply.succeed() }
            #expect(try client.receive()["id"] == 1)
        }
    }
}

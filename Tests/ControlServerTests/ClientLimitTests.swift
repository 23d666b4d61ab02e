import Base
import ControlAPI
import Glibc
import JSON
import TestSupport
import Testing

@testable import ControlServer

/// Clients that are too many, too slow, too loud or strangers.
@Suite struct ClientLimitTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func start(
        _ handler: TestHandler, owner: UInt32 = geteuid(), operators: String? = nil, observers: String? = nil,
        configure: (inout ControlServer.Configuration) -> Void = { _ in }
    ) async throws -> (server: ControlServer, path: String) {
        let path = folder.path(of: "control.sock")
        var configuration = ControlServer.Configuration(
            socket: .path(path), operators: operators, observers: observers, version: "0.1")
        configure(&configuration)
        let server = try await ControlServer.start(configuration, handler: handler, owner: owner)
        server.publish(room(named: "Boardroom"), at: .zero)
        return (server, path)
    }

    private func room(named name: String) -> RoomState {
        RoomState(
            room: .init(name: name, timezone: "UTC"), system: .init(version: "0", started: UTCTime(seconds: 0), pid: 1))
    }

    @Test func theClientPastTheLimitIsToldAndTheOthersStay() async throws {
        let handler = TestHandler()
        let (server, path) = try await start(handler)
        var clients: [TestClient] = []
        for _ in 0..<256 { clients.append(try TestClient(path)) }
        #expect(try clients[255].call("state.get", ["path": "room.name"])["result"] == "Boardroom")
        let newest = try TestClient(path)
        let line = try newest.receive()
        #expect(line["error"]?["data"]?["reason"] == "limit_exceeded")
        #expect(newest.isHungUp())
        #expect(try clients[0].call("state.get", ["path": "room.name"])["result"] == "Boardroom")
        clients.removeFirst(2)
        var next = try TestClient(path)
        // The two that left are noticed by the server in its own time.
        while (try? next.call("state.get", ["path": "room.name"]))?["result"] != "Boardroom" {
            next = try TestClient(path)
        }
        await server.stop()
        #expect(handler.seen.contains(.tooManyClients(limit: 256)))
    }

    @Test func aClientThatNeverReadsIsCutOffAndNobodyElseNotices() async throws {
        let handler = TestHandler()
        let (server, path) = try await start(handler, configure: { $0.output.perClient = 64 << 10 })
        let lazy = try TestClient(path)
        _ = try lazy.call("state.subscribe")
        let eager = try TestClient(path)
        _ = try eager.call("state.subscribe", ["paths": ["room"]])
        let long = String(repeating: "x", count: 50_000)
        for round in 0..<20 {
            server.publish(room(named: long + "\(round)"), at: .zero)
            #expect(try eager.receive()["params"]?["revision"] == .integer(Int64(round + 1)))
        }
        #expect(handler.seen.contains { if case .overflowed = $0 { true } else { false } })
        #expect(try eager.call("state.get", ["path": "system.pid"])["result"] == 1)
        #expect(lazy.isHungUp())
        await server.stop()
    }

    @Test func aFloodThatDoesNotReadItsAnswersEndsOnlyItself() async throws {
        let handler = TestHandler()
        let (server, path) = try await start(handler, configure: { $0.output.perClient = 256 << 10 })
        let other = try TestClient(path)
        let sending = Task.detached {
            let flood = try TestClient(path)
            let chunk = Array(Array(repeating: "{}\n", count: 1000).joined().utf8)
            var rounds = 0
            while rounds < 100, flood.send(chunk) == chunk.count { rounds += 1 }
            return flood.isHungUp()
        }
        for _ in 0..<20 { #expect(try other.call("state.get", ["path": "room.name"])["result"] == "Boardroom") }
        #expect(try await sending.value)
        #expect(try other.call("state.get", ["path": "room.name"])["result"] == "Boardroom")
        await server.stop()
        #expect(handler.seen.contains { if case .overflowed = $0 { true } else { false } })
    }

    @Test func answersAreStillGivenAfterTheClientEndedItsInput() async throws {
        let (server, path) = try await start(TestHandler())
        let client = try TestClient(path)
        client.request(1, "schedule.refresh")
        client.send(#"{"jsonrpc":"2.0","id":2,"method":"state.get","params":{"path":"room.name"}}"#)
        client.endInput()
        #expect(Set([try client.receive()["id"], try client.receive()["id"]]) == [1, 2])
        #expect(client.isHungUp())
        await server.stop()
    }

    @Test func strangersAreToldThatTheyMayNot() async throws {
        // Root is always admin, so the strangers here are another process's credentials given to the policy itself.
        let policy = AccessPolicy(owner: 1000, operators: 50, observers: 60)
        func access(_ uid: UInt32, _ groups: Set<UInt32>) -> AccessLevel? {
            policy.access(for: PeerCredentials(pid: 1, uid: uid, groups: groups))
        }
        #expect(access(0, []) == .admin)
        #expect(access(1000, []) == .admin)
        #expect(access(1001, [5, 50, 60]) == .operator)
        #expect(access(1001, [60]) == .observer)
        #expect(access(1001, [5]) == nil)
    }

    @Test func missingGroupsAreNamedAndGiveNoAccess() async throws {
        let (server, path) = try await start(TestHandler(), operators: "no-such-group", observers: "root")
        #expect(server.missingGroups == ["no-such-group"])
        #expect(access(path, F_OK) == 0)
        await server.stop()
    }

    @Test func groupsAndUsersComeFromTheKernel() throws {
        var pair: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        defer { for descriptor in pair { close(descriptor) } }
        let peer = try PeerCredentials(of: pair[0])
        #expect(peer.uid == geteuid())
        #expect(peer.pid == getpid())
        var groups = [gid_t](repeating: 0, count: 1024)
        let count = getgroups(1024, &groups)
        #expect(peer.groups == Set(groups.prefix(Int(count)) + [getegid()]))
        #expect(throws: ControlServerError.self) { try PeerCredentials(of: 0x7FFF_FFFF) }
    }
}

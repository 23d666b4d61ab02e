import Base
import CLinux
import Glibc
import Logging
import Media
import Synchronization
import TestSupport
import Testing

@testable import RoomDaemon

/// In systemd's place: the socket at which the daemon's words arrive.
private final class NotifySocket {
    private let folder: TemporaryFolder
    private let descriptor: Int32
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path(of: "notify")
        descriptor = clinux_unix_bind_datagram(path)
        try #require(descriptor >= 0)
    }

    deinit {
        close(descriptor)
    }

    /// All that has come; and the last descriptor with it.
    func take() -> (texts: [String], descriptor: Int32?) {
        var texts: [String] = []
        var last: Int32?
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            var received: Int32 = -1
            let count = clinux_unix_receive(descriptor, &bytes, bytes.count, &received)
            guard count >= 0 else { return (texts, last) }
            texts.append(String(decoding: bytes[..<Int(count)], as: UTF8.self))
            if received >= 0 { last = received }
        }
    }

    func manager(_ more: [String: String] = [:]) -> ServiceManager {
        let all = more.merging(["NOTIFY_SOCKET": path]) { first, _ in first }
        return ServiceManager(environment: { all[$0] }, process: 42)
    }
}

@Suite struct ServiceManagerTests {
    @Test func tellsSystemdOneDatagramEach() throws {
        let socket = try NotifySocket()
        let manager = socket.manager()
        manager.tellReady()
        manager.tellStatus("In a meeting\nREADY=0")
        manager.feedWatchdog()
        manager.tellStopping()
        #expect(
            socket.take().texts == ["READY=1", "STATUS=In a meetingREADY=0", "WATCHDOG=1", "STOPPING=1"],
            "a status is one line, whatever stands in it")
    }

    @Test func handsOverDescriptorsToBeKept() throws {
        let socket = try NotifySocket()
        var pipes: [Int32] = [0, 0]
        try #require(pipe(&pipes) == 0)
        socket.manager().store(pipes[1], as: "display")
        close(pipes[1])
        let (texts, kept) = socket.take()
        #expect(texts == ["FDSTORE=1\nFDNAME=display"])
        let copy = try #require(kept)
        #expect(write(copy, "x", 1) == 1)
        var byte: UInt8 = 0
        #expect(read(pipes[0], &byte, 1) == 1 && byte == UInt8(ascii: "x"))
        close(copy)
        close(pipes[0])
        socket.manager().forget("display")
        #expect(socket.take().texts == ["FDSTOREREMOVE=1\nFDNAME=display"])
    }

    @Test func saysNothingWhereNobodyListens() throws {
        let nobody = ServiceManager(environment: { _ in nil }, process: 42)
        nobody.tellReady()
        #expect(nobody.watchdogTimeout == nil)
        ServiceManager(environment: { ["NOTIFY_SOCKET": "/nowhere/notify"][$0] }, process: 42).tellReady()
        ServiceManager(environment: { ["NOTIFY_SOCKET": "vsock:2:1"][$0] }, process: 42).tellReady()
    }

    @Test func knowsWhetherItIsWatched() throws {
        let socket = try NotifySocket()
        #expect(socket.manager(["WATCHDOG_USEC": "10000000"]).watchdogTimeout == .seconds(10))
        #expect(socket.manager(["WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "42"]).watchdogTimeout == .seconds(10))
        #expect(
            socket.manager(["WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "43"]).watchdogTimeout == nil,
            "another process is meant")
        #expect(socket.manager(["WATCHDOG_USEC": "0"]).watchdogTimeout == nil)
    }

    @Test func theWatchdogIsFedOnlyWhileEveryLoopGoesOn() throws {
        let socket = try NotifySocket()
        let (audio, media) = (LoopPulse("audio"), LoopPulse("media"))
        let watchdog = Watchdog(
            socket.manager(["WATCHDOG_USEC": "10000000"]), loops: [.init(pulse: audio), .init(pulse: media)],
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { "Between meetings" }
        var round = Watchdog.Round()
        let began = MonotonicClock.now
        func look(after seconds: Int) -> [String] {
            watchdog.take(&round, at: began + .seconds(seconds))
            return socket.take().texts
        }
        #expect(look(after: 1) == ["WATCHDOG=1", "STATUS=Between meetings"])
        #expect(look(after: 2) == ["WATCHDOG=1"], "a status is told when it changes")
        media.beat(at: began + .seconds(4))
        #expect(look(after: 7) == ["STATUS=Hangs: audio"])
        #expect(look(after: 8) == [])
        audio.beat(at: began + .seconds(8))
        #expect(look(after: 9) == ["WATCHDOG=1", "STATUS=Between meetings"])
        #expect(look(after: 20) == ["STATUS=Hangs: audio, media"])
    }
}

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

    /// All that has come.
    func take() -> [String] {
        var texts: [String] = []
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            guard count >= 0 else { return texts }
            texts.append(String(decoding: bytes[..<count], as: UTF8.self))
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
            socket.take() == ["READY=1", "STATUS=In a meetingREADY=0", "WATCHDOG=1", "STOPPING=1"],
            "a status is one line, whatever stands in it")
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
            return socket.take()
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

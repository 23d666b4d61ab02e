import Base
import Glibc
import Media
import Room
import Scheduling
import Simulation
import Synchronization
import Testing

@testable import AudioPipeline
@testable import RoomDaemon

/// What blocks has a thread of its own, and who gives it work does not wait.
@Suite struct OwnThreadTests {
    private func memory(_ id: String) -> RoomMemory {
        RoomMemory(planner: PlannerMemory(entries: [.init(event: id, kind: .left, until: UTCTime(seconds: 1))]))
    }

    @Test func aDiskThatHangsHoldsUpNobodyAndOfWhatWaitsTheNewestIsSaved() throws {
        let disk = Monitor((isHanging: true, saved: [String]()))
        let done = Monitor([UInt64]())
        let begun = Monitor([String]())
        let writer = StateWriter { memory throws(StateStore.Problem) in
            begun.update { $0.append(memory.planner.entries[0].event) }
            let isReleased: Bool? = disk.wait(until: MonotonicClock.now + .seconds(10)) { $0.isHanging ? nil : true }
            disk.withLock { $0.saved.append(memory.planner.entries[0].event) }
            if isReleased == nil { throw StateStore.Problem(description: "it hung") }
        }
        try writer.start { number, _ in done.update { $0.append(number) } }
        let before = MonotonicClock.now
        writer.save(memory("a"), number: 1)
        let isBegun: Bool? = begun.wait(until: before + .seconds(5)) { $0 == ["a"] ? true : nil }
        #expect(isBegun == true)
        let next = MonotonicClock.now
        for number in 2...100 { writer.save(memory("n\(number)"), number: UInt64(number)) }
        #expect(MonotonicClock.now - next < .seconds(2))
        #expect(done.withLock { $0 }.isEmpty)
        disk.update { $0.isHanging = false }
        let isDone: Bool? = done.wait(until: MonotonicClock.now + .seconds(5)) { $0.last == 100 ? true : nil }
        #expect(isDone == true)
        #expect(done.withLock { $0 } == [1, 100])
        #expect(disk.withLock { $0.saved } == ["a", "n100"])
        writer.stop()
    }

    @Test func aFailureIsTold() throws {
        let told = Monitor<String?>(nil)
        let writer = StateWriter { _ throws(StateStore.Problem) in throw StateStore.Problem(description: "full") }
        try writer.start { _, problem in told.update { $0 = problem } }
        writer.save(memory("a"), number: 1)
        #expect(told.wait(until: MonotonicClock.now + .seconds(5)) { $0 } == "full")
        writer.stop()
    }

    @Test(.timeLimit(.minutes(1)))
    func aLogThatNobodyReadsHoldsUpNobodyAndSaysWhatItLeftOut() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let writer = LogWriter(ends[1])
        let line = Array((String(repeating: "x", count: 199) + "\n").utf8)
        let before = MonotonicClock.now
        for _ in 0..<20_000 { writer.add(line) }
        writer.flush(until: MonotonicClock.now + .milliseconds(100))
        #expect(MonotonicClock.now - before < .seconds(5), "4 MB do not fit into a pipe")
        // What was left out is told once or several times, between the lines; in all nothing is missing.
        let marker = " lines of the log were left out here)"
        var written = 0
        var leftOut = 0
        var rest: [UInt8] = []
        let end = MonotonicClock.now + .seconds(20)
        while written + leftOut < 20_000, MonotonicClock.now < end {
            var waiting = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 100) > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(ends[0], &chunk, chunk.count)
            guard count > 0 else { break }
            rest += chunk[..<count]
            while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: rest[..<newline], as: UTF8.self)
                rest.removeFirst(newline + 1)
                if line.hasSuffix(marker), let count = Int(line.dropFirst().dropLast(marker.count)) {
                    leftOut += count
                } else if line == String(repeating: "x", count: 199) {
                    written += 1
                } else {
                    Issue.record("“\(line)”")
                }
            }
        }
        #expect(written >= LogWriter.capacity)
        #expect(leftOut > 0)
        #expect(written + leftOut == 20_000)
    }

    @Test func aNameThatIsNotKnownIsAProblemUntilItIs() throws {
        let dns = Mutex<[SocketAddress]>([])
        let problem = Monitor<String??>(nil)
        let servers = ServerNames(stun: ["stun:192.0.2.1:3479", "stun:stun.example.org:3478", "stun:x:y"]) {
            host, port in
            if host == "stun.example.org" { return dns.withLock { $0 } }
            return IPAddress(host).map { [SocketAddress(ip: $0, port: port)] } ?? []
        }
        try servers.start { text in problem.update { $0 = .some(text) } }
        defer { servers.stop() }
        let text = problem.wait(until: MonotonicClock.now + .seconds(5)) { $0 }
        #expect(text??.contains("“stun:stun.example.org:3478”, “stun:x:y”") == true)
        let known = try #require(SocketAddress("192.0.2.1:3479"))
        let found = try #require(SocketAddress("192.0.2.7:3478"))
        func addresses() -> [SocketAddress] { servers.places.flatMap(\.addresses) }
        #expect(addresses() == [known])
        dns.withLock { $0 = [found] }
        // The next join asks.
        _ = addresses()
        let end = MonotonicClock.now + .seconds(5)
        while addresses().count < 2, MonotonicClock.now < end {
            MonotonicClock.sleep(until: MonotonicClock.now + .milliseconds(5))
        }
        #expect(addresses() == [known, found])
    }

    @Test func theSystemKnowsItself() {
        #expect(
            ServerNames.lookUp("localhost", 3478).contains { "\($0)" == "127.0.0.1:3478" || "\($0)" == "[::1]:3478" })
        #expect(ServerNames.lookUp("2001:db8::1", 1).map(\.description) == ["[2001:db8::1]:1"])
    }

    @Test func ofTheAudioThreadsStatusOnlyWhatHasChangedIsTold() {
        let reports = AudioReports(microphone: SilenceMicrophone(), speaker: nil)
        var status = AudioEngine.Status(
            isMicrophoneOpen: false, isSpeakerMuted: false, volume: 50, microphoneLost: false, speakerLost: false,
            microphoneDecibels: -60, speakerDecibels: -127)
        func kinds() -> [String] {
            reports.inputs(for: status).map { input in
                switch input {
                case .device(.microphone(_, let isOpen, _, _)): isOpen ? "open" : "closed"
                case .device(.speaker(let condition, _, _, _)): condition == .absent ? "no speaker" : "speaker"
                case .levels: "levels"
                default: "?"
                }
            }
        }
        #expect(kinds() == ["closed", "no speaker", "levels"])
        #expect(kinds().isEmpty)
        status.microphoneDecibels = -50
        #expect(kinds() == ["levels"])
        status.isMicrophoneOpen = true
        #expect(kinds() == ["open"])
        reports.expectAnswer()
        #expect(kinds() == ["open", "no speaker", "levels"], "who asked for what is already so gets an answer")
        #expect(kinds() == ["open", "no speaker", "levels"])
        #expect(kinds().isEmpty)
    }

    @Test func aDeviceThatWasLostAndIsBackHasItsLevelToldThoughItIsTheOldOne() {
        let reports = AudioReports(microphone: SilenceMicrophone(), speaker: NullSpeaker())
        var status = AudioEngine.Status(
            isMicrophoneOpen: true, isSpeakerMuted: false, volume: 50, microphoneLost: false, speakerLost: false,
            microphoneDecibels: -60, speakerDecibels: -127)
        func levels() -> Int {
            reports.inputs(for: status).count { if case .levels = $0 { true } else { false } }
        }
        #expect(levels() == 1)
        #expect(levels() == 0)
        status.microphoneLost = true
        #expect(levels() == 1)
        status.microphoneLost = false
        #expect(levels() == 1)
        #expect(levels() == 0)
        status.speakerLost = true
        #expect(levels() == 1)
        status.speakerLost = false
        #expect(levels() == 1)
    }
}

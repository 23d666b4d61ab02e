import Base
import Calendars
import Glibc
import Scheduling
import Signaling
import Synchronization
import TestSupport
import Testing

@Suite struct SourceTests {
    private let now = time("2026-03-02T08:00")
    private let settings: ICalendar.Settings

    init() throws {
        settings = try ICalendar.Settings(zone: "Europe/Berlin", address: "room@example.org", rules: corporate)
    }

    private func meeting(_ id: String, _ lines: String = "SUMMARY:x") -> String {
        event("UID:\(id)\nDTSTART:20260302T100000Z\nDTEND:20260302T110000Z\n\(lines)")
    }

    // MARK: - Files

    @Test func aFileIsReadAgainWhenItChanges() async throws {
        let file = try CalendarFile("room 1.ics")
        let reader = CalendarReader(sources: [try FileCalendarSource(url: file.url)], settings: settings)
        var snapshot = await reader.read(at: now)
        #expect(snapshot.hasNothing)
        #expect(snapshot.problem == "\(file.path): it cannot be opened: No such file or directory", "the path once")

        try file.write(calendar(meeting("a")))
        snapshot = await reader.read(at: now)
        #expect(snapshot.events.map(\.id) == ["a"])
        #expect(snapshot.problem == nil)
        #expect(!snapshot.hasNothing)

        try file.write(calendar(meeting("a") + "\n" + meeting("b")))
        snapshot = await reader.read(at: now)
        #expect(snapshot.events.map(\.id) == ["a", "b"])

        try file.remove()
        snapshot = await reader.read(at: now)
        #expect(snapshot.events.map(\.id) == ["a", "b"], "the last known events stay")
        #expect(snapshot.problem != nil)
        #expect(!snapshot.hasNothing)
    }

    @Test func aFileThatIsHalfWrittenDoesNotReplaceAWholeOne() async throws {
        let file = try CalendarFile("room.ics")
        let whole = calendar(meeting("a") + "\n" + meeting("b"))
        try file.write(whole)
        let reader = CalendarReader(sources: [try FileCalendarSource(url: file.url)], settings: settings)
        _ = await reader.read(at: now)
        try file.write(Array(whole.prefix(whole.count / 2)))
        let snapshot = await reader.read(at: now)
        #expect(snapshot.events.map(\.id) == ["a", "b"])
        #expect(snapshot.problem?.contains("cut off") == true)
        try file.write(whole)
        #expect(await reader.read(at: now).problem == nil)
    }

    @Test func aFileThatIsCutOffFromTheStartIsAProblemAsLongAsItIs() async throws {
        let file = try CalendarFile("room.ics")
        let whole = calendar(meeting("a") + "\n" + meeting("b"))
        try file.write(Array(whole.prefix(whole.count - 60)))
        let reader = CalendarReader(sources: [try FileCalendarSource(url: file.url)], settings: settings)
        for _ in 0..<2 {
            let snapshot = await reader.read(at: now)
            #expect(snapshot.events.map(\.id) == ["a"])
            #expect(snapshot.problem == "\(file.path): the text is cut off; what could be read of it is shown")
        }
    }

    @Test func aBadEntryIsARemarkAndTheCalendarIsUpToDate() async throws {
        let file = try CalendarFile("room.ics")
        let bad = event("UID:bad\nDTSTART:tomorrow")
        let other = try CalendarFile("other.ics")
        try other.write(calendar(meeting("b")))
        let sources = [try FileCalendarSource(url: file.url), try FileCalendarSource(url: other.url)]
        let reader = CalendarReader(sources: sources, settings: settings)
        try file.write(calendar(meeting("a") + "\n" + bad))
        for _ in 0..<2 {
            let snapshot = await reader.read(at: now)
            #expect(snapshot.events.map(\.id) == ["a", "b"])
            #expect(snapshot.problem == nil)
            #expect(!snapshot.hasNothing)
            let remark = snapshot.remark ?? ""
            #expect(remark.hasPrefix("\(file.path): 1 of 2 events could not be read: line 12: expected a"), "\(remark)")
        }
        try file.write(calendar([meeting("a"), bad, bad].joined(separator: "\n")))
        var remark = await reader.read(at: now).remark ?? ""
        #expect(remark.hasPrefix("\(file.path): 2 of 3 events could not be read: line 12: "), "\(remark)")
        try file.write(calendar(meeting("a", "RRULE:FREQ=SOMETIMES") + "\n" + bad))
        remark = await reader.read(at: now).remark ?? ""
        #expect(remark.contains(": 1 of 2 events could not be read, and 1 only in part: line "), "\(remark)")
        try file.write(calendar(meeting("a", "RRULE:FREQ=SOMETIMES")))
        remark = await reader.read(at: now).remark ?? ""
        #expect(remark.contains(": 1 of 1 events could be read only in part: line "), "\(remark)")
        try file.remove()
        let stale = await reader.read(at: now)
        #expect(stale.problem != nil && stale.remark != nil)
        try file.write(calendar(meeting("a")))
        let mended = await reader.read(at: now)
        #expect(mended.problem == nil && mended.remark == nil)
    }

    @Test func aCalendarWithoutAReadableEntryIsNotTakenForAnEmptyOne() async throws {
        let file = try CalendarFile("room.ics")
        let bad = calendar(event("UID:bad\nDTSTART:tomorrow"))
        let reader = CalendarReader(sources: [try FileCalendarSource(url: file.url)], settings: settings)
        try file.write(bad)
        let fresh = await reader.read(at: now)
        #expect(fresh.problem?.hasPrefix("\(file.path): none of its 1 events could be read: line ") == true)
        #expect(fresh.remark == nil)
        try file.write(calendar(meeting("a")))
        #expect(await reader.read(at: now).problem == nil)
        try file.write(bad)
        let stale = await reader.read(at: now)
        #expect(stale.events.map(\.id) == ["a"], "what was known stays known")
        #expect(stale.problem?.contains("none of its 1 events could be read") == true)
        #expect(stale.problem?.hasSuffix("; what it held before is shown") == true)
    }

    @Test func theWindowMovesOnOverAnUnchangedFile() async throws {
        let file = try CalendarFile("room.ics")
        try file.write(calendar(event("UID:s\nDTSTART:20260101T100000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY")))
        let reader = CalendarReader(sources: [try FileCalendarSource(url: file.url)], settings: settings)
        let first = await reader.read(at: now)
        #expect(first.events.count == 15)
        let later = await reader.read(at: now + .seconds(86_400 * 30))
        #expect(later.events.count == 15)
        #expect(later.events.first?.id == "s/20260331T100000Z")
    }

    @Test func whatIsNoFileIsAProblem() async throws {
        let reader = CalendarReader(sources: [try FileCalendarSource(url: "file:///tmp")], settings: settings)
        #expect(await reader.read(at: now).problem == "/tmp: it is not a file")
        for url in ["/etc/room.ics", "file:room.ics", "file://server/room.ics", "https://x", "file:///a%00b"] {
            #expect(throws: CalendarError.self, "\(url)") { try FileCalendarSource(url: url) }
        }
    }

    // MARK: - HTTP

    @Test func aServerIsAskedWhetherTheTextHasChanged() async throws {
        let server = FakeServer()
        let source = try HTTPCalendarSource(url: "webcal://cal.example.org/private-0123/basic.ics") { url, validators in
            try server.answer(url, validators)
        }
        let reader = CalendarReader(sources: [source], settings: settings)
        server.set(.body(calendar(meeting("a")), .init(etag: "\"1\"", lastModified: "Mon, 02 Mar 2026 07:00:00 GMT")))
        #expect(await reader.read(at: now).events.map(\.id) == ["a"])
        server.set(.notModified)
        #expect(await reader.read(at: now).events.map(\.id) == ["a"])
        #expect(
            server.asked == [nil, .init(etag: "\"1\"", lastModified: "Mon, 02 Mar 2026 07:00:00 GMT")])
        #expect(server.urls == Array(repeating: "https://cal.example.org/private-0123/basic.ics", count: 2))
    }

    @Test func lastGoodEventsStayWhenTheServerFailsOrSendsALoginPage() async throws {
        let server = FakeServer()
        let source = try HTTPCalendarSource(url: "https://user:secret@cal.example.org/private-0123/basic.ics?key=1") {
            try server.answer($0, $1)
        }
        let reader = CalendarReader(sources: [source], settings: settings)
        server.set(.body(calendar(meeting("a")), .init()))
        _ = await reader.read(at: now)
        server.set(nil)
        var snapshot = await reader.read(at: now)
        #expect(snapshot.events.map(\.id) == ["a"])
        #expect(
            snapshot.problem
                == "https://cal.example.org/…: it could not be fetched: no route; what it held before is shown")
        server.set(.body(Array("<html>Please log in</html>".utf8), .init(etag: "login")))
        snapshot = await reader.read(at: now)
        #expect(snapshot.events.map(\.id) == ["a"])
        #expect(snapshot.problem?.contains("expected BEGIN:VCALENDAR") == true)
        for secret in ["secret", "0123", "key=1"] { #expect(snapshot.problem?.contains(secret) == false) }
        server.set(.body(calendar(meeting("b")), .init()))
        snapshot = await reader.read(at: now)
        #expect(snapshot.events.map(\.id) == ["b"])
        #expect(snapshot.problem == nil)
    }

    @Test func asMuchIsFetchedAsIsRead() {
        var limits = ICalendarLimits()
        #expect(HTTPFetcher.Options(calendars: limits).largestBody == limits.bytes)
        limits.bytes = 1000
        #expect(HTTPFetcher.Options(calendars: limits).largestBody == 1000)
    }

    @Test func otherSchemesAreRefused() {
        for url in ["ftp://x/y", "file:///x", "https://", "x"] {
            #expect(throws: CalendarError.self, "\(url)") { try HTTPCalendarSource(url: url) { _, _ in .notModified } }
        }
    }

    // MARK: - Hanging

    @Test(.timeLimit(.minutes(1)))
    func aSourceThatHangsIsAProblemAndTheOthersAreReadAsBefore() async throws {
        let bytes = calendar(meeting("a"))
        let good = try HTTPCalendarSource(url: "https://cal.example.org/") { _, _ in .body(bytes, .init()) }
        let hung = HungSource()
        let slow = SlowSources()
        let reader = CalendarReader(
            sources: [hung, good], settings: settings, patience: .milliseconds(20), onSlow: slow.note)
        for _ in 0..<3 {
            let snapshot = await reader.read(at: now)
            #expect(snapshot.events.map(\.id) == ["a"])
            #expect(snapshot.problem?.contains("/mnt/gone/room.ics: it does not answer") == true)
        }
        #expect(hung.asked == 1, "what hangs is not asked again and again")
        #expect(slow.names.isEmpty, "it was given up before it was slow")
        hung.answer(calendar(meeting("late")))
        // What came too late counts the next time it is wanted.
        var snapshot = await reader.read(at: now)
        while snapshot.problem != nil { snapshot = await reader.read(at: now) }
        #expect(Set(snapshot.events.map(\.id)) == ["a", "late"])
    }

    @Test(.timeLimit(.minutes(1)))
    func aSourceThatIsSlowIsToldOnceAndIsNoProblemWhenItAnswers() async throws {
        let hung = HungSource()
        let slow = SlowSources()
        let reader = CalendarReader(
            sources: [hung], settings: settings, patience: .seconds(3600), slowAfter: .milliseconds(20),
            onSlow: slow.note)
        let reading = Task { await reader.read(at: now) }
        while slow.names.isEmpty { await Task.yield() }
        hung.answer(calendar(meeting("a")))
        let snapshot = await reading.value
        #expect(snapshot.events.map(\.id) == ["a"] && snapshot.problem == nil)
        #expect(slow.names == ["/mnt/gone/room.ics"])
        _ = await reader.read(at: now)
        #expect(slow.names.count == 1)
    }

    @Test func aServersOwnTimeLimitComesBeforeTheReadersPatience() {
        #expect(HTTPFetcher.Options(calendars: ICalendarLimits()).timeout < CalendarReader.patience)
        #expect(HTTPFetcher.Options(calendars: ICalendarLimits()).timeout >= .seconds(30))
        #expect(CalendarReader.slowAfter < HTTPFetcher.Options(calendars: ICalendarLimits()).timeout)
    }

    @Test(.timeLimit(.minutes(1)))
    func aReadingThatIsCancelledEndsThoughItsSourceHangs() async throws {
        let hung = HungSource()
        let reader = CalendarReader(sources: [hung], settings: settings, patience: .seconds(3600))
        let reading = Task { await reader.read(at: now) }
        while hung.asked == 0 { await Task.yield() }
        reading.cancel()
        #expect(await reading.value.hasNothing)
        hung.answer(calendar(meeting("a")))
    }

    // MARK: - Several

    @Test func oneMeetingInTwoCalendarsIsListedOnce() async throws {
        let link = "janus+wss://sfu.example.org/?room=1"
        let sources = try [
            [meeting("a", "SUMMARY:first"), meeting("b", "SUMMARY:without address")],
            [meeting("a", "SUMMARY:second"), meeting("b", "SUMMARY:with\nLOCATION:\(link)"), meeting("c")],
        ].map { entries in
            let bytes = calendar(entries.joined(separator: "\n"))
            return try HTTPCalendarSource(url: "https://cal.example.org/") { _, _ in .body(bytes, .init()) }
        }
        let snapshot = await CalendarReader(sources: sources, settings: settings).read(at: now)
        #expect(snapshot.events.map(\.id) == ["a", "b", "c"])
        #expect(snapshot.events.map(\.title) == ["first", "with", "x"])
    }

    @Test func aCalendarThatFailsDoesNotHideTheOthers() async throws {
        let bytes = calendar(meeting("a"))
        let good = try HTTPCalendarSource(url: "https://cal.example.org/") { _, _ in .body(bytes, .init()) }
        let bad = try FileCalendarSource(url: "file:///nonexistent/room.ics")
        let snapshot = await CalendarReader(sources: [bad, good], settings: settings).read(at: now)
        #expect(snapshot.events.map(\.id) == ["a"])
        #expect(snapshot.problem?.contains("/nonexistent/room.ics") == true)
        #expect(!snapshot.hasNothing)
        #expect(await CalendarReader(sources: [], settings: settings).read(at: now).hasNothing == false)
    }
}

/// The names of sources that were told to be slow.
private final class SlowSources: Sendable {
    private let state = Mutex([String]())

    var names: [String] { state.withLock { $0 } }

    @Sendable func note(_ name: String) { state.withLock { $0.append(name) } }
}

/// Answers when it is let, and not before, whatever becomes of who asks.
private final class HungSource: CalendarSource {
    let name = "/mnt/gone/room.ics"
    private let state = Mutex((asked: 0, bytes: [UInt8]?.none, waiting: [CheckedContinuation<[UInt8], Never>]()))

    var asked: Int { state.withLock { $0.asked } }

    func answer(_ bytes: [UInt8]) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.bytes = bytes
            return state.waiting
        }
        for one in waiting { one.resume(returning: bytes) }
    }

    func document() async throws(CalendarError) -> CalendarDocument {
        let bytes = await withCheckedContinuation { continuation in
            let bytes = state.withLock { state in
                state.asked += 1
                if state.bytes == nil { state.waiting.append(continuation) }
                return state.bytes
            }
            if let bytes { continuation.resume(returning: bytes) }
        }
        return CalendarDocument(bytes: bytes, revision: bytes.count)
    }
}

private final class FakeServer: Sendable {
    struct NoRoute: Error, CustomStringConvertible {
        var description: String { "no route" }
    }

    private let state = Mutex(
        (
            result: HTTPCalendarSource.FetchResult?.none, asked: [HTTPCalendarSource.Validators?](),
            urls: [String]()
        ))

    var asked: [HTTPCalendarSource.Validators?] { state.withLock { $0.asked } }
    var urls: [String] { state.withLock { $0.urls } }

    func set(_ result: HTTPCalendarSource.FetchResult?) {
        state.withLock { $0.result = result }
    }

    func answer(_ url: String, _ validators: HTTPCalendarSource.Validators?) throws -> HTTPCalendarSource.FetchResult {
        try state.withLock { state in
            state.asked.append(validators)
            state.urls.append(url)
            guard let result = state.result else { throw NoRoute() }
            return result
        }
    }
}

/// A calendar's file in a folder of its own.
private struct CalendarFile: Sendable {
    private let folder: TemporaryFolder
    private let name: String

    init(_ name: String) throws {
        folder = try TemporaryFolder()
        self.name = name
    }

    var path: String { folder.path(of: name) }
    var url: String { "file://" + path.replacing(" ", with: "%20") }

    func write(_ bytes: [UInt8]) throws {
        try folder.file(name, bytes)
    }

    func remove() throws {
        try #require(unlink(path) == 0)
    }
}

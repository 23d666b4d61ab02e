import Base
import Calendars
import Scheduling
import TestSupport
import Testing

@Suite struct HostileTextTests {
    private let good = event("UID:good\nDTSTART:20260302T100000Z\nDTEND:20260302T110000Z\nSUMMARY:Good")

    @Test func whatIsNoCalendarIsAnErrorThatSaysWhatCame() {
        #expect(throws: CalendarError.notCalendar(line: 1, got: "<!DOCTYPE html>")) {
            try read(Array("<!DOCTYPE html>\n<html>".utf8))
        }
        #expect(throws: CalendarError.notCalendar(line: 3, got: "hello")) { try read(Array("\n\nhello\n".utf8)) }
        #expect(throws: CalendarError.notCalendar(line: 1, got: "")) { try read([]) }
        #expect(throws: CalendarError.tooLarge(size: 17 << 20, limit: 16 << 20)) {
            try read([UInt8](repeating: 0x20, count: 17 << 20))
        }
    }

    @Test func aByteOrderMarkAndBlankLinesAreAllowed() throws {
        #expect(try read([0xEF, 0xBB, 0xBF] + calendar(good)).events.count == 1)
        #expect(try read(Array("\r\n\r\n".utf8) + calendar(good)).events.count == 1)
    }

    @Test(arguments: [
        ("UID:bad\nSUMMARY:No start", 10, 0), ("UID:bad\nDTSTART:tomorrow", 12, 0),
        ("UID:bad\nDTSTART:20261399T250000Z", 12, 0), ("UID:bad\nDTSTART:99999990260302T120000Z", 12, 0),
        ("UID:bad\nDTSTART:99999990302T120000Z", 12, 0), ("UID:bad\nDTSTART:20260302T120000Z\nDTEND:later", 13, 1),
        ("UID:bad\nDTSTART:20260302T120000Z\nRRULE:FREQ=SOMETIMES", 13, 1),
        ("UID:bad\nDTSTART:20260302T120000Z\nRRULE:FREQ=SECONDLY", 13, 1),
        ("UID:bad\nDTSTART:20260302T120000Z\nRRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", 13, 1),
        ("UID:bad\nDTSTART:20260302T120000Z\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 13, 1),
    ])
    func aBadEntryIsReportedWithItsLineAndLosesNoOther(lines: String, line: Int, survivors: Int) throws {
        let reading = try read(calendar(good + "\n" + event(lines)))
        #expect(reading.events.filter { $0.id == "good" }.count == 1)
        #expect(reading.events.filter { $0.id != "good" }.count == survivors)
        #expect(!reading.problems.isEmpty)
        #expect(reading.problems.contains { $0.line == line }, "\(reading.problems)")
    }

    @Test func entriesThatCouldNotBeReadAreCounted() throws {
        let whole = try read(calendar(good))
        #expect(whole.entries == 1 && whole.leftOut == 0 && whole.readInPart == 0)
        let bad = event("UID:x\nSUMMARY:No start")
        let odd = event("UID:y\nDTSTART;TZID=Mars/Olympus:20260302T120000\nDTEND;TZID=Mars/Olympus:20260302T130000")
        let mixed = try read(calendar([good, bad, odd, bad.replacing("UID:x", with: "UID:z")].joined(separator: "\n")))
        #expect(mixed.entries == 4 && mixed.leftOut == 2 && mixed.readInPart == 1, "\(mixed.problems)")
        var limits = ICalendarLimits()
        limits.problems = 1
        let many = try read(
            calendar((0..<20).map { event("UID:\($0)\nSUMMARY:No start") }.joined(separator: "\n")), limits: limits)
        #expect(many.problems.count == 1 && many.leftOut == 20, "also those that are not told one by one")
        let unended = try read(calendar("BEGIN:VEVENT\nUID:open\n" + good))
        #expect(unended.entries == 2 && unended.leftOut == 1)
        let components = String(repeating: "BEGIN:X\n", count: 40) + String(repeating: "END:X\n", count: 40)
        let deep = try read(calendar(good.replacing("END:VEVENT", with: components + "END:VEVENT")))
        #expect(deep.events.map(\.id) == ["good"] && deep.problems.count == 1)
        #expect(deep.entries == 1 && deep.leftOut == 0 && deep.readInPart == 1, "it is listed")
        let beside = try read(calendar(good + "\n" + components))
        #expect(beside.leftOut == 0 && beside.readInPart == 0 && beside.problems.count == 1)
    }

    @Test func aMalformedLineInAnEntryDoesNotMatter() throws {
        let reading = try read(
            calendar(
                event("UID:1\nnonsense\nDTSTART:20260302T100000Z\n;;;:::\nATTENDEE;PARTSTAT:x\n:\nSUMMARY:Still here")))
        #expect(reading.events.map(\.title) == ["Still here"])
    }

    @Test func unbalancedComponentsAreReportedAndTheRestIsRead() throws {
        let nested = "BEGIN:VEVENT\nUID:open\nDTSTART:20260303T100000Z"
        let first = try read(calendar(nested + "\n" + good))
        #expect(first.events.map(\.id) == ["good"])
        #expect(first.problems.map(\.line) == [4])
        let second = try read(calendar("END:VALARM\n" + good + "\nEND:VEVENT"))
        #expect(second.events.map(\.id) == ["good"])
        #expect(second.problems.count == 2)
        let third = try read(
            calendar("BEGIN:VEVENT\nUID:a\nBEGIN:VALARM\nDTSTART:20260303T100000Z\nEND:VEVENT\n" + good))
        #expect(third.events.contains { $0.id == "good" })
        #expect(!third.problems.isEmpty)
    }

    @Test func aTextThatIsCutOffSaysSo() throws {
        let bytes = calendar(good + "\n" + event("UID:2\nDTSTART:20260303T100000Z\nSUMMARY:cut"))
        let whole = try read(bytes)
        #expect(!whole.isTruncated)
        for length in stride(from: 20, to: bytes.count - 12, by: 1) {
            let reading = try read(Array(bytes.prefix(length)))
            #expect(reading.isTruncated, "cut at \(length)")
            #expect(!reading.problems.isEmpty)
        }
    }

    @Test func deepNestingIsBounded() throws {
        let depth = 50_000
        let deep = Array(
            (String(repeating: "BEGIN:X\n", count: depth) + String(repeating: "END:X\n", count: depth)).utf8)
        let reading = try read(
            calendar(good + "\n" + String(decoding: deep, as: UTF8.self) + good.replacing("good", with: "two")))
        #expect(reading.events.map(\.id) == ["good", "two"])
        #expect(reading.problems.count == 1)
        let inside = try read(
            calendar(
                "BEGIN:VEVENT\n" + String(decoding: deep, as: UTF8.self) + "UID:a\nDTSTART:20260302T100000Z\nEND:VEVENT"
            ))
        #expect(inside.events.map(\.id) == ["a"])
    }

    @Test func bytesThatAreNoTextDoNoHarm() throws {
        for seed in UInt64(1)...300 {
            var random = SeededRandom(seed: seed)
            var bytes = calendar(
                good + "\n"
                    + event(
                        "UID:s\nDTSTART;TZID=Europe/Berlin:20260302T100000\n"
                            + "RRULE:FREQ=WEEKLY;BYDAY=MO\nEXDATE:20260309T090000Z"
                    ))
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                let index = Int.random(in: 15..<bytes.count, using: &random)
                switch random.next() % 3 {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: index)
                default: bytes.insert(contentsOf: bytes[max(0, index - 8)..<index], at: index)
                }
            }
            _ = try? read(bytes)
        }
    }

    @Test func aHundredThousandEntriesAreReadInSeconds() throws {
        var text = ""
        for index in 0..<100_000 {
            let day = 20_200_101 + (index % 7) * 10_000 + (index % 12) * 100 + index % 28
            text += "BEGIN:VEVENT\nUID:\(index)\nDTSTART:\(day)T100000Z\nDTEND:\(day)T110000Z\nEND:VEVENT\n"
        }
        let bytes = calendar(text)
        let time = try processorTime {
            let reading = try read(bytes, from: "2026-03-01", to: "2026-03-15")
            #expect(reading.events.count == 100_000 / 84)
        }
        #expect(time < .seconds(20))
    }

    @Test func endlessAndDenseRulesAreBounded() throws {
        var body: [String] = []
        for index in 0..<300 {
            body.append(event("UID:\(index)\nDTSTART:19000101T000000Z\nRRULE:FREQ=HOURLY\nDURATION:PT1H"))
            body.append(event("UID:m\(index)\nDTSTART:20260101T000000Z\nRRULE:FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1"))
        }
        var limits = ICalendarLimits()
        limits.recurrenceTime = .seconds(1)
        let time = try processorTime {
            let reading = try read(
                calendar(good + "\n" + body.joined(separator: "\n")), from: "2026-03-01", to: "2026-03-15",
                limits: limits)
            #expect(reading.events.contains { $0.id == "good" })
            #expect(!reading.problems.isEmpty)
        }
        #expect(time < .seconds(20))
    }

    @Test func tooManyMeetingsAreCutAndReported() throws {
        var limits = ICalendarLimits()
        limits.occurrences = 100
        limits.entries = 50
        let many = try read(calendar(event("UID:1\nDTSTART:20260101T000000Z\nRRULE:FREQ=DAILY")), limits: limits)
        #expect(many.events.count == 100)
        #expect(many.problems.contains { $0.text.contains("more than 100 meetings") })
        #expect(starts(many).last == "2026-04-10T00:00", "the earliest are kept")
        #expect(
            many.problems.contains {
                $0.text.contains("265 are left out, the next of them at 2026-04-11T00:00:00.000Z")
            })
        let body = (0..<80).map { event("UID:\($0)\nDTSTART:20260302T100000Z") }.joined(separator: "\n")
        let entries = try read(calendar(body), limits: limits)
        #expect(entries.events.count == 50)
        #expect(entries.problems.contains { $0.text.contains("more than 50 entries") })
    }

    @Test func aZoneWithWildRulesIsNotExpanded() throws {
        for rule in ["FREQ=SECONDLY", "FREQ=YEARLY;BYHOUR=1,2,3;BYMINUTE=1,2,3", "FREQ=DAILY", "FREQ=YEARLY;BYDAY=MO"] {
            let zone = """
                BEGIN:VTIMEZONE
                TZID:Wild
                BEGIN:STANDARD
                DTSTART:16010101T000000
                TZOFFSETFROM:+0500
                TZOFFSETTO:+0500
                RRULE:\(rule)
                END:STANDARD
                END:VTIMEZONE

                """
            let reading = try read(calendar(zone + event("UID:1\nDTSTART;TZID=Wild:20260302T100000")))
            #expect(starts(reading) == ["2026-03-02T09:00"], "\(rule)")
            #expect(reading.problems.count == 1)
        }
    }

    @Test func anEnormousEntryIsLeftOut() throws {
        let huge = event("UID:huge\nDTSTART:20260302T100000Z\nDESCRIPTION:" + String(repeating: "x", count: 2_000_000))
        let reading = try read(calendar(huge + "\n" + good))
        #expect(reading.events.map(\.id) == ["good"])
        #expect(reading.problems.count == 1)
    }

    @Test func libicalIsUsedByManyAtOnce() async throws {
        let bytes = calendar(
            event("UID:w\nDTSTART;TZID=Pacific Standard Time:20260302T100000\nRRULE:FREQ=DAILY;COUNT=50"))
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    var total = 0
                    for _ in 0..<10 { total += try read(bytes).events.count }
                    return total
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts == Array(repeating: 500, count: 16))
    }

    @Test func aSeriesThatFillsTheCalendarDoesNotHideTheNextMeeting() throws {
        let flood = (0..<20).map { event("UID:\($0)\nDTSTART:20260302T000000Z\nRRULE:FREQ=HOURLY\nDURATION:PT1M") }
            .joined(separator: "\n")
        let next = event("UID:next\nDTSTART:20260302T120000Z\nDURATION:PT1H")
        let reading = try read(calendar(flood + "\n" + next), from: "2026-03-02", to: "2026-03-16")
        #expect(reading.events.count == 2000)
        #expect(reading.events.contains { $0.id == "next" })
        #expect(reading.problems.contains { $0.text.contains("left out") })
    }

    /// 2880 times a day.
    private func flood(_ uid: String) -> String {
        let hours = (0..<24).map(String.init).joined(separator: ",")
        let minutes = (0..<60).map(String.init).joined(separator: ",")
        return event(
            "UID:\(uid)\nDTSTART:20260101T000000Z\nDURATION:PT10S\n"
                + "RRULE:FREQ=DAILY;BYHOUR=\(hours);BYMINUTE=\(minutes);BYSECOND=0,30")
    }

    @Test func aFloodThatBeganYesterdayHidesNeitherTheNextMeetingNorThatBehindItInTheText() throws {
        let now = time("2026-03-02T12:00")
        let running = event("UID:running\nDTSTART:20260302T113000Z\nDURATION:PT1H")
        let next = event("UID:next\nDTSTART:20260302T130000Z\nDURATION:PT1H")
        let series = event("UID:weekly\nDTSTART:20260223T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY")
        let wanted: Set = ["running", "next", "weekly/20260309T090000Z"]
        let text = [running, next, series].joined(separator: "\n")
        let few = flood("flood")
        let many = (0..<45).map { flood("flood\($0)") }.joined(separator: "\n")
        for (name, body) in [
            ("behind", text + "\n" + few), ("before", few + "\n" + text), ("many behind", text + "\n" + many),
            ("many before", many + "\n" + text), ("on both sides", few + "\n" + text + "\n" + flood("other")),
        ] {
            let settings = try ICalendar.Settings(zone: "Europe/Berlin", rules: corporate)
            let reading = try ICalendar(settings).read(
                calendar(body), in: (now - .seconds(86_400))..<(now + .seconds(14 * 86_400)), at: now)
            #expect(wanted.subtracting(reading.events.map(\.id)).isEmpty, "\(name)")
            #expect(reading.events.count <= ICalendarLimits().occurrences, "\(name)")
            #expect(reading.events.map(\.start) == reading.events.map(\.start).sorted(), "\(name)")
            let isTold = reading.problems.contains { $0.text.contains("left out") || $0.text.contains("missing") }
            #expect(isTold, "\(name): \(reading.problems)")
        }
    }

    @Test func aSeriesWithMoreThanItsShareShowsWhatComesNextAndSaysSo() throws {
        let now = time("2026-03-02T12:00")
        let settings = try ICalendar.Settings(zone: "Europe/Berlin", rules: corporate)
        let reading = try ICalendar(settings).read(
            calendar(flood("flood")), in: (now - .seconds(86_400))..<(now + .seconds(14 * 86_400)), at: now)
        #expect(reading.events.count == ICalendarLimits().occurrencesOfOne)
        #expect(reading.events.first?.start == now)
        #expect(reading.problems.map(\.line) == [8], "the line of its RRULE: \(reading.problems)")
    }

    @Test func whatHasEndedGoesFirstTheLatestLast() throws {
        var limits = ICalendarLimits()
        limits.occurrences = 6
        var settings = try ICalendar.Settings(zone: "Europe/Berlin", rules: corporate)
        settings.limits = limits
        let body = (0..<5).flatMap { hour in
            [
                event("UID:past\(hour)\nDTSTART:20260302T0\(hour)0000Z\nDURATION:PT1H"),
                event("UID:coming\(hour)\nDTSTART:20260302T1\(hour)0000Z\nDURATION:PT1H"),
            ]
        }.joined(separator: "\n")
        let window = time("2026-03-02")..<time("2026-03-03")
        let reading = try ICalendar(settings).read(calendar(body), in: window, at: time("2026-03-02T09:00"))
        #expect(reading.events.map(\.id) == ["past4", "coming0", "coming1", "coming2", "coming3", "coming4"])
        let crowded = try ICalendar(settings).read(calendar(body), in: window, at: time("2026-03-02T03:30"))
        #expect(crowded.events.map(\.id) == ["past3", "past4", "coming0", "coming1", "coming2", "coming3"])
    }
}

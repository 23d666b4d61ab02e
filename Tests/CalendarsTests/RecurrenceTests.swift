import Base
import Calendars
import Scheduling
import Testing

@Suite struct RecurrenceTests {
    private func series(_ lines: String) -> String {
        event(
            "UID:s\nSUMMARY:Series\nDTSTART;TZID=Europe/Berlin:20260302T100000\n"
                + "DTEND;TZID=Europe/Berlin:20260302T110000\n\(lines)"
        )
    }

    @Test(arguments: [
        ("FREQ=DAILY;COUNT=3", ["03-02", "03-03", "03-04"]),
        ("FREQ=DAILY;UNTIL=20260304T090000Z", ["03-02", "03-03", "03-04"]),
        ("FREQ=DAILY;UNTIL=20260304T085959Z", ["03-02", "03-03"]),
        ("FREQ=DAILY;UNTIL=20260304", ["03-02", "03-03", "03-04"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=4", ["03-02", "03-04", "03-16", "03-18"]),
        ("FREQ=MONTHLY;BYDAY=1MO;COUNT=3", ["03-02", "04-06", "05-04"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=3", ["03-02", "03-31", "04-30"]),
        ("FREQ=YEARLY;COUNT=3", ["03-02"]), ("FREQ=HOURLY;INTERVAL=12;COUNT=3", ["03-02", "03-02", "03-03"]),
    ])
    func rulesAreExpanded(rule: String, days: [String]) throws {
        let reading = try read(calendar(series("RRULE:\(rule)")))
        #expect(starts(reading).map { String($0.dropFirst(5).prefix(5)) } == days)
        #expect(reading.problems.isEmpty)
        #expect(reading.events.allSatisfy { minutes($0) == 60 })
    }

    @Test func idsAreStableAndNameTheOccurrence() throws {
        let reading = try read(calendar(series("RRULE:FREQ=DAILY;COUNT=2")))
        #expect(reading.events.map(\.id) == ["s/20260302T090000Z", "s/20260303T090000Z"])
        let days = try read(calendar(event("UID:d\nDTSTART;VALUE=DATE:20260302\nRRULE:FREQ=DAILY;COUNT=2")))
        #expect(days.events.map(\.id) == ["d/20260302", "d/20260303"])
        #expect(try read(calendar(series("LOCATION:x"))).events.map(\.id) == ["s"])
    }

    /// A window far from the start gives what walking there gives.
    @Test(arguments: [
        "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU,FR", "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO", "FREQ=YEARLY;INTERVAL=2", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
    ])
    func aWindowYearsAwayIsReachedExactly(rule: String) throws {
        let start = "UID:s\nDTSTART;TZID=Europe/Berlin:20180102T100000\nDURATION:PT1H\nRRULE:\(rule)"
        var limits = ICalendarLimits()
        limits.occurrences = 5000
        limits.occurrencesOfOne = 5000
        let all = try read(
            calendar(event(start + ";COUNT=5000")), from: "2017-01-01", to: "2026-12-31", limits: limits)
        for month in ["2026-01", "2026-03", "2026-06", "2026-10"] {
            let next = time(month + "-01") + .seconds(31 * 86_400)
            let reading = try read(calendar(event(start)), from: month + "-01", to: String(next.description.prefix(10)))
            let expected = all.events.filter { $0.start < next && $0.end > time(month + "-01") }.map(\.id)
            #expect(reading.events.map(\.id) == expected, "\(rule) in \(month)")
        }
    }

    @Test func exceptionsAndFurtherDatesCount() throws {
        let reading = try read(
            calendar(
                series(
                    """
                    RRULE:FREQ=DAILY;COUNT=5
                    EXDATE;TZID=Europe/Berlin:20260303T100000,20260304T100000
                    EXDATE:20260305T090000Z
                    RDATE;TZID=Europe/Berlin:20260310T140000
                    RDATE;VALUE=PERIOD:20260311T080000Z/PT2H,20260312T080000Z/20260312T083000Z
                    """)))
        #expect(
            starts(reading) == [
                "2026-03-02T09:00", "2026-03-06T09:00", "2026-03-10T13:00", "2026-03-11T08:00", "2026-03-12T08:00",
            ])
        #expect(reading.events.map(minutes) == [60, 60, 60, 120, 30])
    }

    @Test func exceptionsWrittenAsDaysAndExceptionRulesCount() throws {
        let reading = try read(
            calendar(
                series("RRULE:FREQ=DAILY;COUNT=6\nEXDATE;VALUE=DATE:20260303\nEXRULE:FREQ=DAILY;INTERVAL=3;COUNT=2")))
        #expect(starts(reading).map { $0.dropFirst(8).prefix(2) } == ["04", "06", "07"])
    }

    @Test func anOverrideReplacesItsOccurrence() throws {
        let override = event(
            "UID:s\nRECURRENCE-ID;TZID=Europe/Berlin:20260303T100000\nDTSTART;TZID=Europe/Berlin:20260303T150000\n"
                + "DTEND;TZID=Europe/Berlin:20260303T153000\nSUMMARY:Moved"
        )
        let reading = try read(calendar(override + "\n" + series("RRULE:FREQ=DAILY;COUNT=3")))
        #expect(starts(reading) == ["2026-03-02T09:00", "2026-03-03T14:00", "2026-03-04T09:00"])
        #expect(reading.events.map(\.title) == ["Series", "Moved", "Series"])
        #expect(reading.events[1].id == "s/20260303T090000Z")
        #expect(minutes(reading.events[1]) == 30)
    }

    @Test func anOverrideInAnotherZoneOrInUTCFindsItsOccurrence() throws {
        for id in [
            "RECURRENCE-ID:20260303T090000Z", "RECURRENCE-ID;TZID=America/New_York:20260303T040000",
            "RECURRENCE-ID:20260303T100000", "RECURRENCE-ID;VALUE=DATE:20260303",
        ] {
            let override = event("UID:s\n\(id)\nDTSTART:20260303T150000Z\nDURATION:PT1H")
            let reading = try read(calendar(series("RRULE:FREQ=DAILY;COUNT=3") + "\n" + override))
            #expect(starts(reading) == ["2026-03-02T09:00", "2026-03-03T15:00", "2026-03-04T09:00"], "\(id)")
        }
    }

    @Test func overridesMoveOccurrencesIntoAndOutOfTheWindow() throws {
        let out = event("UID:s\nRECURRENCE-ID:20260303T090000Z\nDTSTART:20260801T150000Z\nDURATION:PT1H")
        let into = event("UID:s\nRECURRENCE-ID:20261201T090000Z\nDTSTART:20260304T150000Z\nDURATION:PT1H")
        let reading = try read(
            calendar([series("RRULE:FREQ=DAILY"), out, into].joined(separator: "\n")), from: "2026-03-02",
            to: "2026-03-05")
        #expect(
            reading.events.map(\.id) == ["s/20260302T090000Z", "s/20260304T090000Z", "s/20261201T090000Z"])
    }

    @Test func aCancelledOccurrenceIsShownAsSuch() throws {
        let override = event(
            "UID:s\nRECURRENCE-ID:20260303T090000Z\nDTSTART:20260303T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED")
        let reading = try read(calendar(series("RRULE:FREQ=DAILY;COUNT=3") + "\n" + override))
        #expect(reading.events.map(\.status) == [.confirmed, .cancelled, .confirmed])
    }

    @Test func thisAndFutureShiftsWhatFollows() throws {
        let override = event(
            "UID:s\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260304T100000\n"
                + "DTSTART;TZID=Europe/Berlin:20260304T140000\nDURATION:PT2H\nSUMMARY:Later"
        )
        let single = event(
            "UID:s\nRECURRENCE-ID:20260306T090000Z\nDTSTART:20260306T070000Z\nDURATION:PT1H\nSUMMARY:Once")
        let reading = try read(
            calendar([series("RRULE:FREQ=DAILY;COUNT=5"), override, single].joined(separator: "\n")))
        #expect(
            starts(reading) == [
                "2026-03-02T09:00", "2026-03-03T09:00", "2026-03-04T13:00", "2026-03-05T13:00", "2026-03-06T07:00",
            ])
        #expect(reading.events.map(\.title) == ["Series", "Series", "Later", "Later", "Once"])
        #expect(reading.events.map(minutes) == [60, 60, 120, 120, 60])
    }

    @Test func anInvitationToOneOccurrenceOnlyIsAnEvent() throws {
        let reading = try read(
            calendar(event("UID:s\nRECURRENCE-ID:20260303T090000Z\nDTSTART:20260303T100000Z\nDURATION:PT1H")))
        #expect(reading.events.map(\.id) == ["s/20260303T090000Z"])
    }

    @Test func theNewestOfSeveralVersionsCounts() throws {
        let reading = try read(
            calendar(
                event("UID:a\nSEQUENCE:2\nDTSTART:20260303T100000Z\nSUMMARY:New") + "\n"
                    + event("UID:a\nSEQUENCE:1\nDTSTART:20260302T100000Z\nSUMMARY:Old")))
        #expect(reading.events.map(\.title) == ["New"])
    }

    @Test func methodCancelCancelsAndAnswersAreNoMeetings() throws {
        let body = event("UID:a\nDTSTART:20260303T100000Z")
        #expect(try read(calendar(body, header: "METHOD:CANCEL\n")).events.map(\.status) == [.cancelled])
        #expect(try read(calendar(body, header: "METHOD:REPLY\n")).events.isEmpty)
        #expect(try read(calendar(body, header: "METHOD:PUBLISH\n")).events.map(\.status) == [.confirmed])
    }

    @Test func aMeetingThatReachesIntoTheWindowIsListed() throws {
        let body = calendar(
            event("UID:a\nDTSTART:20260301T220000Z\nDTEND:20260302T020000Z") + "\n"
                + event("UID:b\nDTSTART:20260301T200000Z\nRRULE:FREQ=DAILY\nDURATION:PT6H") + "\n"
                + event("UID:c\nDTSTART:20260220T000000Z\nDURATION:P20D"))
        let reading = try read(body, from: "2026-03-02", to: "2026-03-03")
        #expect(reading.events.map(\.id) == ["c", "b/20260301T200000Z", "a", "b/20260302T200000Z"])
    }
}

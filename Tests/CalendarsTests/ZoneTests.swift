import Base
import Calendars
import Scheduling
import Testing

@Suite struct ZoneTests {
    private func weekly(_ start: String, _ rule: String = "FREQ=WEEKLY;COUNT=4") -> [UInt8] {
        calendar(event("UID:w\nDTSTART\(start)\nDURATION:PT1H\nRRULE:\(rule)"))
    }

    @Test func aWeeklyMeetingInBerlinKeepsItsHourInSpring() throws {
        let reading = try read(weekly(";TZID=Europe/Berlin:20260316T100000"))
        #expect(starts(reading) == ["2026-03-16T09:00", "2026-03-23T09:00", "2026-03-30T08:00", "2026-04-06T08:00"])
        #expect(reading.problems.isEmpty)
    }

    @Test func aWeeklyMeetingInBerlinKeepsItsHourInAutumn() throws {
        let reading = try read(weekly(";TZID=Europe/Berlin:20261012T100000"))
        #expect(starts(reading) == ["2026-10-12T08:00", "2026-10-19T08:00", "2026-10-26T09:00", "2026-11-02T09:00"])
    }

    @Test func newYorkChangesOnOtherDays() throws {
        let spring = try read(weekly(";TZID=America/New_York:20260302T100000"))
        #expect(starts(spring) == ["2026-03-02T15:00", "2026-03-09T14:00", "2026-03-16T14:00", "2026-03-23T14:00"])
        let autumn = try read(weekly(";TZID=America/New_York:20261019T100000"))
        #expect(starts(autumn) == ["2026-10-19T14:00", "2026-10-26T14:00", "2026-11-02T15:00", "2026-11-09T15:00"])
    }

    @Test func anHourThatIsSkippedAndOneThatComesTwice() throws {
        // RFC 5545 §3.3.5: the offset before the gap; the first of the two.
        let spring = try read(weekly(";TZID=Europe/Berlin:20260328T023000", "FREQ=DAILY;COUNT=3"))
        #expect(starts(spring) == ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"])
        let autumn = try read(weekly(";TZID=Europe/Berlin:20261024T023000", "FREQ=DAILY;COUNT=3"))
        #expect(starts(autumn) == ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"])
    }

    @Test func everyWindowsNameLeadsToAZone() throws {
        let names = [
            ("W. Europe Standard Time", "09:00"), ("Romance Standard Time", "09:00"),
            ("Eastern Standard Time", "15:00"),
            ("Pacific Standard Time", "18:00"), ("India Standard Time", "04:30"), ("Tokyo Standard Time", "01:00"),
            ("GMT Standard Time", "10:00"), ("AUS Eastern Standard Time", "2026-03-01T23:00"), ("UTC", "10:00"),
            ("w. europe standard time", "09:00"), ("Nepal Standard Time", "04:15"), ("UTC-02", "12:00"),
        ]
        for (name, expected) in names {
            let reading = try read(calendar(event("UID:1\nDTSTART;TZID=\(name):20260302T100000\nDURATION:PT1H")))
            #expect(starts(reading).first?.hasSuffix(expected) == true, "\(name): \(starts(reading))")
            #expect(reading.problems.isEmpty)
        }
    }

    @Test func outlooksOwnDefinitionIsUsed() throws {
        let zone = """
            BEGIN:VTIMEZONE
            TZID:Customized Time Zone
            BEGIN:STANDARD
            DTSTART:16010101T030000
            TZOFFSETFROM:+0200
            TZOFFSETTO:+0100
            RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
            END:STANDARD
            BEGIN:DAYLIGHT
            DTSTART:16010101T020000
            TZOFFSETFROM:+0100
            TZOFFSETTO:+0200
            RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
            END:DAYLIGHT
            END:VTIMEZONE

            """
        let body = event(
            "UID:w\nDTSTART;TZID=Customized Time Zone:20260316T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=4")
        let reading = try read(calendar(zone + body))
        #expect(starts(reading) == ["2026-03-16T09:00", "2026-03-23T09:00", "2026-03-30T08:00", "2026-04-06T08:00"])
        #expect(reading.problems.isEmpty)
        let after = try read(calendar(body + "\n" + zone), zone: "America/New_York")
        #expect(starts(after) == starts(reading), "a definition may come after its use")
    }

    @Test func aQuotedOutlookDisplayNameWithADefinitionWorks() throws {
        let zone = """
            BEGIN:VTIMEZONE
            TZID:(UTC+01:00) Amsterdam\\, Berlin\\, Bern\\, Rome\\, Stockholm\\, Vienna
            BEGIN:STANDARD
            DTSTART:16010101T000000
            TZOFFSETFROM:+0100
            TZOFFSETTO:+0100
            END:STANDARD
            END:VTIMEZONE

            """
        let name = "\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna\""
        let reading = try read(
            calendar(zone + event("UID:1\nDTSTART;TZID=\(name):20260702T100000\nDURATION:PT1H")), zone: "Asia/Tokyo")
        #expect(starts(reading) == ["2026-07-02T09:00"])
    }

    @Test func pathsOfOldProgramsAreUnderstood() throws {
        for name in ["/mozilla.org/20050126_1/Europe/Berlin", "/freeassociation.sourceforge.net/Tzfile/Europe/Berlin"] {
            let reading = try read(
                calendar(event("UID:1\nDTSTART;TZID=\(name):20260302T100000\nDURATION:PT1H")), zone: "UTC")
            #expect(starts(reading) == ["2026-03-02T09:00"])
            #expect(reading.problems.isEmpty)
        }
    }

    @Test func anUnknownZoneIsTheRoomsAndIsReported() throws {
        let reading = try read(calendar(event("UID:1\nDTSTART;TZID=Mars/Olympus:20260302T100000\nDURATION:PT1H")))
        #expect(starts(reading) == ["2026-03-02T09:00"])
        #expect(reading.problems.map(\.line) == [6])
        #expect(reading.problems.first?.text.contains("Mars/Olympus") == true)
    }

    @Test func floatingTimesAreTheRooms() throws {
        let body = calendar(event("UID:1\nDTSTART:20260702T100000\nDTEND:20260702T110000"))
        #expect(starts(try read(body)) == ["2026-07-02T08:00"])
        #expect(starts(try read(body, zone: "America/New_York")) == ["2026-07-02T14:00"])
    }

    @Test func wholeDaysAreTheRoomsDaysAlsoWhenTheyHave23Hours() throws {
        let reading = try read(
            calendar(
                event("UID:1\nDTSTART;VALUE=DATE:20260329\nDTEND;VALUE=DATE:20260330")
                    + "\n" + event("UID:2\nDTSTART;VALUE=DATE:20260702")
                    + "\n" + event("UID:3\nDTSTART;VALUE=DATE:20260706\nDURATION:P2D")
                    + "\n" + event("UID:4\nDTSTART;VALUE=DATE:20260708\nDTEND;VALUE=DATE:20260708")))
        #expect(starts(reading) == ["2026-03-28T23:00", "2026-07-01T22:00", "2026-07-05T22:00", "2026-07-07T22:00"])
        #expect(reading.events.map { minutes($0) / 60 } == [23, 24, 48, 24])
        #expect(reading.events.allSatisfy { $0.isAllDay })
    }

    @Test func anUnknownRoomZoneIsRefused() {
        #expect(throws: CalendarError.self) { try ICalendar.Settings(zone: "Europe/Atlantis", rules: corporate) }
        #expect(throws: CalendarError.self) { try ICalendar.Settings(zone: "../../etc/passwd", rules: corporate) }
        #expect(throws: CalendarError.self) { try ICalendar.Settings(zone: "", rules: corporate) }
    }
}

import Base
import Calendars
import Scheduling
import Testing

@Suite struct EntryTests {
    private let head = "UID:1\nDTSTART:20260302T100000Z\nDTEND:20260302T110000Z\n"
    private let address = "janus+wss://sfu.example.org/?room=7"

    private func only(_ lines: String) throws -> CalendarEvent {
        let reading = try read(calendar(event(head + lines)))
        #expect(reading.problems.isEmpty)
        return try #require(reading.events.first)
    }

    @Test func textIsUnescapedAndUnfolded() throws {
        #expect(
            try only("SUMMARY:Budget\\, Q1\\; final \\\\ v\n 2\\nsecond line").title
                == "Budget, Q1; final \\ v2 second line")
        #expect(try only("SUMMARY:会议室 مرحبا Ångström").title == "会议室 مرحبا Ångström")
        #expect(try only("SUMMARY;LANGUAGE=de;ALTREP=\"http://x/y;z\":Übung").title == "Übung")
        #expect(try only("SUMMARY:").title == "")
        #expect(try only("DESCRIPTION:no title").title == "")
    }

    @Test(arguments: [
        "mailto:room@example.org", "MAILTO:Room@Example.org", "mailto:ROOM@EXAMPLE.ORG", "room@example.org",
        "mailto: room@example.org",
    ])
    func theRoomsAnswerIsFound(name: String) throws {
        let event = try only(
            """
            ORGANIZER;CN="Doe, Anna":MAILTO:Anna@Example.org
            ATTENDEE;PARTSTAT=DECLINED;CN=Bob:mailto:bob@example.org
            ATTENDEE;CUTYPE=ROOM;ROLE=NON-PARTICIPANT;PARTSTAT=ACCEPTED;CN="Room, 1st floor":\(name)
            """)
        #expect(event.participation == .accepted)
        #expect(event.organizer == "anna@example.org")
    }

    @Test func everyAnswerIsToldApart() throws {
        let answers: [(String, CalendarEvent.Participation?)] = [
            ("PARTSTAT=ACCEPTED", .accepted), ("PARTSTAT=TENTATIVE", .tentative), ("PARTSTAT=DECLINED", .declined),
            ("PARTSTAT=NEEDS-ACTION", .needsAction), ("RSVP=TRUE", .needsAction), ("partstat=accepted", .accepted),
        ]
        for (parameter, expected) in answers {
            #expect(try only("ATTENDEE;\(parameter):mailto:room@example.org").participation == expected, "\(parameter)")
        }
        #expect(try only("ATTENDEE;PARTSTAT=ACCEPTED:mailto:other@example.org").participation == nil)
        #expect(try only("ATTENDEE;PARTSTAT=ACCEPTED;EMAIL=room@example.org:urn:uuid:1").participation == .accepted)
        #expect(try only("SUMMARY:x").participation == nil)
    }

    @Test func statusIsRead() throws {
        #expect(try only("STATUS:CANCELLED").status == .cancelled)
        #expect(try only("STATUS:TENTATIVE").status == .tentative)
        #expect(try only("STATUS:CONFIRMED").status == .confirmed)
    }

    @Test func addressesAreTakenFromEveryPlaceInTheContractsOrder() throws {
        let places = [
            "X-ALT-DESC;FMTTYPE=text/html:<a href=\"\(address)&amp;pin=6\">Join</a>",
            "DESCRIPTION:Join: \(address)&pin=5\\nBye", "LOCATION:\(address)&pin=4", "URL:\(address)&pin=3",
            "X-GOOGLE-CONFERENCE:\(address)&pin=2",
            "CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO;LABEL=Join:\(address)&pin=1",
        ]
        for count in 1...places.count {
            let event = try only(places.prefix(count).joined(separator: "\n"))
            #expect(event.link == .address("\(address)&pin=\(7 - count)"))
        }
    }

    @Test func anAddressFoldedOverLinesIsWhole() throws {
        let long =
            "https://teams.microsoft.com/l/meetup-join/19%3ameeting_\(String(repeating: "A", count: 120))%40thread.v2/0"
        let folded = long.prefix(60) + "\n " + long.dropFirst(60).prefix(70) + "\n " + long.dropFirst(130)
        let event = try only("DESCRIPTION:Join <\(folded)>")
        #expect(event.link == .unsupported(service: "Microsoft Teams", url: long))
    }

    @Test func whatGoogleWrites() throws {
        let reading = try read(
            calendar(
                """
                BEGIN:VTIMEZONE
                TZID:Europe/Berlin
                X-LIC-LOCATION:Europe/Berlin
                BEGIN:DAYLIGHT
                TZOFFSETFROM:+0100
                TZOFFSETTO:+0200
                TZNAME:CEST
                DTSTART:19700329T020000
                RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
                END:DAYLIGHT
                BEGIN:STANDARD
                TZOFFSETFROM:+0200
                TZOFFSETTO:+0100
                TZNAME:CET
                DTSTART:19701025T030000
                RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
                END:STANDARD
                END:VTIMEZONE
                BEGIN:VEVENT
                DTSTART;TZID=Europe/Berlin:20260311T140000
                DTEND;TZID=Europe/Berlin:20260311T143000
                RRULE:FREQ=WEEKLY;WKST=MO;UNTIL=20260401T215959Z;BYDAY=WE
                EXDATE;TZID=Europe/Berlin:20260318T140000
                DTSTAMP:20260301T120000Z
                ORGANIZER;CN=Anna:mailto:anna@example.org
                UID:abc123@google.com
                ATTENDEE;CUTYPE=RESOURCE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=Boardroom
                 ;X-NUM-GUESTS=0:mailto:room@example.org
                X-GOOGLE-CONFERENCE:https://meet.google.com/abc-defg-hij
                DESCRIPTION:-::~:~::~\\nJoin with Google Meet: https://meet.google.com/abc-def
                 g-hij\\nOr dial: (DE) +49 40 8081617343 PIN: 123#\\n
                SEQUENCE:0
                STATUS:CONFIRMED
                SUMMARY:Weekly
                TRANSP:OPAQUE
                BEGIN:VALARM
                ACTION:DISPLAY
                DESCRIPTION:This is an event reminder
                TRIGGER:-P0DT0H10M0S
                END:VALARM
                END:VEVENT
                """, header: "PRODID:-//Google Inc//Google Calendar 70.9054//EN\nX-WR-TIMEZONE:Europe/Berlin\n"))
        #expect(starts(reading) == ["2026-03-11T13:00", "2026-03-25T13:00", "2026-04-01T12:00"])
        #expect(reading.events.first?.participation == .accepted)
        #expect(
            reading.events.first?.link
                == .unsupported(service: "Google Meet", url: "https://meet.google.com/abc-defg-hij"))
        #expect(reading.problems.isEmpty)
    }

    @Test func whatOutlookWrites() throws {
        let link =
            "https://teams.microsoft.com/l/meetup-join/19%3ameeting_X%40thread.v2/0?context=%7b%22Tid%22%3a%221%22%7d"
        let reading = try read(
            calendar(
                """
                BEGIN:VTIMEZONE
                TZID:W. Europe Standard Time
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
                BEGIN:VEVENT
                ORGANIZER;CN=Anna:MAILTO:anna@example.org
                ATTENDEE;CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT;PARTSTAT=TENTATIVE;RSVP=TRUE;CN
                 =Boardroom:MAILTO:room@example.org
                DESCRIPTION;LANGUAGE=de-DE:________________\\nMicrosoft Teams-Besprechung\\n
                SUMMARY;LANGUAGE=de-DE:Planung
                DTSTART;TZID=W. Europe Standard Time:20260702T100000
                DTEND;TZID=W. Europe Standard Time:20260702T110000
                UID:040000008200E00074C5B7101A82E008
                CLASS:PUBLIC
                LOCATION;LANGUAGE=de-DE:Microsoft Teams-Besprechung
                X-MICROSOFT-CDO-ALLDAYEVENT:FALSE
                X-MICROSOFT-SKYPETEAMSMEETINGURL:\(link)
                X-MICROSOFT-SCHEDULINGSERVICEUPDATEURL:https://api.scheduler.teams.microsoft.com/teams/1
                END:VEVENT
                """, header: "METHOD:PUBLISH\nPRODID:Microsoft Exchange Server 2010\n"))
        #expect(starts(reading) == ["2026-07-02T08:00"])
        #expect(reading.events.first?.link == .unsupported(service: "Microsoft Teams", url: link))
        #expect(reading.events.first?.participation == .tentative)
        #expect(reading.problems.isEmpty)
    }

    @Test func whatACalDAVServerHands() throws {
        // Several calendar objects in one text, lower case, bare line feeds, journal and task beside the event.
        let text = """
            begin:vcalendar
            version:2.0
            begin:vtodo
            uid:t
            summary:Task
            end:vtodo
            end:vcalendar

            BEGIN:VCALENDAR
            VERSION:2.0
            BEGIN:VEVENT
            UID:1
            DTSTART:20260302T100000Z
            DURATION:PT45M
            X-MICROSOFT-ONLINEMEETINGCONFLINK:\(address)
            END:VEVENT
            END:VCALENDAR
            """
        let reading = try read(Array(text.utf8))
        #expect(reading.events.map(\.id) == ["1"])
        #expect(reading.events.first?.link == .address(address))
        #expect(reading.problems.isEmpty)
        #expect(!reading.isTruncated)
    }

    @Test func anExchangeWholeDayIsOne() throws {
        #expect(try only("X-MICROSOFT-CDO-ALLDAYEVENT:TRUE").isAllDay)
        #expect(!(try only("X-MICROSOFT-CDO-ALLDAYEVENT:FALSE").isAllDay))
    }
}

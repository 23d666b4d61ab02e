import Base
import Calendars
import Scheduling
import Testing

/// An .ics with a year of meetings, through the planner.
@Suite struct YearTests {
    @Test func aYearOfMeetingsIsJoinedAtItsLocalHourOnBothSidesOfTheClockChanges() throws {
        let link = "LOCATION:janus+wss://sfu.example.org/?room=7"
        let bytes = calendar(
            [
                "UID:standup\nDTSTART;TZID=Europe/Berlin:20260105T090000\nDURATION:PT15M\n"
                    + "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
                "UID:review\nDTSTART;TZID=W. Europe Standard Time:20260107T140000\n"
                    + "DURATION:PT1H\nRRULE:FREQ=WEEKLY;INTERVAL=2",
                "UID:board\nDTSTART;TZID=America/New_York:20260105T110000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=1TH",
            ].map { event($0 + "\n" + link) }.joined(separator: "\n"))
        let settings = try ICalendar.Settings(zone: "Europe/Berlin", rules: corporate)
        let parser = ICalendar(settings)

        var planner = Planner(policy: JoinPolicy())
        var now = time("2026-01-05")
        var joined: [Decision] = []
        var skipped: [Decision] = []
        var meeting: String?
        func follow() {
            while let decision = planner.pollDecision() {
                switch decision.action {
                case .join, .handover:
                    joined.append(decision)
                    meeting = decision.event
                    planner.handle(.joined(event: decision.event), at: now)
                case .leave: meeting = nil
                case .skip: skipped.append(decision)
                case .countdown: break
                }
            }
        }
        // The room reads its calendar every six hours of this year, and wakes when the planner says.
        while now < time("2026-12-31") {
            let window = (now - CalendarReader.past)..<(now + CalendarReader.future)
            planner.update(try parser.read(bytes, in: window).events, at: now)
            follow()
            let next = now + .seconds(6 * 3600)
            while let deadline = planner.nextDeadline(after: now), deadline <= next {
                now = deadline
                planner.handleTimeout(at: now)
                follow()
                if let meeting, let event = planner.event(meeting), now >= event.end {
                    planner.handle(.alone(true), at: now)
                    follow()
                }
            }
            now = next
        }
        let standups = joined.filter { $0.event.hasPrefix("standup") }
        #expect(standups.count == 258, "weekdays from 5 January to 30 December")
        for decision in standups {
            let minute = String(decision.at.description.dropFirst(11).prefix(8))
            let day = String(decision.at.description.prefix(10))
            let isSummer = day >= "2026-03-29" && day < "2026-10-25"
            #expect(minute == (isSummer ? "06:59:10" : "07:59:10"), "\(day)")
        }
        #expect(joined.filter { $0.event.hasPrefix("review") }.count == 26)
        let boards = joined.filter { $0.event.hasPrefix("board") }.map { $0.at.description.dropFirst(5).prefix(11) }
        #expect(boards.count == 12)
        // 11:00 in New York, which changes its clocks on 8 March and 1 November.
        #expect(boards.filter { $0.hasSuffix("T15:59") }.count == 5)
        #expect(boards.filter { $0.hasSuffix("T14:59") }.count == 7)
        #expect(skipped.isEmpty)
    }
}

import Base
import ControlAPI
import Room
import Scheduling
import Testing

@Suite struct CalendarRemarkTests {
    @Test func aCalendarWithABadEntryIsUpToDateAndTheEntryAHealthProblem() {
        var driver = RoomDriver()
        driver.handle(
            .calendar(.events([], problem: nil, remark: "x.ics: 1 of 12 events could not be read: line 7: …")))
        #expect(driver.state.schedule.state == .ok)
        #expect(driver.state.health.problems.map(\.code) == ["calendar.entries"])
        driver.handle(.calendar(.events([], problem: nil)))
        #expect(driver.state.health.problems.isEmpty)
    }
}

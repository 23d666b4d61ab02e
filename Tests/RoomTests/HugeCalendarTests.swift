import Base
import ControlAPI
import Scheduling
import TestSupport
import Testing

@testable import Room

/// A calendar may be as large as whoever invites the room wants: what does not concern it must not work it out anew.
@Suite struct HugeCalendarTests {
    private func room(_ count: Int) -> RoomDriver {
        var driver = RoomDriver()
        let events = (0..<count).map { index in
            CalendarEvent(
                id: "e\(index)", title: "Meeting \(index)", start: RoomDriver.start + .seconds(3600 + index * 60),
                end: RoomDriver.start + .seconds(3600 + index * 60 + 1800), participation: .accepted,
                link: .address("janus+ws://sfu.example/?room=\(index)"))
        }
        driver.handle(.calendar(.events(events, problem: nil)))
        return driver
    }

    /// The same elements in the same memory: nothing was worked out or copied in between.
    private func isSameStorage(_ one: [RoomState.Event], _ other: [RoomState.Event]) -> Bool {
        one.withUnsafeBufferPointer { one in
            other.withUnsafeBufferPointer { other in one.baseAddress == other.baseAddress && one.count == other.count }
        }
    }

    @Test func inputsThatDoNotConcernTheScheduleDoNotWorkItOutAgain() {
        var driver = room(100)
        let before = driver.state.schedule.events
        #expect(before.count == 100)
        driver.handle(.levels(microphone: -30, speaker: -40))
        driver.reportMicrophone()
        driver.command(.health)
        driver.advance(.milliseconds(2500))
        #expect(isSameStorage(driver.state.schedule.events, before))
    }

    @Test func theScheduleIsWorkedOutAgainWhenItsTimeHasCome() {
        var driver = room(100)
        #expect(driver.state(ofEvent: "e0") == .upcoming)
        driver.advance(to: "08:59:00")
        #expect(driver.state(ofEvent: "e0") == .countdown)
        driver.advance(to: "09:45:00")
        #expect(driver.state(ofEvent: "e0") == .done || driver.state(ofEvent: "e0") == .joined)
        driver.setClock(RoomDriver.start)
        #expect(driver.state(ofEvent: "e50") == .upcoming)
    }

    /// Days slide into the week that is listed, and out of it, without anything else happening.
    @Test func theWeekThatIsListedMovesOn() {
        var driver = RoomDriver()
        let week = Duration.seconds(7 * 86_400)
        driver.calendar(
            event("far", "08:10", "08:20") {
                $0.start = $0.start + week; $0.end = $0.end + week
            })
        #expect(driver.state.schedule.events.isEmpty)
        driver.advance(to: "08:10:00")
        #expect(driver.state.schedule.events.isEmpty)
        driver.advance(to: "08:10:01")
        #expect(driver.state.schedule.events.map(\.id) == ["far"])
    }

    @Test func aLargeCalendarLeavesTheRoomTimeForEverythingElse() {
        var driver = room(5000)
        let spent = processorTime {
            for index in 0..<300 {
                driver.handle(.levels(microphone: Double(-30 - index % 20), speaker: -40))
                _ = driver.state
            }
        }
        // Worked out anew each time it takes minutes in a debug build.
        #expect(spent < .seconds(5), "\(spent)")
    }
}

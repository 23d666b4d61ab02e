import Base
import Scheduling
import Testing

@Suite struct ClockAndMemoryTests {
    private let day: [CalendarEvent] = [
        meeting("a", "09:00", "10:00"), meeting("b", "10:00", "10:30"), meeting("c", "12:00", "13:00"),
        meeting("d", "09:00", "10:00", day: 3), meeting("e", "14:00", "15:00", day: 3),
    ]

    @Test(arguments: [-86_400, -3600, -30, 30, 3600, 86_400])
    func aStepOfTheClockAtAnyTimeBreaksNoRule(step: Int) {
        for minute in stride(from: 0, through: 300, by: 7) {
            var room = RoomDriver(day, at: at("08:30"))
            room.advance(to: at("08:30") + .seconds(minute * 60 + 3))
            room.setClock(to: room.now + .seconds(step))
            room.advance(to: at("23:00", day: 3))
            #expect(room.violations.isEmpty, "step \(step) s at minute \(minute): \(room.violations)")
            let settled = Set(room.log.filter { $0.action != .countdown }.map(\.event))
            #expect(settled == ["a", "b", "c", "d", "e"], "step \(step) s at minute \(minute): \(room.story)")
        }
    }

    @Test func aStepBackDuringTheCountdownDoesNotLengthenIt() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("10:00:30"))
        room.setClock(to: at("10:00:10"))
        room.advance(to: at("10:01"))
        #expect(room.story.last == "join a 10:00:20")
    }

    @Test func aStepBackByADayDoesNotHoldUpARetry() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("10:00"))
        room.failing = { _ in (Why(code: "x", text: "x"), false) }
        room.advance(to: at("10:00:10"))
        room.failing = { _ in nil }
        room.setClock(to: at("09:30"))
        room.advance(to: at("09:59:30"))
        #expect(room.meeting == "a")
    }

    @Test func meetingsThatAJumpLeapsOverAreSkippedAloud() {
        var room = RoomDriver(day, at: at("08:30"))
        room.setClock(to: at("08:30", day: 3))
        #expect(Set(room.log.map(\.event)) == ["a", "b", "c"])
        #expect(room.log.allSatisfy { $0.action == .skip && $0.why.code == "missed.over" })
    }

    @Test func anAloneTimerSurvivesAStepBack() {
        var room = RoomDriver([meeting("a", "10:00", "11:00")], at: at("09:59"))
        room.peopleStay = true
        room.advance(to: at("11:02"))
        room.tell(.alone(true))
        room.setClock(to: at("10:20"))
        room.advance(to: at("11:05"))
        #expect(room.story.last == "leave a 11:05:00")
    }

    // MARK: - Restart

    @Test func whatWasLeftOrDismissedSurvivesARestart() {
        let events = [meeting("a", "10:00", "11:00"), meeting("b", "10:30", "11:30")]
        var room = RoomDriver(events, at: at("09:59"))
        room.advance(to: at("10:05"))
        room.tell(.left(.onPurpose))
        room.tell(.dismissed(event: "b"))
        var restarted = RoomDriver(Planner(policy: JoinPolicy(), memory: room.planner.memory), at: at("10:06"))
        restarted.update(events)
        restarted.advance(to: at("12:00"))
        #expect(restarted.log.filter { $0.action != .skip }.isEmpty)
        #expect(restarted.state("a") == .done)
        #expect(restarted.why("a")?.code == "left.purpose")
        #expect(restarted.state("b") == .dismissed)
        #expect(restarted.planner.memory == room.planner.memory)
    }

    @Test func aRestartLateInAMeetingGoesBackIntoIt() {
        let events = [meeting("a", "10:00", "11:00")]
        var room = RoomDriver(events, at: at("09:59"))
        room.advance(to: at("10:40"))
        var restarted = RoomDriver(Planner(policy: JoinPolicy(), memory: room.planner.memory), at: at("10:41"))
        restarted.update(events)
        #expect(restarted.story == ["join a 10:41:00"])
        restarted.advance(to: at("12:00"))
        #expect(restarted.story.last == "leave a 11:05:00")
    }

    @Test func aRestartAfterTheMeetingDoesNotGoBack() {
        let events = [meeting("a", "10:00", "11:00")]
        var room = RoomDriver(events, at: at("09:59"))
        room.advance(to: at("10:40"))
        var restarted = RoomDriver(Planner(policy: JoinPolicy(), memory: room.planner.memory), at: at("11:01"))
        restarted.update(events)
        restarted.advance(to: at("12:00"))
        #expect(restarted.log.filter { $0.action == .join }.isEmpty)
    }

    @Test func memoryDoesNotPileUp() {
        var room = RoomDriver([], at: at("00:00"))
        for index in 0..<2000 {
            let start = at("00:00") + .seconds(index * 7200)
            let event = CalendarEvent(
                id: "e\(index)", title: "", start: start, end: start + .seconds(3600),
                link: .address("janus+ws://sfu/?room=1"))
            room.advance(to: start - .seconds(120))
            room.update([event])
            room.advance(to: start + .seconds(60))
            room.planner.handle(.left(.onPurpose), at: room.now)
        }
        #expect(room.planner.memory.entries.count <= 600)
        #expect(room.planner.memory.entries.contains { $0.event == "e1999" })
        #expect(!room.planner.memory.entries.contains { $0.event == "e0" })
    }
}

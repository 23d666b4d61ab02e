import Base
import ControlAPI
import JSON
import Meeting
import Scheduling
import Testing

@testable import Room

/// What happens when the shell owes an answer, when calendars fall silent, and when the daemon ends.
@Suite struct DefenceTests {
    @Test func aJoinThatIsNeverAnsweredIsStopped() {
        var driver = RoomDriver()
        driver.isDeaf = true
        let id = driver.command(.join())
        driver.advance(.milliseconds(44_999))
        #expect(driver.outcome(id) == nil)
        driver.forget()
        driver.advance(.milliseconds(1))
        #expect(driver.outcome(id) == "timeout")
        #expect(driver.log.contains { if case .leave(driver.generation) = $0 { true } else { false } })
        #expect(driver.state.meeting?.state == .leaving)
        driver.joined()
        driver.left()
        #expect(driver.state.meeting == nil)
        #expect(driver.state.health.status == .ok)
    }

    @Test func aLeaveThatIsNeverAnsweredDoesNotHoldTheRoom() {
        var driver = RoomDriver()
        driver.command(.join())
        let stuck = driver.generation
        driver.isDeaf = true
        let leave = driver.command(.leaveMeeting(transferTo: nil))
        let join = driver.command(.join("janus+ws://sfu.example/?room=2"))
        driver.advance(.seconds(10))
        #expect(driver.outcome(leave) == "timeout")
        #expect(driver.state.meeting?.state == .joining)
        #expect(driver.state.health.problems.map(\.code) == ["meeting.stuck"])
        driver.joined()
        #expect(driver.outcome(join) == "done")
        driver.handle(.left(stuck))
        #expect(driver.state.health.status == .ok)
        #expect(driver.state.meeting?.state == .joined)
    }

    @Test func aMeetingEnteredAfterItsLeaveWasGivenUpIsLeftAgain() {
        var driver = RoomDriver()
        driver.isDeaf = true
        driver.command(.join())
        driver.advance(.seconds(60))
        #expect(driver.state.meeting == nil)
        driver.forget()
        driver.joined()
        #expect(driver.log.contains { if case .leave(driver.generation) = $0 { true } else { false } })
        #expect(driver.state.meeting == nil)
    }

    @Test func aStoppedJoinThatComesThroughAfterItsLeaveIsLeftAgain() {
        for isReported in [false, true] {
            var driver = RoomDriver()
            driver.obeys = false
            driver.command(.join())
            driver.command(.leaveMeeting(transferTo: nil))
            if isReported { driver.handle(.joinFailed(driver.generation, .cancelled, detail: nil)) }
            driver.left()
            driver.forget()
            driver.joined()
            driver.joined()
            let leaves = driver.log.filter { if case .leave(driver.generation) = $0 { true } else { false } }
            #expect(leaves.count == (isReported ? 0 : 1))
            #expect(driver.state.meeting == nil)
        }
    }

    @Test func aJoinByItselfThatHangsIsTriedAgain() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.isDeaf = true
        driver.advance(to: "08:59:50")
        driver.isDeaf = false
        driver.advance(to: "09:01:00")
        #expect(driver.state.meeting?.state == .joined)
    }

    @Test func aCameraThatCannotBeOpenedIsNotCalledOff() {
        var driver = RoomDriver()
        #expect(!driver.screen.isCameraBroken)
        driver.handle(.problem(code: "camera.unavailable", text: "no camera"))
        #expect(driver.screen.isCameraBroken && driver.screen.showsSelfView, "somebody is to see it and see to it")
    }

    // MARK: - Calendars

    private func calendarRefreshes(_ driver: RoomDriver) -> Int {
        driver.log.count { if case .refreshCalendars = $0 { true } else { false } }
    }

    @Test(arguments: [-86_400 * 200, -3600, 3600, 86_400 * 365 * 20])
    func aClockThatIsSetHasTheCalendarsReadAnew(seconds: Int) {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(.seconds(60))
        driver.setClock(driver.now.civil + .seconds(seconds))
        #expect(calendarRefreshes(driver) == 1)
        driver.advance(.seconds(10))
        #expect(calendarRefreshes(driver) == 1, "once is enough")
    }

    @Test func aClockThatIsOnlyCorrectedReadsNothing() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.setClock(driver.now.civil + .seconds(20))
        #expect(calendarRefreshes(driver) == 0)
    }

    @Test func aRefreshIsDoneWhenTheCalendarsAreRead() {
        var driver = RoomDriver()
        let good = driver.command(.refreshSchedule)
        #expect(driver.outcome(good) == nil)
        driver.calendar(event("a", "09:00", "09:30"))
        #expect(driver.outcome(good) == "done")
        #expect(driver.state.schedule.state == .ok)
        #expect(driver.state.schedule.refreshed == driver.now.civil)

        let bad = driver.command(.refreshSchedule)
        let read = driver.now.civil
        driver.advance(.seconds(1))
        driver.handle(.calendarReadingBegins)
        driver.handle(.calendar(.failed("cal.example does not answer.")))
        #expect(driver.outcome(bad) == "unreachable")
        #expect(driver.message(bad) == "cal.example does not answer.")
        #expect(driver.state.schedule.state == .stale)
        #expect(driver.state.schedule.refreshed == read)
        #expect(driver.state.schedule.events.count == 1, "what is known stays known")
        #expect(driver.state.health.problems.map(\.code) == ["calendar.unreadable"])

        let hanging = driver.command(.refreshSchedule)
        driver.advance(.seconds(30))
        // It had to wait for a reading that was under way: its own begins only now.
        driver.handle(.calendarReadingBegins)
        driver.advance(.seconds(39))
        #expect(driver.outcome(hanging) == nil)
        driver.advance(.seconds(1))
        #expect(driver.outcome(hanging) == "timeout")
        let unheard = driver.command(.refreshSchedule)
        driver.advance(.seconds(80))
        #expect(driver.outcome(unheard) == "timeout")
        driver.handle(.calendar(.unconfigured))
        #expect(driver.outcome(hanging) == "timeout")
        #expect(driver.state.health.status == .ok)
        #expect(driver.outcome(of: .refreshSchedule) == "done", "there is nothing to be read")
    }

    @Test func aCalendarThatWasNeverReadIsSaidOnTheDisplay() {
        var driver = RoomDriver(.test(language: "de"))
        driver.handle(.calendar(.failed("no")))
        #expect(driver.home?.calendar == .unread)
        #expect(driver.state.schedule.state == .failed)
        #expect(driver.hint == .note("Der Kalender des Raums ist nicht lesbar"))
        driver.calendar()
        #expect(driver.home?.calendar == .read)
        driver.handle(.calendar(.unconfigured))
        #expect(driver.home?.calendar == .unconfigured)
    }

    @Test func aCalendarThatFallsSilentDoesNotLookHealthy() {
        var settings = RoomSettings.test()
        settings.calendarPatience = .seconds(300)
        var driver = RoomDriver(settings)
        driver.calendar()
        driver.advance(.seconds(299))
        #expect(driver.state.schedule.state == .ok)
        driver.forget()
        driver.advance(.seconds(100))
        #expect(driver.state.schedule.state == .stale)
        #expect(driver.state.health.problems.map(\.code) == ["calendar.silent"])
        #expect(driver.events.contains(.scheduleChanged))
        driver.calendar()
        #expect(driver.state.schedule.state == .ok && driver.state.health.status == .ok)
    }

    @Test func listsFromTheStartOfTodayWithWhatIsOver() {
        var driver = RoomDriver(at: UTCTime(rfc3339: "2026-03-02T15:00:00Z") ?? RoomDriver.start)
        driver.calendar(event("a", "09:00", "09:30"), event("b", "16:00", "17:00"))
        let id = driver.command(.listSchedule(from: nil, to: nil))
        #expect(driver.result(id)?["events"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["a", "b"])
        let later = driver.command(.listSchedule(from: UTCTime(rfc3339: "2026-03-02T09:30:00Z"), to: nil))
        #expect(driver.result(later)?["events"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == ["b"])
        let time = RoomTime(
            monotonic: driver.now.monotonic, civil: driver.now.civil,
            startOfToday: UTCTime(rfc3339: "2026-03-02T10:00:00Z"))
        #expect(driver.room.state(at: time).schedule.events.map(\.id) == ["b"])
    }

    // MARK: - The end

    @Test func anIdleRoomEndsAtOnce() {
        var driver = RoomDriver()
        let refresh = driver.command(.refreshSchedule)
        driver.forget()
        driver.handle(.shutdown)
        driver.handle(.shutdown)
        #expect(driver.outcome(refresh) == "cancelled")
        #expect(driver.log.filter(\.isReadyToEnd).count == 1)
        #expect(driver.outcome(of: .join()) == "cancelled")
        #expect(driver.outcome(of: .setMicrophone(enabled: false)) == "cancelled")
        #expect(driver.outcome(of: .health) == "done")
        #expect(driver.outcome(of: .leaveMeeting(transferTo: nil)) == "not_in_meeting")
    }

    @Test(arguments: ["joining", "inMeeting", "reconnecting", "leaving", "handover", "lost"], [true, false])
    func everyStateEndsOnce(in state: String, isAnswered: Bool) {
        var driver = RoomDriver()
        driver.obeys = false
        driver.devicesObey = false
        var commands = [driver.command(.join())]
        if state != "joining" {
            driver.joined(.host())
            driver.tell(.participantJoined(guest()))
            commands.append(driver.command(.removeParticipant("7")))
            commands.append(driver.command(.setMicrophone(enabled: true)))
        }
        switch state {
        case "reconnecting": driver.tell(.reconnecting)
        case "leaving": commands.append(driver.command(.leaveMeeting(transferTo: nil)))
        case "handover":
            commands.append(driver.command(.leaveMeeting(transferTo: nil)))
            commands.append(driver.command(.join("janus+ws://sfu.example/?room=2")))
        case "lost": driver.tell(.left(.dropped))
        default: break
        }
        driver.handle(.shutdown)
        driver.handle(.shutdown)
        commands.append(driver.command(.leaveMeeting(transferTo: nil)))
        #expect(driver.log.allSatisfy { !$0.isReadyToEnd })
        if isAnswered { driver.left() } else { driver.advance(.seconds(10)) }
        #expect(driver.log.filter(\.isReadyToEnd).count == 1)
        #expect(driver.log.last?.isReadyToEnd == true || !isAnswered)
        for id in commands { #expect(driver.answers[id]?.count == 1, "command \(id)") }
        driver.left()
        driver.advance(.seconds(600))
        #expect(driver.log.filter(\.isReadyToEnd).count == 1)
        #expect(driver.state.meeting == nil)
    }

    @Test func theEndIsNoReasonNotToComeBack() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(to: "09:01:00")
        driver.forget()
        driver.handle(.shutdown)
        #expect(!driver.log.contains { if case .remember = $0 { true } else { false } })
    }

    @Test func noCountdownOrJoinBeginsWhileTheDaemonEnds() {
        var driver = RoomDriver()
        driver.calendar(event("a", "09:00", "09:30"))
        driver.handle(.shutdown)
        driver.advance(to: "09:10:00")
        #expect(driver.hint == nil)
        #expect(!driver.log.contains { if case .join = $0 { true } else { false } })
    }

    @Test func messagesGoAwayByThemselves() {
        var driver = RoomDriver()
        #expect(driver.outcome(of: .showMessage("Fire drill", for: .seconds(5))) == "done")
        #expect(driver.screen.message == Screen.Message(title: "Fire drill", detail: ""))
        driver.advance(.seconds(5))
        #expect(driver.screen.message == nil)
        driver.command(.showMessage("x", for: .seconds(86_400)))
        driver.command(.showMessage("", for: .seconds(5)))
        #expect(driver.screen.message == nil)
    }
}

extension RoomEffect {
    var isReadyToEnd: Bool { if case .readyToEnd = self { true } else { false } }
}

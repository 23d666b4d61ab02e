import Base
import ControlAPI
import JSON
import Meeting
import Scheduling
import Testing

@testable import Room

/// What a join that came to nothing leaves behind, and what is said of it.
@Suite struct FailedJoinTests {
    private func prepared(microphone: Bool, camera: Bool) -> RoomDriver {
        var driver = RoomDriver()
        driver.command(.setMicrophone(enabled: microphone))
        driver.command(.setCamera(enabled: camera))
        driver.joinFails = (.unreachable, nil)
        return driver
    }

    // MARK: - Devices

    @Test func leavesMicrophoneAndCameraAsTheyWereSet() {
        for (microphone, camera) in [(true, true), (true, false), (false, true), (false, false)] {
            for asked in [nil, false, true] {
                var driver = prepared(microphone: microphone, camera: camera)
                let id = driver.command(.join(microphone: asked, camera: asked))
                #expect(driver.outcome(id) == "unreachable")
                #expect(driver.state.microphone.enabled == microphone, "join asked for \(String(describing: asked))")
                #expect(driver.state.camera.enabled == camera, "join asked for \(String(describing: asked))")
                #expect(driver.state.microphone.state == .muted && !driver.isSending)
            }
        }
    }

    @Test func leavesThemAsTheyWereSetWhenAMeetingCannotBeStarted() {
        var driver = prepared(microphone: true, camera: true)
        let id = driver.command(.startMeeting(title: nil, service: nil, passcode: nil))
        #expect(driver.outcome(id) == "unreachable")
        #expect(driver.state.microphone.enabled && driver.state.camera.enabled)
    }

    /// A device's report may come later than the failure.
    @Test func leavesThemAsTheyWereSetHoweverSlowTheDevicesAre() {
        var driver = prepared(microphone: true, camera: true)
        driver.devicesObey = false
        driver.command(.join(microphone: false, camera: false))
        let orders = driver.log.compactMap { effect -> String? in
            switch effect {
            case .setMicrophone(let isOpen): "microphone \(isOpen)"
            case .setCamera(let isOpen): "camera \(isOpen)"
            default: nil
            }
        }
        #expect(orders.suffix(4) == ["microphone false", "camera false", "microphone true", "camera true"])
    }

    @Test func whatIsSetWhileTheRoomIsJoiningStaysSet() {
        for isOpen in [true, false] {
            var driver = prepared(microphone: !isOpen, camera: !isOpen)
            driver.obeys = false
            driver.command(.join(microphone: false, camera: false))
            #expect(!driver.state.microphone.enabled && !driver.state.camera.enabled)
            driver.command(.setMicrophone(enabled: isOpen))
            driver.command(.setCamera(enabled: isOpen))
            driver.handle(.joinFailed(driver.generation, .meetingNotFound, detail: nil))
            #expect(driver.state.microphone.enabled == isOpen && driver.state.camera.enabled == isOpen)
        }
    }

    @Test func aJoinThatIsStoppedOrGivenUpLeavesThemToo() {
        for isStopped in [true, false] {
            var driver = prepared(microphone: true, camera: true)
            driver.obeys = false
            let join = driver.command(.join(microphone: true, camera: false))
            if isStopped { driver.command(.leaveMeeting(transferTo: nil)) } else { driver.advance(.seconds(45)) }
            #expect(driver.outcome(join) == (isStopped ? "cancelled" : "timeout"))
            #expect(!driver.state.microphone.enabled && !driver.state.camera.enabled, "not while it is on its way out")
            driver.handle(.joinFailed(driver.generation, .cancelled, detail: nil))
            driver.left()
            #expect(driver.state.meeting == nil)
            #expect(driver.state.microphone.enabled && driver.state.camera.enabled)
        }
    }

    /// Nobody knows yet whether the join went through: nothing may be heard or seen.
    @Test func aJoinThatMayStillComeThroughFindsNothingOpen() {
        var driver = prepared(microphone: true, camera: true)
        driver.isDeaf = true
        driver.command(.join(microphone: false, camera: false))
        driver.advance(.seconds(60))
        #expect(driver.state.meeting == nil)
        #expect(!driver.state.microphone.enabled && !driver.state.camera.enabled)
    }

    @Test func aLaterJoinThatSucceedsIsEnteredAsAskedFor() {
        var driver = prepared(microphone: true, camera: true)
        driver.command(.join())
        driver.joinFails = nil
        driver.command(.join(microphone: false, camera: false))
        #expect(driver.state.meeting?.state == .joined)
        #expect(!driver.state.microphone.enabled && !driver.state.camera.enabled)
    }

    // MARK: - What is said

    @Test func theCauseStandsWithWhatHappenedAndBeforeWhatToDo() {
        var driver = RoomDriver()
        driver.joinFails = (.unreachable, "sfu.example port 8188: Connection refused")
        let id = driver.command(.join())
        #expect(
            driver.message(id)
                == "The meeting's server cannot be reached (sfu.example port 8188: Connection refused). "
                + "Check the network and the address, then try again.")
    }

    @Test func aJoinByItselfThatIsTriedAgainSaysSoAndWhen() throws {
        var driver = RoomDriver()
        driver.joinFails = (.unreachable, "sfu.example port 8188: Connection refused")
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(to: "08:59:12")
        let shown = try #require(driver.state.schedule.next)
        #expect(shown.state == .upcoming && shown.why.code == "join.unreachable")
        #expect(shown.retry == UTCTime(rfc3339: "2026-03-02T08:59:15Z"))
        try StateSchema.event.validate(shown.json)
        #expect(driver.state.schedule.events.first?.retry == shown.retry)
        let problem = driver.state.health.problems.first
        #expect(problem?.text.contains("sfu.example port 8188: Connection refused") == true)
        #expect(problem?.text.hasSuffix("The room tries again by itself; schedule.list tells when.") == true)
        guard case .failed(let title, let why, let retryAt) = driver.hint else {
            Issue.record("\(String(describing: driver.hint))")
            return
        }
        #expect(title == "“Weekly a” cannot be joined" && why == MeetingError.unreachable.message)
        #expect(retryAt == driver.now.monotonic + .seconds(3))

        // Until the window closes: then it says that it was missed.
        driver.advance(to: "09:20:00")
        #expect(driver.state(ofEvent: "a") == .missed)
        #expect(driver.state.schedule.events.first?.retry == nil)
        if case .failed = driver.hint { Issue.record("no attempt follows") }
    }

    @Test func aPermanentFailureSaysThatItIsNotTriedAgain() {
        var driver = RoomDriver()
        driver.joinFails = (.wrongPasscode, nil)
        driver.calendar(event("a", "09:00", "09:30"))
        driver.advance(to: "09:00:00")
        #expect(driver.state.schedule.events.first?.retry == nil)
        let text = driver.state.health.problems.first?.text ?? ""
        #expect(text.contains("does not try again by itself") && text.contains("schedule.join"))
    }

    @Test func whoAskedForAJoinThatTheRoomWillTryAgainIsToldSo() {
        var driver = RoomDriver()
        driver.joinFails = (.unreachable, nil)
        driver.calendar(event("a", "09:00", "09:30"))
        let early = driver.command(.joinEvent(id: "a"))
        #expect(driver.message(early)?.hasSuffix("The room tries again by itself when the meeting is due.") == true)
        #expect(driver.state.schedule.next?.retry == UTCTime(rfc3339: "2026-03-02T08:59:00Z"))
        driver.advance(to: "08:59:05")
        let due = driver.command(.joinEvent(id: "a"))
        #expect(driver.message(due)?.contains("tries again by itself in ") == true, "\(driver.message(due) ?? "")")
        let elsewhere = driver.command(.join("janus+ws://sfu.example/?room=9"))
        #expect(driver.message(elsewhere)?.contains("by itself") == false)
    }

    // MARK: - What was said before still holds

    @Test func aDismissalOutlivesAJoinThatSomebodyTriedNevertheless() {
        for isLeft in [false, true] {
            var driver = RoomDriver()
            driver.calendar(event("a", "09:00", "09:30"))
            if isLeft {
                driver.advance(to: "09:00:00")
                driver.command(.leaveMeeting(transferTo: nil))
            } else {
                driver.command(.dismissEvent(id: "a"))
                driver.advance(to: "09:00:00")
            }
            driver.joinFails = (.unreachable, nil)
            let id = driver.command(.joinEvent(id: "a"))
            #expect(driver.outcome(id) == "unreachable")
            #expect(driver.message(id)?.contains("by itself") == false)
            #expect(driver.state(ofEvent: "a") == (isLeft ? .done : .dismissed))
            driver.joinFails = nil
            driver.forget()
            driver.advance(to: "09:29:00")
            #expect(!driver.log.contains { if case .join = $0 { true } else { false } }, "left on purpose: \(isLeft)")
        }
    }
}

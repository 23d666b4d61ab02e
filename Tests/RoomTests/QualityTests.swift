import Base
import ControlAPI
import JSON
import Meeting
import Testing

@testable import Room

/// How well media gets through, from what the shell reports to the state.
@Suite struct QualityTests {
    private let seven = ParticipantID("7")

    private func inMeeting() -> RoomDriver {
        var driver = RoomDriver()
        driver.command(.join())
        driver.tell(.participantJoined(open("7")))
        driver.tell(.participantJoined(open("8")))
        second(&driver, 8)
        driver.forget()
        return driver
    }

    private func open(_ id: String) -> Participant {
        guest(id) {
            $0.microphone = .on
            $0.camera = .on
        }
    }

    private func second(_ driver: inout RoomDriver, _ count: Int = 1, change: (inout MediaReport) -> Void = { _ in }) {
        for _ in 0..<count {
            driver.advance(.seconds(1))
            let fine = MediaReport.Reception(
                sound: .init(packets: 50, packetsLost: 0, played: .seconds(1), concealed: .zero),
                camera: .init(packets: 100, still: .zero, late: .zero, keyFrameRequests: 0))
            var report = MediaReport(
                length: .seconds(1), received: [seven: fine, ParticipantID("8"): fine], datagrams: 300,
                sending: .init(packets: 200, packetsLost: 0, roundTrip: .milliseconds(20)))
            change(&report)
            driver.handle(.media(report))
        }
    }

    private func freeze(_ report: inout MediaReport) {
        report.received[seven]?.camera?.still = .milliseconds(1500)
        report.received[seven]?.camera?.keyFrameRequests = 1
    }

    private func quality(_ driver: RoomDriver, _ id: String = "7") -> RoomState.Participant.Quality? {
        driver.state.meeting?.participants[id]?.quality
    }

    @Test func whatIsMeasuredIsInTheStateAndNoEvent() {
        var driver = inMeeting()
        #expect(quality(driver) == .excellent && quality(driver, "100") == .excellent)
        second(&driver) { freeze(&$0) }
        #expect(quality(driver) == .poor && quality(driver, "8") == .excellent && quality(driver, "100") == .excellent)
        let list = driver.command(.listParticipants)
        #expect(driver.result(list)?["participants"]?["7"]?["quality"] == "poor")
        second(&driver, 5) { $0.sending?.roundTrip = .milliseconds(400) }
        #expect(quality(driver, "100") == .good)
        second(&driver, 30)
        #expect(quality(driver) == .excellent && quality(driver, "100") == .excellent)
        #expect(driver.story.isEmpty)
    }

    @Test func otherNewsOfAParticipantKeepTheQuality() {
        var driver = inMeeting()
        second(&driver) {
            freeze(&$0)
            $0.sending?.packetsLost = 200
        }
        let own = quality(driver, "100")
        #expect(own != .excellent)
        driver.tell(
            .participantUpdated(
                guest("7") {
                    $0.handRaised = true
                    $0.microphone = .on
                    $0.camera = .on
                }))
        driver.tell(.participantUpdated(guest("100", name: "Boardroom") { $0.isSelf = true }))
        #expect(quality(driver) == .poor && quality(driver, "100") == own)
        guard case .participantUpdated(let id, let told)? = driver.events.first else {
            Issue.record("expected participant.updated: \(driver.story)")
            return
        }
        #expect(id == "7" && told.quality == .poor)
    }

    @Test func whoIsLostHasItsMarkOnTheDisplay() {
        var driver = inMeeting()
        second(&driver, 6) { report in
            report.received[seven]?.sound = .init(packets: 0, packetsLost: 0, played: .zero, concealed: .zero)
            report.received[seven]?.camera = .init(packets: 0, still: .seconds(1), late: .zero, keyFrameRequests: 0)
        }
        guard case .meeting(let meeting) = driver.screen.body else {
            Issue.record("expected a meeting on the display")
            return
        }
        #expect(meeting.participants["7"]?.quality == .lost && meeting.participants["8"]?.quality == .excellent)
        // Its sender has closed both: nothing says that it is lost.
        driver.tell(.participantUpdated(guest("7")))
        second(&driver)
        #expect(quality(driver) == .poor)
    }

    @Test func whatWasMeasuredBeforeALossSaysNothingAfterIt() {
        var driver = inMeeting()
        second(&driver) { freeze(&$0) }
        driver.tell(.reconnecting)
        #expect(quality(driver) == .lost)
        // Late, of before: it counts for nothing.
        second(&driver) { freeze(&$0) }
        #expect(quality(driver) == .lost)
        driver.tell(.reconnected)
        #expect(quality(driver) == .excellent)
        second(&driver)
        #expect(quality(driver) == .excellent)
    }

    @Test func reportsOfStrangersOrBetweenMeetingsChangeNothing() {
        var driver = inMeeting()
        second(&driver) { $0.received[ParticipantID("stranger")] = $0.received[seven] }
        #expect(driver.state.meeting?.participants.count == 3)
        driver.command(.leaveMeeting(transferTo: nil))
        second(&driver)
        #expect(driver.state.meeting == nil)
        var idle = RoomDriver()
        second(&idle, 3)
        #expect(idle.state.meeting == nil)
    }
}

import Base
import ControlAPI
import JSON
import Meeting
import Testing

@testable import Room

@Suite struct HostCommandTests {
    private func asHost(_ report: JoinReport = .host()) -> RoomDriver {
        var driver = RoomDriver()
        driver.obeys = false
        driver.command(.join())
        driver.joined(report)
        driver.tell(.participantJoined(guest()))
        driver.obeys = true
        driver.forget()
        return driver
    }

    private let commands: [Command] = [
        .endMeeting, .requestMicrophone(participant: "7", enabled: false), .muteAll(allowSelfUnmute: true),
        .muteAll(allowSelfUnmute: false), .removeParticipant("7"), .startRecording(.service, nil),
        .stopRecording(nil),
    ]

    @Test func nothingIsOfferedBeyondTheCapabilities() {
        for command in commands {
            var guest = asHost(.test())
            #expect(guest.outcome(of: command) == "not_host", "\(command)")
            var poor = asHost(.test { $0.role = .host })
            #expect(poor.outcome(of: command) == "unsupported_by_service", "\(command)")
            var idle = RoomDriver()
            #expect(idle.outcome(of: command) == "not_in_meeting", "\(command)")
        }
    }

    @Test func isDoneWhenTheServiceSaysSo() {
        for command in commands.dropFirst() {
            var driver = asHost()
            let id = driver.command(command)
            #expect(driver.outcome(id) == nil)
            driver.handle(.operationDone(CommandID(id), .success(["a.mjr"])))
            driver.handle(.operationDone(CommandID(id), .success([])))
            #expect(driver.outcome(id) == "done", "\(command)")
            if command == .stopRecording(nil) { #expect(driver.result(id)?["files"] == ["a.mjr"]) }
        }
    }

    @Test func muteAllSaysWhoMayOpenAgain() {
        for allowed in [true, false] {
            var driver = asHost()
            driver.command(.muteAll(allowSelfUnmute: allowed))
            let operations = driver.log.compactMap {
                if case .operate(_, let operation) = $0 { operation } else { nil }
            }
            #expect(operations == [.muteAll(selfUnmute: allowed)])
        }
    }

    @Test func aServiceThatNeverAnswersIsATimeout() {
        for command in commands {
            var driver = asHost()
            let id = driver.command(command)
            driver.advance(.milliseconds(14_999))
            #expect(driver.outcome(id) == nil)
            driver.advance(.milliseconds(1))
            #expect(driver.outcome(id) == "timeout")
            driver.handle(.operationDone(CommandID(id), .success([])))
            #expect(driver.outcome(id) == "timeout")
        }
    }

    @Test func endingTheMeetingIsDoneWhenTheRoomIsOut() {
        for serviceTellsFirst in [true, false] {
            var driver = asHost()
            driver.obeys = false
            let id = driver.command(.endMeeting)
            if serviceTellsFirst {
                driver.tell(.ended(.host))
                driver.handle(.operationDone(CommandID(id), .success([])))
            } else {
                driver.handle(.operationDone(CommandID(id), .success([])))
                driver.tell(.ended(.host))
            }
            #expect(driver.outcome(id) == nil)
            driver.left()
            #expect(driver.outcome(id) == "done")
            #expect(driver.story.filter { $0.hasPrefix("meeting.") } == ["meeting.ended", "meeting.left"])
            #expect(driver.state.meeting == nil)
        }
    }

    @Test func whatIsUnderWayWhenTheRoomLeavesIsAnswered() {
        let ends: [(MeetingEvent?, String)] = [
            (nil, "cancelled"), (.left(.dropped), "unreachable"), (.left(.removed), "removed"),
            (.ended(.host), "meeting_ended"),
        ]
        for (event, reason) in ends {
            var driver = asHost()
            let id = driver.command(.removeParticipant("7"))
            if let event { driver.tell(event) } else { driver.command(.leaveMeeting(transferTo: nil)) }
            #expect(driver.outcome(id) == reason)
        }
    }

    @Test func theRoomItselfAndStrangersAreNoTargets() {
        var driver = asHost()
        #expect(driver.outcome(of: .removeParticipant("8")) == "unknown_participant")
        #expect(driver.outcome(of: .removeParticipant("100")) == "not_permitted")
        #expect(driver.outcome(of: .requestMicrophone(participant: "100", enabled: false)) == "not_permitted")
        #expect(driver.outcome(of: .leaveMeeting(transferTo: "7")) == "unsupported_by_service")
        #expect(driver.outcome(of: .startRecording(.local, nil)) == "unsupported_by_service")
        #expect(driver.outcome(of: .startRecording(.service, .composite)) == "unsupported_by_service")
        #expect(driver.outcome(of: .stopRecording(.local)) == "unsupported_by_service")
    }

    @Test func aBlockCanBeLiftedAlsoWhereNobodyCanBeAsked() {
        var report = JoinReport.host()
        report.capabilities.requestMicrophone = false
        var driver = asHost(report)
        let ask = Command.requestMicrophone(participant: "7", enabled: true)
        let asked = driver.command(ask)
        #expect(driver.outcome(asked) == "unsupported_by_service")
        #expect(driver.message(asked)?.contains("cannot ask") == true)
        driver.tell(.participantUpdated(guest { $0.microphone = .blocked }))
        driver.obeys = false
        let id = driver.command(ask)
        #expect(driver.outcome(id) == nil, "it is on its way to the service")
        driver.handle(.operationDone(CommandID(id), .success([])))
        #expect(driver.outcome(id) == "done")
    }
}

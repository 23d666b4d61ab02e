import ControlAPI
import Meeting
import Testing

@testable import Room

/// The microphone's own mute key, told by its sound card.
@Suite struct MicrophoneKeyTests {
    private func inMeeting() -> RoomDriver {
        var driver = RoomDriver(.test())
        driver.command(.join())
        driver.forget()
        return driver
    }

    @Test func theKeyOpensAndClosesAsACommandDoes() {
        var driver = inMeeting()
        driver.handle(.microphoneKey(isMuted: false))
        #expect(driver.state.microphone.state == .live)
        driver.handle(.microphoneKey(isMuted: true))
        #expect(driver.state.microphone.state == .muted)
        #expect(driver.state.microphone.mutedBy == .hardware)
        #expect(driver.outcome(of: .setMicrophone(enabled: true)) == "done", "it is the room's to lift")
    }

    @Test func aHostsMuteIsNotTheKeysToLift() {
        var driver = inMeeting()
        driver.tell(.moderated(.audio, blocked: true))
        driver.forget()
        driver.handle(.microphoneKey(isMuted: false))
        #expect(driver.log.contains { if case .setMicrophone(isOpen: false) = $0 { true } else { false } })
        #expect(driver.state.microphone.state == .muted)
        #expect(driver.screen.message?.title == "The host has muted the room. Ask the host to let it speak.")
        driver.tell(.moderated(.audio, blocked: false))
        driver.handle(.microphoneKey(isMuted: false))
        #expect(driver.state.microphone.state == .live)
    }

    @Test func whoWaitsForTheOppositeIsTold() {
        var driver = inMeeting()
        driver.devicesObey = false
        let opening = driver.command(.setMicrophone(enabled: true))
        driver.handle(.microphoneKey(isMuted: true))
        #expect(driver.outcome(opening) == "cancelled")
    }

    @Test func whatIsPressedOnTheWayInHoldsForTheMeeting() {
        var driver = RoomDriver(.test())
        driver.obeys = false
        driver.command(.join())
        driver.handle(.microphoneKey(isMuted: false))
        driver.joined()
        #expect(driver.state.microphone.state == .live)
    }
}

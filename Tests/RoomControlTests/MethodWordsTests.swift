import ControlAPI
import Testing

@testable import RoomControl

@Suite struct MethodWordsTests {
    @Test(arguments: [
        (
            "Nobody in the meeting has the id “7”; participants.list lists them.",
            "Nobody in the meeting has the id “7”; 'roomctl participants' lists them."
        ),
        (
            "That is the room itself: use microphone.set, or meeting.leave.",
            "That is the room itself: use 'roomctl mute' or 'roomctl unmute', or 'roomctl leave'."
        ),
        (
            "The calendars have not been read yet; schedule.refreshed says when they were.",
            "The calendars have not been read yet; 'roomctl status' says when they were."
        ),
        (
            "No microphone is configured: set devices.microphone.",
            "No microphone is configured: set 'microphone' under [devices] in roomd's configuration."
        ),
        (
            "meeting.end is for operators only; this client is an observer.",
            "'roomctl end' is for operators only; this client is an observer."
        ),
        ("“devices.list” is on meeting.example.org.", "“devices.list” is on meeting.example.org."),
        (#"There is no "meeting.leave"."#, #"There is no "meeting.leave"."#), ("", ""), ("...", "..."), ("“", "“"),
    ])
    func theDaemonsMethodsBecomeCommands(said: String, shown: String) {
        #expect(MethodWords.translated(said) == shown)
    }

    @Test func whoCallsMethodsReadsOfMethods() {
        let failure = CommandFailure.refused(RPCError(.notInMeeting, "meeting.join joins one."))
        #expect(failure.text(namingMethods: true) == "meeting.join joins one.")
        #expect(failure.text(namingMethods: false) == "'roomctl join' joins one.")
    }

    @Test func everyCommandOfTheTableExists() throws {
        for (method, command) in MethodWords.commands {
            let words = command.split(separator: " ").map(String.init)
            #expect(throws: Never.self, "\(method.rawValue): \(command)") {
                try CommandLineWords.arranged(words + ["--help"])
            }
        }
    }

    /// What is left to `call` is for programs: ends of subscriptions, and how often events come.
    @Test func everyServedMethodThatPeopleUseHasACommand() {
        let forPrograms: Set<MethodName> = [.stateUnsubscribe, .eventsUnsubscribe, .levelsReport]
        for method in Method.all where method.isServed && !forPrograms.contains(method.name) {
            let text = MethodWords.translated(method.name.rawValue)
            #expect(text.contains("'roomctl "), "\(method.name.rawValue)")
        }
    }
}

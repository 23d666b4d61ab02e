import Meeting
import Testing

@testable import Room

@Suite struct WordsTests {
    @Test func germanHasASentenceOfItsOwnForEveryFailure() {
        let german = Words(language: "de-AT")
        let english = Words(language: "en")
        for error in MeetingError.allCases {
            #expect(!german.sentence(for: error).isEmpty)
            #expect(german.sentence(for: error) != english.sentence(for: error), "\(error)")
        }
        #expect(Set(MeetingError.allCases.map(german.sentence)).count == MeetingError.allCases.count)
    }

    @Test func aRoomThatDoesNotStartSaysWhoCanBeTold() {
        let english = Screen.outOfOrder(roomName: "Kepler", language: "en", host: "kepler.example.org")
        let german = Screen.outOfOrder(roomName: "Kepler", language: "de", host: "kepler.example.org")
        #expect(english.message?.title == "This meeting room's system does not start")
        #expect(german.message?.title == "Die Technik dieses Raums startet nicht")
        for screen in [english, german] {
            #expect(screen.message?.detail.contains("kepler.example.org") == true)
            guard case .home(let home) = screen.body else {
                Issue.record("it is the home screen that people know")
                continue
            }
            #expect(home.roomName == "Kepler" && home.calendar == .unread)
        }
    }

    @Test func otherLanguagesFallBackToEnglish() {
        for language in ["fr", "", "den", "zh-Hant", "EN_us"] {
            #expect(Words(language: language) == Words(language: "en"))
        }
        for language in ["de", "DE_ch", "de-AT", "deu"] { #expect(Words(language: language) == Words(language: "de")) }
    }
}

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

    @Test func otherLanguagesFallBackToEnglish() {
        for language in ["fr", "", "den", "zh-Hant", "EN_us"] {
            #expect(Words(language: language) == Words(language: "en"))
        }
        for language in ["de", "DE_ch", "de-AT", "deu"] { #expect(Words(language: language) == Words(language: "de")) }
    }
}

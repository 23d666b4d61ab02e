import Testing

@testable import RoomControl

@Suite struct TableTests {
    private let rows = [
        ["WHEN", "TITLE", "WHY", "ID"],
        [
            "Mon 09:00", "A meeting with a title that goes on and on and on", "It will be joined at 08:59.",
            "abc@example",
        ],
        ["Tue 10:00", "会议会议会议会议会议会议会议会议", "It has no link.", "x"],
    ]

    @Test func withoutATerminalNothingIsCut() {
        let text = Table(rows, whole: [0, 3]).text()
        #expect(text.contains("on and on and on") && !text.contains("…"))
    }

    @Test(arguments: 20...120)
    func linesFitTheTerminal(columns: Int) {
        let text = Table(rows, whole: [0, 3]).text(columns: columns)
        for line in text.split(separator: "\n") { #expect(Text.width(String(line)) <= columns, "\(columns): \(line)") }
        #expect(text.contains("abc@example"), "an id is copied into the next command")
    }

    @Test func theWidestTextsGiveWay() {
        #expect(
            Table(rows, whole: [0, 3]).text(columns: 70) == """
                WHEN       TITLE                   WHY                     ID
                Mon 09:00  A meeting with a titl…  It will be joined at…   abc@example
                Tue 10:00  会议会议会议会议会议…   It has no link.         x
                """)
    }

    @Test func anIdWithoutRoomGetsItsOwnLine() {
        #expect(
            Table(rows, whole: [0, 3]).text(columns: 50) == """
                WHEN       TITLE               WHY
                  ID
                Mon 09:00  A meeting with a…   It will be joined…
                  abc@example
                Tue 10:00  会议会议会议会议…   It has no link.
                  x
                """)
    }

    @Test func noRowIsLostWhenSeveralColumnsGetTheirOwnLines() {
        let rows = [
            ["WHEN", "ADDRESS", "ID"], ["Mon 09:00", "janus+ws://sfu.example.org/?room=1", "first@example.org"],
            ["Tue", "janus+ws://sfu.example.org/?room=2"], ["Wed 10:00", "short", "third@example.org"],
        ]
        #expect(
            Table(rows, whole: [0, 1, 2]).text(columns: 40) == """
                WHEN
                  ADDRESS
                  ID
                Mon 09:00
                  janus+ws://sfu.example.org/?room=1
                  first@example.org
                Tue
                  janus+ws://sfu.example.org/?room=2
                Wed 10:00
                  short
                  third@example.org
                """)
    }

    @Test func longWordsGoOnBelowThemselves() {
        let entries = [
            (name: "Health", words: "degraded"), (name: "", words: "The calendar cannot be read since noon."),
        ]
        #expect(
            Text.list(entries, columns: 30) == """
                Health  degraded
                        The calendar cannot be
                        read since noon.
                """)
        #expect(!Text.list(entries).contains("\n        read"))
    }

    @Test func cuttingCountsColumns() {
        #expect(Text.cut("abcdef", to: 6) == "abcdef")
        #expect(Text.cut("abcdef", to: 5) == "abcd…")
        #expect(Text.cut("会议室", to: 5) == "会议…")
        #expect(Text.cut("会议室", to: 4) == "会…")
        #expect(Text.cut("abc", to: 1) == "…")
        #expect(Text.cut("abc", to: 0) == "")
    }

    @Test func theWidthIsThatOfTheTerminal() {
        #expect(TerminalWidth.columns(isTerminal: false, variable: "40", told: 80) == nil)
        #expect(TerminalWidth.columns(isTerminal: true, variable: nil, told: 80) == 80)
        #expect(TerminalWidth.columns(isTerminal: true, variable: "40", told: 80) == 40)
        #expect(TerminalWidth.columns(isTerminal: true, variable: "wide", told: 80) == 80)
        #expect(TerminalWidth.columns(isTerminal: true, variable: "0", told: 0) == nil)
    }

    private let sentences = [
        ["WHEN", "TITLE", "STATE", "WHY", "ID"],
        [
            "Mon 23 Nov 14:00–15:00 CET", "Weekly", "upcoming",
            "The meeting's server cannot be reached (sfu.example.org port 8188: Connection refused).",
            "b1946ac9-2d73-4f0e-9c36@example.org",
        ],
        ["Tue 24 Nov 14:00–15:00 CET", "Jour fixe", "upcoming", "The room joins by itself.", "x"],
    ]

    @Test func sentencesAreWrappedAndNeverCut() {
        #expect(
            Table(sentences, whole: [0, 2, 4], prose: 3).text(columns: 80) == """
                WHEN                        TITLE      STATE     WHY
                  ID
                Mon 23 Nov 14:00–15:00 CET  Weekly     upcoming  The meeting's server cannot be
                                                                 reached (sfu.example.org port
                                                                 8188: Connection refused).
                  b1946ac9-2d73-4f0e-9c36@example.org
                Tue 24 Nov 14:00–15:00 CET  Jour fixe  upcoming  The room joins by itself.
                  x
                """)
        #expect(
            Table(sentences, whole: [0, 2, 4], prose: 3).text(columns: 64) == """
                WHEN                        TITLE      STATE
                  WHY
                  ID
                Mon 23 Nov 14:00–15:00 CET  Weekly     upcoming
                  The meeting's server cannot be reached (sfu.example.org port
                  8188: Connection refused).
                  b1946ac9-2d73-4f0e-9c36@example.org
                Tue 24 Nov 14:00–15:00 CET  Jour fixe  upcoming
                  The room joins by itself.
                  x
                """)
    }

    @Test(arguments: 40...160)
    func noWordOfASentenceIsLost(columns: Int) {
        let table = Table(sentences, whole: [0, 2, 4], prose: 3).text(columns: columns)
        for line in table.split(separator: "\n") { #expect(Text.width(String(line)) <= columns, "\(columns): \(line)") }
        for word in sentences[1][3].split(separator: " ") { #expect(table.contains(word), "\(columns): \(word)") }
    }

    @Test func anAddressInASentenceStaysInOneLineWhereItCan() {
        let rows = [
            ["WHEN", "WHY", "ID"],
            [
                "Mon 09:00", #"Add [[service]] with url = "janus+ws://sfu.example.org:8188" to the configuration."#,
                "abc",
            ],
        ]
        for columns in 40...90 {
            let table = Table(rows, whole: [0, 2], prose: 1).text(columns: columns)
            #expect(table.contains(#""janus+ws://sfu.example.org:8188""#), "\(columns)\n\(table)")
        }
        let narrow = Table(rows, whole: [0, 2], prose: 1).text(columns: 24)
        #expect(narrow.split(separator: "\n").allSatisfy { Text.width(String($0)) <= 24 }, "\(narrow)")
    }
}

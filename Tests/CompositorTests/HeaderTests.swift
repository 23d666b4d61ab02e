import Testing

@testable import Compositor

/// The row over the tiles: title, elapsed time, presenter, marks; and the banner below it.
@Suite struct HeaderTests {
    private static let displays = [
        PixelSize(width: 1920, height: 1080), PixelSize(width: 1280, height: 720), PixelSize(width: 1080, height: 1920),
    ]

    private func meeting(_ title: String, _ count: Int = 1, mode: LayoutMode = .grid) -> MeetingScene {
        MeetingScene(
            participants: (0..<count).map { .init(id: .camera("\($0)"), name: "Name \($0)") }, mode: mode,
            title: title, elapsed: "1:12:34")
    }

    private func chrome(_ meeting: MeetingScene, on display: PixelSize) -> (drawings: [Drawing], tiles: [Tile]) {
        let overlays = OverlayCache(painter: OverlayPainter(language: nil), capacity: 64, byteCapacity: 1 << 24)
        let planner = ScenePlanner(display: display, overlays: overlays)
        var seating = Seating()
        planner.seat(meeting, &seating)
        let tiles = planner.tiles(of: meeting, seating)
        let chrome = planner.chrome(of: meeting, over: tiles)
        return (chrome.others + chrome.recording, tiles)
    }

    @Test(arguments: displays) func titleIsWholeWhereThereIsRoom(display: PixelSize) {
        let titles = [
            "Weekly with the Ångström team", "Budget 2027: second reading with finance and the works council",
        ]
        // Upright, the longer one takes two lines.
        for title in titles {
            #expect(!chrome(meeting(title), on: display).drawings.contains { $0.isCut }, "\(title)")
        }
    }

    @Test(arguments: displays) func longTitleTakesTwoLinesBeforeItIsCut(display: PixelSize) {
        let words = Array(repeating: "planning", count: 60)
        // The most words that are whole.
        let whole = (1...60).last { count in
            !chrome(meeting(words.prefix(count).joined(separator: " ")), on: display).drawings.contains { $0.isCut }
        }
        let one = chrome(meeting("planning"), on: display).drawings[0].rect
        let most = chrome(meeting(words.prefix(whole ?? 1).joined(separator: " ")), on: display).drawings[0].rect
        #expect(most.height > one.height * 4 / 3 && most.height < one.height * 5 / 2)
        #expect(most.width > display.width / 2)
        let cut = chrome(meeting(words.joined(separator: " ")), on: display).drawings
        #expect(cut.filter(\.isCut).count == 1)
        #expect(cut[0].rect.height == most.height)
    }

    @Test func titleNeverCoversAPageNorSmallFaces() {
        let title = String(repeating: "planning ", count: 100)
        for display in Self.displays {
            var shared = meeting(title, 3, mode: .content)
            shared.participants.append(.init(id: .screen("1"), name: "Somebody with a long name presents"))
            for meeting in [shared, meeting(title, 16), meeting(title, 8, mode: .speaker)] {
                let (drawings, tiles) = chrome(meeting, on: display)
                for drawing in drawings {
                    #expect(!tiles.contains { $0.rect.intersects(drawing.rect) }, "\(display) \(meeting.mode)")
                }
            }
        }
    }

    @Test func nothingInTheHeaderCoversAnotherThing() {
        let long = String(repeating: "very long ", count: 40)
        for display in Self.displays + [PixelSize(width: 640, height: 360), PixelSize(width: 360, height: 640)] {
            for text in ["Short", long] {
                for share in [false, true] {
                    var meeting = meeting(text, 3, mode: share ? .content : .grid)
                    if share { meeting.participants.append(.init(id: .screen("1"), name: text)) }
                    meeting.recording = "Recording"
                    meeting.microphoneOff = "Microphone off"
                    meeting.notice = text
                    let drawings = chrome(meeting, on: display).drawings
                    #expect(drawings.count == (share ? 6 : 5))
                    for (index, drawing) in drawings.enumerated() {
                        #expect(PixelRect(display).contains(drawing.rect), "\(display) \(text)")
                        #expect(!drawings[(index + 1)...].contains { $0.rect.intersects(drawing.rect) }, "\(display)")
                    }
                }
            }
        }
    }

    @Test func bannerIsWrappedToThreeLinesAtMost() {
        for display in Self.displays {
            func banner(_ text: String) -> Drawing {
                var meeting = meeting("")
                meeting.elapsed = ""
                meeting.notice = text
                return chrome(meeting, on: display).drawings[0]
            }
            let one = banner("Reconnecting …")
            let sentence = banner(
                "Beitritt zu „Wöchentliche Besprechung mit dem Ångström-Team und allen, die daran arbeiten“ in 12 s")
            #expect(!sentence.isCut && sentence.rect.height > one.rect.height)
            let endless = banner(String(repeating: "ENDLESS ", count: 100))
            #expect(endless.isCut && endless.rect.height < one.rect.height * 3)
            #expect(PixelRect(display).contains(endless.rect))
        }
    }
}

extension Drawing {
    var isCut: Bool { if case .overlay(let overlay) = ink { overlay.isCut } else { false } }
}

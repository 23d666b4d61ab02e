import Testing

@testable import Compositor

@Suite struct HomeScreenTests {
    private static let displays = [
        PixelSize(width: 1920, height: 1080), PixelSize(width: 1280, height: 720), PixelSize(width: 640, height: 360),
        PixelSize(width: 1080, height: 1920),
    ]
    private static let long = """
        Quarterly planning with everybody who has ever worked on anything like this before
        """
    private static let failure = """
        Beitritt zu „Wöchentliche Besprechung mit dem Ångström-Team“ nicht möglich. Der Server der Besprechung ist \
        nicht erreichbar. Bitte Netzwerk und Adresse prüfen.
        """

    private func home(title: String, hint: HomeScreen.Hint?) -> HomeScreen {
        HomeScreen(
            roomName: "Boardroom", clock: "20:57", date: "Donnerstag, 24. September",
            next: .init(title: title, time: "14:00 – 15:00", state: "in 12 Minuten"), hint: hint)
    }

    private func texts(_ home: HomeScreen, on display: PixelSize) -> [Drawing] {
        let overlays = OverlayCache(painter: OverlayPainter(language: nil), capacity: 64, byteCapacity: 1 << 26)
        return ScenePlanner(display: display, overlays: overlays).layout(of: home).drawings.filter(\.isText)
    }

    @Test(arguments: displays) func longTitleTakesTwoLines(display: PixelSize) {
        #expect(!texts(home(title: Self.long, hint: nil), on: display).contains { $0.isCut })
        let endless = texts(home(title: String(repeating: "endless ", count: 100), hint: nil), on: display)
        #expect(endless.filter(\.isCut).count == 1)
        #expect(endless.allSatisfy { PixelRect(display).contains($0.rect) })
    }

    @Test(arguments: displays) func warningIsReadToItsEnd(display: PixelSize) {
        let drawings = texts(home(title: "Weekly", hint: .init(Self.failure, style: .warning)), on: display)
        // On an upright display three lines may not be enough.
        #expect(display.height > display.width || !drawings.contains { $0.isCut })
        let endless = String(repeating: "endless ", count: 100)
        #expect(texts(home(title: "Weekly", hint: .init(endless, style: .warning)), on: display).contains { $0.isCut })
    }

    /// Where letters are: a line of text has rows above and below them that may lie over the next line's.
    private func ink(_ drawing: Drawing) -> PixelRect {
        guard case .overlay(let overlay) = drawing.ink else { return drawing.rect }
        func hasInk(_ row: Int) -> Bool {
            (0..<overlay.width).contains { overlay.pixels[row * overlay.stride + $0 * 4 + 3] > 0 }
        }
        guard let first = (0..<overlay.height).first(where: hasInk),
            let last = (0..<overlay.height).last(where: hasInk)
        else { return drawing.rect }
        return PixelRect(
            x: drawing.rect.x, y: drawing.rect.y + first, width: drawing.rect.width, height: last - first + 1)
    }

    @Test(arguments: displays) func nothingCoversAnything(display: PixelSize) {
        let endless = String(repeating: "endless ", count: 100)
        let hints: [HomeScreen.Hint?] = [
            nil, .init("Beitritt in 8 s", style: .countdown), .init(Self.failure, style: .warning),
            .init(endless, style: .warning), .init(Self.failure, style: .notice),
        ]
        for title in ["Weekly", Self.long] {
            for hint in hints {
                let inks = texts(home(title: title, hint: hint), on: display).map(ink)
                #expect(inks.count == (hint == nil ? 6 : 7))
                for (index, rect) in inks.enumerated() {
                    #expect(PixelRect(display).contains(rect))
                    for other in inks[(index + 1)...] {
                        #expect(!rect.intersects(other), "\(display) \(title) \(hint?.text ?? "")")
                    }
                }
            }
        }
    }

    @Test func clockIsReadFromAfarWhateverIsToBeSaid() {
        for display in Self.displays {
            let full = texts(
                home(title: Self.long, hint: .init(String(repeating: "endless ", count: 100), style: .warning)),
                on: display)
            #expect(Double(ink(full[1]).height) > Double(min(display.height, display.width * 9 / 10)) * 0.09)
        }
    }

    @Test func messageLeavesTheWarningToBeRead() {
        let overlays = OverlayCache(painter: OverlayPainter(language: nil), capacity: 64, byteCapacity: 1 << 26)
        let planner = ScenePlanner(display: PixelSize(width: 1920, height: 1080), overlays: overlays)
        let layout = planner.layout(of: home(title: "Weekly", hint: .init(Self.failure, style: .warning)))
        #expect(layout.drawings.filter(\.isText).dropFirst(3).allSatisfy { !$0.rect.intersects(layout.messageArea) })
    }

    /// As long as the control API takes them.
    @Test(arguments: [
        String(repeating: "Please leave the room by 15:00. ", count: 31), String(repeating: "会议室已被占用，请离开。", count: 27),
        String(repeating: "Donaudampfschifffahrtsgesellschaft ", count: 28),
    ])
    func aLongMessageIsSetSmallerAndNotCut(text: String) throws {
        #expect((900...1000).contains(text.utf8.count))
        for display in Self.displays {
            let overlays = OverlayCache(painter: OverlayPainter(language: nil), capacity: 64, byteCapacity: 1 << 28)
            let planner = ScenePlanner(display: display, overlays: overlays)
            let screen = home(title: "Weekly", hint: .init(Self.failure, style: .warning))
            let area = planner.layout(of: screen).messageArea
            let card = planner.messageCard(.init(text: text), in: area)
            let letters = card.compactMap { drawing -> Overlay? in
                if case .overlay(let overlay) = drawing.ink, drawing.isText { overlay } else { nil }
            }
            #expect(letters.count == 1 && letters.allSatisfy { !$0.isCut }, "\(display)")
            #expect(card.allSatisfy { PixelRect(display).contains($0.rect) }, "\(display)")
            let short = planner.messageCard(.init(text: "Please leave by 15:00."), in: area)
            #expect(short.allSatisfy { area.contains($0.rect) })
        }
    }
}

extension Drawing {
    /// Letters, or a plate with letters; corners are square.
    var isText: Bool { if case .overlay = ink { rect.width != rect.height } else { false } }
}

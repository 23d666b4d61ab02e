import Compositor
import Testing

@Suite struct LayoutTests {
    static let displays = [
        PixelSize(width: 1280, height: 720), PixelSize(width: 1366, height: 768), PixelSize(width: 1920, height: 1080),
        PixelSize(width: 3840, height: 2160), PixelSize(width: 1024, height: 768), PixelSize(width: 2560, height: 1080),
        PixelSize(width: 1080, height: 1920), PixelSize(width: 801, height: 601),
    ]

    static func people(_ count: Int) -> [LayoutRequest.Participant] {
        (0..<count).map { .init(id: .camera("p\($0)"), hasVideo: $0 % 3 != 2) }
    }

    private func check(_ request: LayoutRequest) {
        let tiles = Layout.tiles(for: request)
        let screen = PixelRect(request.display)
        for (index, tile) in tiles.enumerated() {
            let isEven = [tile.rect.x, tile.rect.y, tile.rect.width, tile.rect.height].allSatisfy { $0 & 1 == 0 }
            if tile.rect.isEmpty || !screen.contains(tile.rect) || !isEven {
                Issue.record("\(tile) of \(request.display)")
            }
            for other in tiles[(index + 1)...] where other.zOrder == tile.zOrder && tile.rect.intersects(other.rect) {
                Issue.record("\(tile) overlaps \(other) of \(request.display)")
            }
        }
        #expect(Set(tiles.map(\.content)).count == tiles.count, "somebody is shown twice")
        #expect(tiles == Layout.tiles(for: request))
    }

    @Test(arguments: displays)
    func everyLayoutIsInsideTheScreenWithoutOverlap(display: PixelSize) {
        for mode in LayoutMode.allCases {
            for count in Array(0...26) + [35, 48, 49, 50, 60] {
                for selfView in [false, true] {
                    for header in [0, display.height / 12] {
                        var people = Self.people(count)
                        if count % 2 == 1 { people.append(.init(id: .screen("p0"), aspect: 4.0 / 3.0)) }
                        check(
                            LayoutRequest(
                                display: display, participants: people, mode: mode, activeSpeaker: .camera("p1"),
                                selfView: selfView, header: header))
                    }
                }
            }
        }
    }

    @Test(arguments: displays)
    func gridShowsEverybodyAtOneSizeAndSixteenToNine(display: PixelSize) {
        for count in 2...49 {
            let tiles = Layout.tiles(
                for: LayoutRequest(display: display, participants: Self.people(count), mode: .grid))
            #expect(tiles.map(\.content) == (0..<count).map { .participant(.camera("p\($0)")) })
            #expect(Set(tiles.map { PixelSize(width: $0.rect.width, height: $0.rect.height) }).count == 1)
            for tile in tiles {
                // Even lengths: up to two picture elements off.
                #expect(abs(Double(tile.rect.width) * 9 / 16 - Double(tile.rect.height)) <= 2.2, "\(tile)")
            }
        }
    }

    @Test func gridUsesTheScreen() {
        // Share of a 16:9 display that pictures cover, for the counts that fill it exactly or nearly.
        for (count, share) in [(1, 1.0), (4, 0.95), (9, 0.93), (12, 0.7), (16, 0.91), (25, 0.9), (49, 0.87)] {
            let display = PixelSize(width: 1920, height: 1080)
            let tiles = Layout.tiles(
                for: LayoutRequest(display: display, participants: Self.people(count), mode: .grid))
            let covered = Double(tiles.reduce(0) { $0 + $1.rect.area }) / Double(display.width * display.height)
            #expect(covered >= share, "\(count) people cover \(covered)")
        }
    }

    @Test func lastRowOfTheGridIsCentred() {
        let tiles = Layout.tiles(
            for: LayoutRequest(
                display: PixelSize(width: 1920, height: 1080), participants: Self.people(5), mode: .grid))
        #expect(tiles.prefix(3).allSatisfy { $0.rect.y == tiles[0].rect.y })
        let (left, right) = (tiles[3].rect, tiles[4].rect)
        #expect(left.y == right.y && left.y > tiles[0].rect.maxY)
        #expect(abs(left.x - (1920 - right.maxX)) <= 2)
    }

    @Test func activeSpeakerIsLargeAndTheOthersKeepTheirOrder() throws {
        let tiles = Layout.tiles(
            for: LayoutRequest(
                display: PixelSize(width: 1920, height: 1080), participants: Self.people(5), mode: .speaker,
                activeSpeaker: .camera("p3")))
        let stage = try #require(tiles.first)
        #expect(stage.role == .stage && stage.content == .participant(.camera("p3")))
        #expect(tiles.dropFirst().map(\.content) == ["p0", "p1", "p2", "p4"].map { .participant(.camera($0)) })
        for tile in tiles.dropFirst() { #expect(tile.rect.area * 6 < stage.rect.area) }
        #expect(abs(stage.rect.aspect - 16.0 / 9.0) < 0.01)
    }

    @Test func pinBeatsTheSpeakerInEveryModeUntilItsOwnerLeaves() {
        for mode in [LayoutMode.grid, .speaker, .content] {
            var request = LayoutRequest(
                display: PixelSize(width: 1280, height: 720), participants: Self.people(4), mode: mode,
                pinned: .camera("p2"), activeSpeaker: .camera("p1"))
            #expect(Layout.tiles(for: request).first?.content == .participant(.camera("p2")))
            request.participants.remove(at: 2)
            #expect(Layout.tiles(for: request).count == 3)
            #expect(!Layout.tiles(for: request).contains { $0.content == .participant(.camera("p2")) })
        }
    }

    @Test func sharedScreenIsLargeWholeAndNeverCovered() throws {
        let display = PixelSize(width: 1920, height: 1080)
        for count in 0...12 {
            for aspect in [4.0 / 3.0, 16.0 / 9.0, 21.0 / 9.0, 0.7] {
                let share = LayoutRequest.Participant(id: .screen("p0"), aspect: aspect)
                let tiles = Layout.tiles(
                    for: LayoutRequest(
                        display: display, participants: Self.people(count) + [share], mode: .content, selfView: true,
                        header: 90))
                let stage = try #require(tiles.first)
                #expect(stage.content == .participant(.screen("p0")) && stage.fill == .fit)
                #expect(abs(stage.rect.aspect / aspect - 1) < 0.02)
                #expect(stage.rect.y >= 90)
                for tile in tiles.dropFirst() { #expect(!tile.rect.intersects(stage.rect)) }
            }
        }
    }

    @Test func contentWithoutAShareIsTheSpeakerLayout() {
        var request = LayoutRequest(
            display: PixelSize(width: 1280, height: 720), participants: Self.people(4), mode: .content,
            activeSpeaker: .camera("p1"))
        let content = Layout.tiles(for: request)
        request.mode = .speaker
        #expect(content == Layout.tiles(for: request))
    }

    @Test func stripAndGridSayHowManyAreNotSeen() {
        let display = PixelSize(width: 1920, height: 1080)
        let speaker = Layout.tiles(
            for: LayoutRequest(display: display, participants: Self.people(20), mode: .speaker, selfView: true))
        #expect(speaker.count == 1 + Layout.stripLimit)
        #expect(speaker.contains { $0.content == .overflow(15) })
        #expect(speaker.last?.content == .selfView)
        let grid = Layout.tiles(for: LayoutRequest(display: display, participants: Self.people(60), mode: .grid))
        #expect(grid.count == Layout.gridLimit)
        #expect(grid.last?.content == .overflow(12))
    }

    @Test func activeSpeakerIsSeenInAGridThatIsTooSmallForAll() {
        let tiles = Layout.tiles(
            for: LayoutRequest(
                display: PixelSize(width: 1920, height: 1080), participants: Self.people(80), mode: .grid,
                activeSpeaker: .camera("p77")))
        #expect(tiles.contains { $0.content == .participant(.camera("p77")) })
        #expect(tiles.last?.content == .overflow(32))
    }

    @Test func selfViewCoversNobodyButASinglePicture() {
        let display = PixelSize(width: 1280, height: 720)
        for mode in LayoutMode.allCases {
            for count in 0...30 {
                let tiles = Layout.tiles(
                    for: LayoutRequest(
                        display: display, participants: Self.people(count), mode: mode, selfView: true))
                #expect(tiles.filter { $0.content == .selfView }.count == 1)
                if count > 1 { #expect(tiles.allSatisfy { $0.zOrder == 0 }) }
            }
        }
    }

    @Test func tooSmallDisplaysShowNobodyAndDoNotTrap() {
        for size in [(0, 0), (1, 1), (63, 63), (64, 64), (100, 70)] {
            let display = PixelSize(width: size.0, height: size.1)
            for mode in LayoutMode.allCases {
                for tile in Layout.tiles(
                    for: LayoutRequest(
                        display: display, participants: Self.people(7), mode: mode, selfView: true, header: 500))
                {
                    #expect(PixelRect(display).contains(tile.rect) && !tile.rect.isEmpty, "\(tile)")
                }
            }
        }
    }

    @Test func hostileAspectsAreHarmless() {
        for aspect in [0, -1, .infinity, .nan, 1e-300, 1e300] as [Double] {
            let participant = LayoutRequest.Participant(id: .screen("x"), aspect: aspect)
            check(
                LayoutRequest(
                    display: PixelSize(width: 1280, height: 720), participants: [participant] + Self.people(3),
                    mode: .content, selfView: true, selfViewAspect: aspect))
        }
    }
}

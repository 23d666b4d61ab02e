import Base
import Testing

@testable import Compositor

@Suite struct PlanTests {
    @Test func partsOutsideOfAHoleCoverTheRestExactly() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<2000 {
            func rect() -> PixelRect {
                PixelRect(
                    x: .random(in: 0...8, using: &random), y: .random(in: 0...8, using: &random),
                    width: .random(in: 0...8, using: &random), height: .random(in: 0...8, using: &random))
            }
            let (whole, holes) = (rect(), [rect(), rect()])
            let parts = whole.subtracting(holes)
            for y in 0..<16 {
                for x in 0..<16 {
                    let point = PixelRect(x: x, y: y, width: 1, height: 1)
                    let isWanted = whole.contains(point) && !holes.contains { $0.contains(point) }
                    #expect(parts.filter { $0.contains(point) }.count == (isWanted ? 1 : 0))
                }
            }
        }
    }

    @Test func piecesAreDisjointCoverTheAreaAndKnowWhatLiesOverThem() {
        var random = SeededRandom(seed: 12)
        for _ in 0..<200 {
            let area = PixelRect(x: 4, y: 6, width: 40, height: 30)
            let drawings = (0..<Int.random(in: 0...6, using: &random)).map { index in
                Drawing(
                    Colour(0xFF00_0000 + UInt32(index)),
                    in: PixelRect(
                        x: .random(in: 0...40, using: &random), y: .random(in: 0...30, using: &random),
                        width: .random(in: 1...20, using: &random), height: .random(in: 1...20, using: &random)))
            }
            let pieces = Piece.dividing(area, by: drawings)
            #expect(pieces.reduce(0) { $0 + $1.rect.area } == area.area)
            for (index, piece) in pieces.enumerated() {
                #expect(area.contains(piece.rect) && piece.rect == piece.rect.evened)
                for other in pieces[(index + 1)...] { #expect(!piece.rect.intersects(other.rect)) }
                // The topmost drawing over a piece is never left out.
                let top = drawings.last { $0.rect.evened.intersects(piece.rect) }
                #expect(piece.drawings.last == top)
            }
        }
    }

    @Test func regionsOfAPlanDivideTheDisplay() {
        let overlays = OverlayCache(painter: OverlayPainter(language: nil), capacity: 64, byteCapacity: 1 << 24)
        for size in [PixelSize(width: 1280, height: 720), PixelSize(width: 641, height: 361)] {
            var meeting = MeetingScene(participants: [], mode: .grid, title: "Title", recording: "Recording")
            for count in 0...5 {
                meeting.participants = (0..<count).map { .init(id: .camera("\($0)"), name: "Name \($0)") }
                meeting.selfView = .init(name: "Room")
                var seating = Seating()
                let scene = Scene.meeting(meeting).with(message: .init(text: "Text", detail: "Detail"))
                let regions = ScenePlanner(display: size, overlays: overlays).plan(scene, seating: &seating).regions
                for keyPath in [\Region.blank, \Region.shown] {
                    let pieces = regions.flatMap { region in
                        region[keyPath: keyPath].isEmpty ? region.blank : region[keyPath: keyPath]
                    }
                    #expect(pieces.reduce(0) { $0 + $1.rect.area } == size.width * size.height)
                    for (index, piece) in pieces.enumerated() {
                        for other in pieces[(index + 1)...] { #expect(!piece.rect.intersects(other.rect)) }
                    }
                }
            }
        }
    }

    @Test func cacheKeepsWhatIsUsedAndStaysSmall() {
        let cache = OverlayCache(painter: OverlayPainter(language: nil), capacity: 8, byteCapacity: 1 << 20)
        func spec(_ text: String) -> OverlaySpec {
            .text(OverlaySpec.Text(text: text, size: 16, maxWidth: 200))
        }
        let kept = cache.overlay(spec("kept"))
        for index in 0..<100 {
            _ = cache.overlay(spec("text \(index)"))
            #expect(cache.overlay(spec("kept")) === kept)
            #expect(cache.count <= 8)
        }
        #expect(cache.painted == 101)

        let tight = OverlayCache(painter: OverlayPainter(language: nil), capacity: 100, byteCapacity: 40_000)
        for index in 0..<50 {
            _ = tight.overlay(.avatar(.init(initials: "\(index)", colour: Theme.accent, diameter: 60)))
            #expect(tight.byteCount <= 40_000)
        }
        #expect(tight.count == 2)
    }
}
